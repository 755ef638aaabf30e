/* links: postern_journal */
/* Blocks of remembered ids: whatever the bytes, decoding fails cleanly or yields ascending fingerprints,
 * which encode to the same again. Input: one byte (odd: the sum is made to fit, so that what lies behind it
 * is reached), then the block. */
#include "journal/known/block.h"
#include "journal/page/page.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode_again(const uint64_t *list, size_t count, unsigned parameter)
{
    unsigned char block[KNOWN_BLOCK_SIZE];
    uint64_t again[KNOWN_BLOCK_COUNT];
    size_t taken = 0, fresh = 0, written = 0;
    for (size_t at = 0; at < count; at += taken) {
        taken = known_block_encode(list + at, count - at, parameter, block, &written);
        if (written > KNOWN_BLOCK_SIZE || taken == 0) abort();
        if (known_block_decode((postern_text){(char *)block, written}, again, &fresh, NULL) < 0) abort();
        if (fresh != taken || memcmp(again, list + at, taken * sizeof *list) != 0) abort();
    }
}

/* As the block's format says. */
static void fit_sum(unsigned char *block, size_t size)
{
    uint64_t head = 0;
    for (int i = 3; i >= 0; i--)
        head = head << 8 | block[i];
    uint64_t sum =
        page_ids_sum((postern_text){(const char *)block + 8, size - 8}) ^ head * 0x9E3779B97F4A7C15u;
    uint32_t folded = (uint32_t)(sum ^ sum >> 32);
    for (int i = 0; i < 4; i++)
        block[4 + i] = (unsigned char)(folded >> 8 * i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 2 * KNOWN_BLOCK_SIZE) return 0;
    size_t count = 0, block_size = size - 1;
    uint64_t list[KNOWN_BLOCK_COUNT];
    unsigned char *block = malloc(block_size + 1); /* of its very size: reading beyond is seen */
    if (!block) return 0;
    memcpy(block, data + 1, block_size);
    if (data[0] % 2 && block_size >= 16) fit_sum(block, block_size);
    if (known_block_decode((postern_text){(char *)block, block_size}, list, &count, NULL) == POSTERN_OK) {
        if (count == 0 || count > KNOWN_BLOCK_COUNT) abort();
        for (size_t i = 1; i < count; i++)
            if (list[i] <= list[i - 1]) abort();
        encode_again(list, count, block[1]);
    }
    free(block);
    return 0;
}
