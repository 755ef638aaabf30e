#include "journal/known/block.h"
#include "base/error.h"
#include "journal/page/page.h"
#include <string.h>

#define VERSION   1
#define HEAD_SIZE 16
#define WINDOW    57 /* bits that are there at any place of a byte when 8 bytes are read */

static void store(unsigned char *at, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)(number >> 8 * i);
}

static uint64_t load(const unsigned char *at, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number |= (uint64_t)at[i] << 8 * i;
    return number;
}

static uint32_t sum_of(const unsigned char *block, size_t size)
{
    uint64_t sum = page_ids_sum((postern_text){(const char *)block + 8, size - 8}) ^
                   load(block, 4) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(sum ^ sum >> 32);
}

static uint64_t low_bits(uint64_t word, unsigned count)
{
    return word & ((UINT64_C(1) << count) - 1);
}

unsigned known_block_parameter(size_t count)
{
    unsigned bits = 0;
    while (bits < 63 && (count >> bits) > 1)
        bits++;
    return 63 - bits;
}

/* ---- Writing ------------------------------------------------------------------------------------ */

/* At most WINDOW bits, into bytes that are zero. */
static void put(unsigned char *bits, size_t at, uint64_t word, unsigned count)
{
    unsigned shift = at % 8;
    word <<= shift;
    for (size_t byte = at / 8, end = (at + count + 7) / 8; byte < end; byte++, word >>= 8)
        bits[byte] |= (unsigned char)word;
}

size_t known_block_encode(const uint64_t *list, size_t count, unsigned parameter,
                          unsigned char block[KNOWN_BLOCK_SIZE], size_t *size)
{
    unsigned char *bits = block + HEAD_SIZE;
    const size_t room = (size_t)(KNOWN_BLOCK_SIZE - HEAD_SIZE) * 8;
    size_t used = 0, taken = 1;
    memset(block, 0, KNOWN_BLOCK_SIZE);
    for (; taken < count && taken < KNOWN_BLOCK_COUNT; taken++) {
        uint64_t step = list[taken] - list[taken - 1] - 1, upper = step >> parameter;
        if (upper >= room || used + upper + 1 + parameter > room) break;
        used += upper;
        put(bits, used++, 1, 1);
        unsigned low = parameter < 32 ? parameter : 32;
        put(bits, used, low_bits(step, low), low);
        put(bits, used + low, low_bits(step >> low, parameter - low), parameter - low);
        used += parameter;
    }
    *size = HEAD_SIZE + (used + 63) / 64 * 8;
    block[0] = VERSION;
    block[1] = (unsigned char)parameter;
    store(block + 2, taken, 2);
    store(block + 8, list[0], 8);
    store(block + 4, sum_of(block, *size), 4);
    return taken;
}

/* ---- Reading ------------------------------------------------------------------------------------ */

struct bit_reader {
    const unsigned char *bits; /* with 8 bytes behind their end that may be read */
    size_t at, end;
};

static uint64_t window_at(const struct bit_reader *reader, size_t at)
{
    uint64_t word;
    memcpy(&word, reader->bits + at / 8, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return low_bits(word >> at % 8, WINDOW);
}

/* The next difference less one. False: there is none. */
static bool read_step(struct bit_reader *reader, unsigned parameter, uint64_t *step)
{
    uint64_t window = window_at(reader, reader->at), upper = 0;
    while (window == 0) {
        upper += WINDOW;
        reader->at += WINDOW;
        if (reader->at >= reader->end) return false;
        window = window_at(reader, reader->at);
    }
    unsigned zeros = (unsigned)__builtin_ctzll(window);
    upper += zeros;
    reader->at += zeros + 1;
    if (reader->at + parameter > reader->end || (parameter && upper >> (64 - parameter))) return false;
    unsigned low = parameter < 32 ? parameter : 32;
    uint64_t lower = low_bits(window_at(reader, reader->at), low);
    if (parameter > low) lower |= low_bits(window_at(reader, reader->at + low), parameter - low) << low;
    reader->at += parameter;
    *step = upper << parameter | lower;
    return true;
}

static postern_status damaged(postern_error *error, const char *what)
{
    error_set(error, POSTERN_E_PROTOCOL, "%s", what);
    error_remedy(error, "check the disk of the state directory");
    return POSTERN_E_PROTOCOL;
}

postern_status known_block_decode(postern_text block, uint64_t list[KNOWN_BLOCK_COUNT], size_t *count,
                                  postern_error *error)
{
    unsigned char bytes[KNOWN_BLOCK_SIZE + 8] = {0};
    if (block.size < HEAD_SIZE || block.size > KNOWN_BLOCK_SIZE || block.size % 8)
        return damaged(error, "its size is no block's");
    memcpy(bytes, block.data, block.size);
    unsigned parameter = bytes[1];
    size_t wanted = (size_t)load(bytes + 2, 2);
    if (bytes[0] != VERSION) return damaged(error, "its version is unknown");
    if (parameter > 63 || wanted == 0 || wanted > KNOWN_BLOCK_COUNT)
        return damaged(error, "its head makes no sense");
    if (load(bytes + 4, 4) != sum_of(bytes, block.size))
        return damaged(error, "its bytes are not those it was stored with");
    struct bit_reader reader = {bytes + HEAD_SIZE, 0, (block.size - HEAD_SIZE) * 8};
    uint64_t last = load(bytes + 8, 8);
    list[0] = last;
    for (size_t i = 1; i < wanted; i++) {
        uint64_t step = 0;
        if (!read_step(&reader, parameter, &step)) return damaged(error, "it ends early");
        if (step >= UINT64_MAX - last) return damaged(error, "its fingerprints do not ascend");
        list[i] = last += step + 1;
    }
    *count = wanted;
    return POSTERN_OK;
}
