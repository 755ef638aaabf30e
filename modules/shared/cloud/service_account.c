/* The request for a token with the key of a Google service account: a JSON web token, signed with RS256 (RFC
 * 7523). */
#include "shared/cloud/digest.h"
#include "shared/cloud/identity.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/url.h"
#include <openssl/evp.h>
#include <openssl/pem.h>

#define LIFE_S          3600
#define SIGNATURE_LIMIT 1024 /* of a key of 8,192 bits */
#define GRANT           "urn:ietf:params:oauth:grant-type:jwt-bearer"

static const char remedy[] = "give the JSON file of the service account's key as Google made it";

/* What is used of the file. */
struct key_file {
    postern_text email, private_key, key_id, token_url;
};

static bool member(const postern_host *host, postern_arena *arena, const postern_json *json,
                   const postern_json_value *file, const char *name, postern_text *text)
{
    return json->text(host, arena, json->get(host, file, kit_text(name)), text);
}

static postern_status read_file(postern_text text, const postern_host *host, postern_arena *arena,
                                struct key_file *file, postern_error *error)
{
    const postern_json *json = host->service(host, POSTERN_SERVICE_JSON);
    const postern_json_value *value = NULL;
    if (!json) return kit_fail(error, POSTERN_E_UNSUPPORTED, NULL, "this Postern has no json/1");
    /* Its words would quote the file. */
    postern_status status = json->parse(host, arena, text, &value, NULL);
    if (status == POSTERN_E_MEMORY) return kit_no_memory(error);
    if (status < 0) return kit_fail(error, POSTERN_E_CONFIG, remedy, "the service account's key is no JSON");
    if (!member(host, arena, json, value, "client_email", &file->email) ||
        !member(host, arena, json, value, "private_key", &file->private_key))
        return kit_fail(error, POSTERN_E_CONFIG, remedy,
                        "the service account's key lacks client_email or private_key");
    member(host, arena, json, value, "private_key_id", &file->key_id);
    file->token_url = KIT_TEXT("https://oauth2.googleapis.com/token");
    member(host, arena, json, value, "token_uri", &file->token_url);
    return POSTERN_OK;
}

static void write_member(struct kit_writer *writer, const char *name, postern_text value)
{
    kit_write_string(writer, name);
    kit_write_json_string(writer, value);
}

/* What is signed: header and claims. */
static void write_claims(struct kit_writer *writer, const struct key_file *file,
                         const struct cloud_service_account *account, int64_t now_ms,
                         struct kit_writer *header, struct kit_writer *claims)
{
    write_member(header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":", file->key_id);
    kit_write_string(header, "}");
    write_member(claims, "{\"iss\":", file->email);
    write_member(claims, ",\"scope\":", account->scope);
    write_member(claims, ",\"aud\":", file->token_url);
    kit_write_string(claims, ",\"iat\":");
    kit_write_integer(claims, now_ms / 1000);
    kit_write_string(claims, ",\"exp\":");
    kit_write_integer(claims, now_ms / 1000 + LIFE_S);
    kit_write_string(claims, "}");
    writer->failed = writer->failed || header->failed || claims->failed;
    if (writer->failed) return;
    cloud_write_base64url(writer, kit_span(header->data, header->size));
    kit_write_string(writer, ".");
    cloud_write_base64url(writer, kit_span(claims->data, claims->size));
}

static EVP_PKEY *read_key(postern_text pem)
{
    BIO *bio = pem.size <= INT32_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;
    BIO_free(bio);
    return key;
}

static bool rs256(EVP_PKEY *key, postern_text text, unsigned char *signature, size_t *size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    *size = SIGNATURE_LIMIT;
    bool good = context && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
                EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(context, signature, size, (const unsigned char *)text.data, text.size) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* The assertion: what is signed with its signature behind. */
static postern_status write_assertion(struct kit_writer *writer, const struct key_file *file,
                                      postern_error *error)
{
    unsigned char signature[SIGNATURE_LIMIT];
    size_t size;
    if (writer->failed) return kit_no_memory(error);
    EVP_PKEY *key = read_key(file->private_key);
    bool good = key && rs256(key, kit_span(writer->data, writer->size), signature, &size);
    EVP_PKEY_free(key);
    if (!good)
        return kit_fail(error, POSTERN_E_CONFIG, remedy,
                        "the private_key of the service account is no RSA key that can sign");
    kit_write_string(writer, ".");
    cloud_write_base64url(writer, kit_span((char *)signature, size));
    return writer->failed ? kit_no_memory(error) : POSTERN_OK;
}

postern_status cloud_service_account_request(const struct cloud_service_account *account,
                                             const postern_host *host, postern_arena *arena, int64_t now_ms,
                                             struct cloud_token_request *request, postern_error *error)
{
    struct key_file file = {0};
    const struct kit_writer empty = kit_writer_in_arena(host, arena);
    struct kit_writer assertion = empty, header = empty, claims = empty, form = empty;
    postern_status status = read_file(account->key_file, host, arena, &file, error);
    if (status < 0) return status;
    if (account->token_url.size) file.token_url = account->token_url;
    write_claims(&assertion, &file, account, now_ms, &header, &claims);
    status = write_assertion(&assertion, &file, error);
    /* Unescaped, it is a copy of the key. */
    if (file.private_key.data < account->key_file.data || file.private_key.data >= kit_end(account->key_file))
        cloud_wipe((void *)(uintptr_t)file.private_key.data, file.private_key.size);
    if (status < 0) return status;
    const postern_pair fields[] = {{KIT_TEXT("grant_type"), KIT_TEXT(GRANT)},
                                   {KIT_TEXT("assertion"), kit_span(assertion.data, assertion.size)}};
    cloud_write_form(&form, fields, 2);
    request->url = file.token_url;
    return kit_written(&form, &request->form, error);
}
