#include "shared/cloud/azure.h"
#include "shared/cloud/digest.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/time.h"
#include "shared/cloud/url.h"
#include <stdlib.h>

#define KEY_LIMIT 256

static int compare_names(const void *left, const void *right)
{
    postern_text a = ((const postern_pair *)left)->name, b = ((const postern_pair *)right)->name;
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static size_t sorted_copy(const postern_pair *pairs, size_t count, postern_pair *sorted)
{
    for (size_t i = 0; i < count; i++)
        sorted[i] = pairs[i];
    qsort(sorted, count, sizeof *sorted, compare_names);
    return count;
}

/* The headers that stand in fixed places; Date is left empty, x-ms-date counts. */
static void write_fixed(struct kit_writer *writer, const struct cloud_azure_request *request)
{
    static const char *const names[] = {"content-encoding",
                                        "content-language",
                                        "content-length",
                                        "content-md5",
                                        "content-type",
                                        "date",
                                        "if-modified-since",
                                        "if-match",
                                        "if-none-match",
                                        "if-unmodified-since",
                                        "range"};
    kit_write_string(writer, request->method);
    kit_write_string(writer, "\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(names[i], "content-length") && request->body_size)
            kit_write_integer(writer, (int64_t)request->body_size);
        else
            kit_write(writer, kit_header(request->headers, request->header_count, names[i]));
        kit_write_string(writer, "\n");
    }
}

static void write_to_sign(struct kit_writer *writer, const struct cloud_azure_request *request)
{
    postern_pair sorted[CLOUD_AZURE_HEADERS];
    write_fixed(writer, request);
    size_t count = sorted_copy(request->headers, request->header_count, sorted);
    for (size_t i = 0; i < count; i++) {
        if (!kit_starts_with(sorted[i].name, "x-ms-")) continue;
        kit_write(writer, sorted[i].name);
        kit_write_string(writer, ":");
        kit_write(writer, kit_trim(sorted[i].value));
        kit_write_string(writer, "\n");
    }
    kit_write_string(writer, "/");
    kit_write(writer, request->account);
    kit_write(writer, request->path);
    count = sorted_copy(request->query, request->query_count, sorted);
    for (size_t i = 0; i < count; i++) {
        kit_write_string(writer, "\n");
        kit_write(writer, sorted[i].name);
        kit_write_string(writer, ":");
        kit_write(writer, sorted[i].value);
    }
}

postern_status cloud_azure_shared_key(const postern_host *host, postern_arena *arena, postern_text key,
                                      const struct cloud_azure_request *request, postern_text *authorization,
                                      postern_error *error)
{
    unsigned char decoded[KEY_LIMIT], mac[CLOUD_DIGEST_SIZE];
    size_t size;
    if (request->header_count > CLOUD_AZURE_HEADERS || request->query_count > CLOUD_AZURE_HEADERS)
        return kit_no_memory(error);
    if (!cloud_read_base64(kit_trim(key), decoded, sizeof decoded, &size) || size == 0)
        return kit_fail(error, POSTERN_E_CONFIG, "copy it from the storage account, under Access keys",
                        "the account's key is no base64");
    struct kit_writer to_sign = kit_writer_in_arena(host, arena), made = to_sign;
    write_to_sign(&to_sign, request);
    bool good = !to_sign.failed &&
                cloud_hmac_sha256(kit_span((char *)decoded, size), kit_span(to_sign.data, to_sign.size), mac);
    cloud_wipe(decoded, sizeof decoded);
    if (!good) return kit_no_memory(error);
    kit_write_string(&made, "SharedKey ");
    kit_write(&made, request->account);
    kit_write_string(&made, ":");
    cloud_write_base64(&made, kit_span((char *)mac, sizeof mac));
    return kit_written(&made, authorization, error);
}

postern_text cloud_azure_sas_query(postern_text sas)
{
    sas = kit_trim(sas);
    if (sas.size && sas.data[0] == '?') sas.data++, sas.size--;
    return sas;
}

/* A value of the SAS with "%3A" made ":" again: no more is encoded in a time. */
static postern_text decode_time(postern_text value, char *into, size_t capacity)
{
    size_t size = 0;
    for (size_t i = 0; i < value.size && size < capacity; i++) {
        bool colon = value.size - i >= 3 && value.data[i] == '%' && value.data[i + 1] == '3' &&
                     kit_lower(value.data[i + 2]) == 'a';
        into[size++] = colon ? ':' : value.data[i];
        if (colon) i += 2;
    }
    return kit_span(into, size);
}

bool cloud_azure_sas_end(postern_text sas, int64_t *ms)
{
    sas = cloud_azure_sas_query(sas);
    for (const char *at = sas.data, *end = kit_end(sas), *next; at < end; at = next + 1) {
        next = memchr(at, '&', (size_t)(end - at));
        if (!next) next = end;
        postern_text pair = kit_between(at, next);
        char buffer[64];
        if (kit_starts_with(pair, "se="))
            return cloud_read_iso_time(
                decode_time(kit_span(pair.data + 3, pair.size - 3), buffer, sizeof buffer), ms);
    }
    return false;
}
