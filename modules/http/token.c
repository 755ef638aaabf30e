#include "http_sink.h"
#include "shared/cloud/digest.h"
#include <openssl/evp.h>

#define TOKEN_BYTES 16

static bool add_event(EVP_MD_CTX *context, const postern_sink_event *event)
{
    char size[32];
    int length = snprintf(size, sizeof size, " %zu ", event->text.size);
    return EVP_DigestUpdate(context, event->id.data, event->id.size) == 1 &&
           EVP_DigestUpdate(context, size, (size_t)length) == 1 &&
           EVP_DigestUpdate(context, event->text.data, event->text.size) == 1;
}

void write_token(const struct writing *writing, struct kit_writer *writer)
{
    const struct bundle *request = &writing->request;
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * TOKEN_BYTES + 1];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; good && i < request->count; i++)
        good = add_event(context, writing->batch->events[request->members[i]]);
    good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (good) cloud_hex(digest, TOKEN_BYTES, hex);
    if (good) kit_write_string(writer, hex);
    if (!good) writer->failed = true;
}
