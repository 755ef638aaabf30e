#include "shared/cloud/sigv4.h"
#include "shared/cloud/digest.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/time.h"
#include "shared/cloud/url.h"
#include <stdlib.h>

#define SIGNED_LIMIT (CLOUD_SIGV4_HEADERS + CLOUD_SIGV4_ADDED) /* and host, without authorization */
#define DAY_SIZE     8

/* What all the steps share. */
struct signing {
    const struct cloud_sigv4 *request;
    char time[CLOUD_TIME_SIZE], body_hash[CLOUD_HEX_SIZE], canonical_hash[CLOUD_HEX_SIZE];
    postern_pair headers[SIGNED_LIMIT]; /* sorted by name */
    size_t count;
};

static postern_text day_of(const struct signing *signing)
{
    return kit_span(signing->time, DAY_SIZE);
}

static int compare_names(const void *left, const void *right)
{
    postern_text a = ((const postern_pair *)left)->name, b = ((const postern_pair *)right)->name;
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static bool begin(struct signing *signing, const struct cloud_sigv4 *request)
{
    *signing = (struct signing){.request = request};
    if (request->header_count > CLOUD_SIGV4_HEADERS) return false;
    cloud_compact_time(request->now_ms, signing->time);
    if (!cloud_sha256_hex(request->body, signing->body_hash)) return false;
    for (; signing->count < request->header_count; signing->count++)
        signing->headers[signing->count] = request->headers[signing->count];
    signing->headers[signing->count++] = (postern_pair){KIT_TEXT("host"), request->host};
    signing->headers[signing->count++] =
        (postern_pair){KIT_TEXT("x-amz-content-sha256"), kit_text(signing->body_hash)};
    signing->headers[signing->count++] = (postern_pair){KIT_TEXT("x-amz-date"), kit_text(signing->time)};
    if (request->keys->session_token.size)
        signing->headers[signing->count++] =
            (postern_pair){KIT_TEXT("x-amz-security-token"), request->keys->session_token};
    qsort(signing->headers, signing->count, sizeof *signing->headers, compare_names);
    return true;
}

/* ---- The canonical request ---- */

static void write_path(struct kit_writer *writer, const struct cloud_sigv4 *request,
                       struct kit_writer *scratch)
{
    if (request->path.size == 0) kit_write_string(writer, "/");
    if (kit_is(request->service, "s3")) {
        cloud_write_path(writer, request->path);
    } else {
        cloud_write_path(scratch, request->path);
        cloud_write_path(writer, kit_span(scratch->data, scratch->size));
        writer->failed = writer->failed || scratch->failed;
    }
}

/* Blanks at the ends fall away, those in a row become one. */
static void write_value(struct kit_writer *writer, postern_text value)
{
    value = kit_trim(value);
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] != ' ' || value.data[i - 1] != ' ') kit_write(writer, kit_span(value.data + i, 1));
}

static void write_signed_names(struct kit_writer *writer, const struct signing *signing)
{
    for (size_t i = 0; i < signing->count; i++) {
        if (i > 0) kit_write_string(writer, ";");
        kit_write(writer, signing->headers[i].name);
    }
}

/* At most; so that no copy of it is left behind by growing. */
static size_t canonical_room(const struct cloud_sigv4 *request)
{
    size_t room = 1024 + 9 * request->path.size + request->host.size + request->keys->session_token.size;
    for (size_t i = 0; i < request->query_count; i++)
        room += 3 * (request->query[i].name.size + request->query[i].value.size) + 2;
    for (size_t i = 0; i < request->header_count; i++)
        room += 2 * request->headers[i].name.size + request->headers[i].value.size + 3;
    return room;
}

static bool hash_canonical(struct signing *signing, struct kit_writer *writer, struct kit_writer *scratch)
{
    const struct cloud_sigv4 *request = signing->request;
    kit_write_string(writer, request->method);
    kit_write_string(writer, "\n");
    write_path(writer, request, scratch);
    kit_write_string(writer, "\n");
    cloud_write_sorted_query(writer, request->query, request->query_count);
    kit_write_string(writer, "\n");
    for (size_t i = 0; i < signing->count; i++) {
        kit_write(writer, signing->headers[i].name);
        kit_write_string(writer, ":");
        write_value(writer, signing->headers[i].value);
        kit_write_string(writer, "\n");
    }
    kit_write_string(writer, "\n");
    write_signed_names(writer, signing);
    kit_write_string(writer, "\n");
    kit_write_string(writer, signing->body_hash);
    bool good =
        !writer->failed && cloud_sha256_hex(kit_span(writer->data, writer->size), signing->canonical_hash);
    cloud_wipe_written(writer); /* it holds the session token */
    return good;
}

/* ---- The signature ---- */

static void write_scope(struct kit_writer *writer, const struct signing *signing)
{
    kit_write(writer, day_of(signing));
    kit_write_string(writer, "/");
    kit_write(writer, signing->request->region);
    kit_write_string(writer, "/");
    kit_write(writer, signing->request->service);
    kit_write_string(writer, "/aws4_request");
}

static bool signing_key(const struct signing *signing, struct kit_writer *writer,
                        unsigned char key[CLOUD_DIGEST_SIZE])
{
    const struct cloud_sigv4 *request = signing->request;
    const postern_text steps[] = {request->region, request->service, KIT_TEXT("aws4_request")};
    kit_write_string(writer, "AWS4");
    kit_write(writer, request->keys->secret_key);
    if (writer->failed) return false;
    bool good = cloud_hmac_sha256(kit_span(writer->data, writer->size), day_of(signing), key);
    cloud_wipe_written(writer);
    for (size_t i = 0; good && i < sizeof steps / sizeof *steps; i++)
        good = cloud_hmac_sha256(kit_span((char *)key, CLOUD_DIGEST_SIZE), steps[i], key);
    return good;
}

static bool sign(const struct signing *signing, struct kit_writer *to_sign, struct kit_writer *scratch,
                 char signature[CLOUD_HEX_SIZE])
{
    unsigned char key[CLOUD_DIGEST_SIZE], mac[CLOUD_DIGEST_SIZE];
    kit_write_string(to_sign, "AWS4-HMAC-SHA256\n");
    kit_write_string(to_sign, signing->time);
    kit_write_string(to_sign, "\n");
    write_scope(to_sign, signing);
    kit_write_string(to_sign, "\n");
    kit_write_string(to_sign, signing->canonical_hash);
    bool good =
        !to_sign->failed && signing_key(signing, scratch, key) &&
        cloud_hmac_sha256(kit_span((char *)key, sizeof key), kit_span(to_sign->data, to_sign->size), mac);
    if (good) cloud_hex(mac, sizeof mac, signature);
    cloud_wipe(key, sizeof key);
    return good;
}

static void write_authorization(struct kit_writer *writer, const struct signing *signing,
                                const char *signature)
{
    kit_write_string(writer, "AWS4-HMAC-SHA256 Credential=");
    kit_write(writer, signing->request->keys->access_key);
    kit_write_string(writer, "/");
    write_scope(writer, signing);
    kit_write_string(writer, ", SignedHeaders=");
    write_signed_names(writer, signing);
    kit_write_string(writer, ", Signature=");
    kit_write_string(writer, signature);
}

static postern_text kept(struct kit_writer *writer, const char *string)
{
    kit_write_string(writer, string);
    return kit_span(writer->data, writer->size);
}

postern_status cloud_sigv4_sign(const postern_host *host, postern_arena *arena,
                                const struct cloud_sigv4 *request, postern_pair *added, size_t *count,
                                postern_error *error)
{
    struct signing signing;
    char signature[CLOUD_HEX_SIZE];
    const struct kit_writer empty = kit_writer_in_arena(host, arena);
    struct kit_writer canonical = cloud_secret_writer(host, arena, canonical_room(request));
    struct kit_writer secret = cloud_secret_writer(host, arena, request->keys->secret_key.size + 4);
    struct kit_writer twice = empty, to_sign = empty, authorization = empty, time = empty, hash = empty;
    if (!begin(&signing, request) || !hash_canonical(&signing, &canonical, &twice) ||
        !sign(&signing, &to_sign, &secret, signature))
        return kit_no_memory(error);
    write_authorization(&authorization, &signing, signature);
    postern_text time_text = kept(&time, signing.time), hash_text = kept(&hash, signing.body_hash);
    if (authorization.failed || time.failed || hash.failed) return kit_no_memory(error);
    size_t made = 0;
    added[made++] = (postern_pair){KIT_TEXT("x-amz-date"), time_text};
    added[made++] = (postern_pair){KIT_TEXT("x-amz-content-sha256"), hash_text};
    if (request->keys->session_token.size)
        added[made++] = (postern_pair){KIT_TEXT("x-amz-security-token"), request->keys->session_token};
    added[made++] =
        (postern_pair){KIT_TEXT("authorization"), kit_span(authorization.data, authorization.size)};
    *count = made;
    return POSTERN_OK;
}

postern_status cloud_sigv4_canonical_hash(const postern_host *host, postern_arena *arena,
                                          const struct cloud_sigv4 *request, char hex[65],
                                          postern_error *error)
{
    struct signing signing;
    struct kit_writer canonical = cloud_secret_writer(host, arena, canonical_room(request));
    struct kit_writer twice = kit_writer_in_arena(host, arena);
    if (!begin(&signing, request) || !hash_canonical(&signing, &canonical, &twice))
        return kit_no_memory(error);
    memcpy(hex, signing.canonical_hash, sizeof signing.canonical_hash);
    return POSTERN_OK;
}
