/* The request for a token with a client's id and secret (RFC 6749, 4.4). */
#include "shared/cloud/digest.h"
#include "shared/cloud/identity.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/url.h"

static size_t form_fields(const struct cloud_client_credentials *credentials, postern_pair *fields)
{
    size_t count = 0;
    fields[count++] = (postern_pair){KIT_TEXT("grant_type"), KIT_TEXT("client_credentials")};
    if (!credentials->basic) {
        fields[count++] = (postern_pair){KIT_TEXT("client_id"), credentials->client_id};
        fields[count++] = (postern_pair){KIT_TEXT("client_secret"), credentials->client_secret};
    }
    if (credentials->scope.size) fields[count++] = (postern_pair){KIT_TEXT("scope"), credentials->scope};
    for (size_t i = 0; i < credentials->further_count && i < CLOUD_FURTHER_FIELDS; i++)
        fields[count++] = credentials->further[i];
    return count;
}

/* Both parts are form-encoded first (RFC 6749, 2.3.1). */
static postern_status write_basic(const struct cloud_client_credentials *credentials,
                                  const postern_host *host, postern_arena *arena, postern_text *authorization,
                                  postern_error *error)
{
    size_t room = 3 * (credentials->client_id.size + credentials->client_secret.size) + 1;
    struct kit_writer pair = cloud_secret_writer(host, arena, room);
    struct kit_writer made = cloud_secret_writer(host, arena, 2 * room + 16);
    cloud_write_encoded(&pair, credentials->client_id);
    kit_write_string(&pair, ":");
    cloud_write_encoded(&pair, credentials->client_secret);
    kit_write_string(&made, "Basic ");
    if (!pair.failed) cloud_write_base64(&made, kit_span(pair.data, pair.size));
    bool failed = pair.failed;
    cloud_wipe_written(&pair);
    return failed ? kit_no_memory(error) : kit_written(&made, authorization, error);
}

postern_status cloud_client_request(const struct cloud_client_credentials *credentials,
                                    const postern_host *host, postern_arena *arena,
                                    struct cloud_token_request *request, postern_error *error)
{
    postern_pair fields[CLOUD_FURTHER_FIELDS + 4];
    size_t count = form_fields(credentials, fields), room = 0;
    for (size_t i = 0; i < count; i++)
        room += 3 * (fields[i].name.size + fields[i].value.size) + 2;
    struct kit_writer form = cloud_secret_writer(host, arena, room);
    cloud_write_form(&form, fields, count);
    request->url = credentials->token_url;
    postern_status status = kit_written(&form, &request->form, error);
    if (status >= 0 && credentials->basic)
        status = write_basic(credentials, host, arena, &request->authorization, error);
    return status;
}

void cloud_write_entra_url(struct kit_writer *writer, postern_text authority, postern_text tenant)
{
    if (!kit_starts_with(authority, "https://") && !kit_starts_with(authority, "http://"))
        kit_write_string(writer, "https://");
    while (authority.size && authority.data[authority.size - 1] == '/')
        authority.size--;
    kit_write(writer, authority);
    kit_write_string(writer, "/");
    cloud_write_encoded(writer, tenant);
    kit_write_string(writer, "/oauth2/v2.0/token");
}
