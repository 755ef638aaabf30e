/* The compression of pages. Contexts are some hundred KiB each and costly to make: a few are kept for the
 * next page and freed when the process is idle. */
#include "base/error.h"
#include "journal/page/page.h"
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

#define BODY_VERSION 1
#define COMPRESSION_LEVEL                                                                                    \
    1 /* on events, 3 takes 40 % longer and saves next to nothing (tests/bench/journal_bench.c) */
#define CONTEXTS 4

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static ZSTD_CCtx *packers[CONTEXTS];
static ZSTD_DCtx *unpackers[CONTEXTS];

static ZSTD_CCtx *take_packer(void)
{
    ZSTD_CCtx *found = NULL;
    pthread_mutex_lock(&pool_lock);
    for (size_t i = 0; i < CONTEXTS && !found; i++) {
        found = packers[i];
        packers[i] = NULL;
    }
    pthread_mutex_unlock(&pool_lock);
    return found ? found : ZSTD_createCCtx();
}

static void give_packer(ZSTD_CCtx *packer)
{
    pthread_mutex_lock(&pool_lock);
    for (size_t i = 0; i < CONTEXTS && packer; i++) {
        if (packers[i]) continue;
        packers[i] = packer;
        packer = NULL;
    }
    pthread_mutex_unlock(&pool_lock);
    ZSTD_freeCCtx(packer);
}

static ZSTD_DCtx *take_unpacker(void)
{
    ZSTD_DCtx *found = NULL;
    pthread_mutex_lock(&pool_lock);
    for (size_t i = 0; i < CONTEXTS && !found; i++) {
        found = unpackers[i];
        unpackers[i] = NULL;
    }
    pthread_mutex_unlock(&pool_lock);
    return found ? found : ZSTD_createDCtx();
}

static void give_unpacker(ZSTD_DCtx *unpacker)
{
    pthread_mutex_lock(&pool_lock);
    for (size_t i = 0; i < CONTEXTS && unpacker; i++) {
        if (unpackers[i]) continue;
        unpackers[i] = unpacker;
        unpacker = NULL;
    }
    pthread_mutex_unlock(&pool_lock);
    ZSTD_freeDCtx(unpacker);
}

void page_release_memory(void)
{
    pthread_mutex_lock(&pool_lock);
    for (size_t i = 0; i < CONTEXTS; i++) {
        ZSTD_freeCCtx(packers[i]);
        ZSTD_freeDCtx(unpackers[i]);
        packers[i] = NULL;
        unpackers[i] = NULL;
    }
    pthread_mutex_unlock(&pool_lock);
}

postern_status page_pack(postern_text payload, unsigned char **body, size_t *size, postern_error *error)
{
    size_t bound = ZSTD_compressBound(payload.size) + 1;
    unsigned char *packed = malloc(bound);
    ZSTD_CCtx *packer = packed ? take_packer() : NULL;
    if (!packer) {
        free(packed);
        return error_no_memory(error, "for packing a page");
    }
    ZSTD_CCtx_setParameter(packer, ZSTD_c_compressionLevel, COMPRESSION_LEVEL);
    ZSTD_CCtx_setParameter(packer, ZSTD_c_checksumFlag, 1);
    packed[0] = BODY_VERSION;
    size_t written = ZSTD_compress2(packer, packed + 1, bound - 1, payload.data, payload.size);
    give_packer(packer);
    if (ZSTD_isError(written)) {
        free(packed);
        return error_set(error, POSTERN_E_MEMORY, "packing a page: %s", ZSTD_getErrorName(written));
    }
    unsigned char *fitting = realloc(packed, written + 1);
    *body = fitting ? fitting : packed;
    *size = written + 1;
    return POSTERN_OK;
}

static postern_status unpack_into(char *payload, size_t size, postern_text frame, postern_error *error)
{
    ZSTD_DCtx *unpacker = take_unpacker();
    if (!unpacker) return error_no_memory(error, "for unpacking a page");
    size_t written = ZSTD_decompressDCtx(unpacker, payload, size, frame.data, frame.size);
    give_unpacker(unpacker);
    if (!ZSTD_isError(written) && written == size) return POSTERN_OK;
    return page_damaged(error, ZSTD_isError(written) ? ZSTD_getErrorName(written) : "it ends early");
}

/* The frame of a body, and the size of what is in it. NULL, or what is wrong with it. */
static const char *find_frame(postern_text body, postern_text *frame, size_t *size)
{
    if (body.size < 2) return "it is empty";
    if (body.data[0] != BODY_VERSION) return "its format is unknown";
    *frame = (postern_text){body.data + 1, body.size - 1};
    unsigned long long found = ZSTD_getFrameContentSize(frame->data, frame->size);
    if (found == 0 || found > PAGE_PAYLOAD_LIMIT) /* the two error values are huge numbers */
        return "its size makes no sense";
    *size = (size_t)found;
    return NULL;
}

postern_status page_unpack(postern_text body, postern_text ids, struct page **page, postern_error *error)
{
    postern_text frame;
    size_t size = 0;
    const char *wrong = find_frame(body, &frame, &size);
    if (wrong) return page_damaged(error, wrong);
    char *payload = NULL;
    struct page *fresh = page_new(size, ids, &payload);
    if (!fresh) return error_no_memory(error, "for unpacking a page");
    postern_status status = unpack_into(payload, size, frame, error);
    if (status == POSTERN_OK) status = page_index(fresh, error);
    if (status == POSTERN_OK)
        *page = fresh;
    else
        page_release(&fresh->view);
    return status;
}

postern_status page_unpack_payload(postern_text body, char **payload, size_t *size, postern_error *error)
{
    postern_text frame;
    size_t found = 0;
    const char *wrong = find_frame(body, &frame, &found);
    if (wrong) return page_damaged(error, wrong);
    char *fresh = malloc(found);
    if (!fresh) return error_no_memory(error, "for unpacking a page");
    postern_status status = unpack_into(fresh, found, frame, error);
    if (status < 0) {
        free(fresh);
        return status;
    }
    *payload = fresh;
    *size = found;
    return POSTERN_OK;
}
