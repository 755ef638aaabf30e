#include "base/random.h"
#include "base/digest.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void fill_from_system(struct random_source *source, void *out, size_t size)
{
    (void)source;
    char *place = out;
    while (size) {
        size_t part = size < 256 ? size : 256;
        if (getrandom(place, part, 0) != (ssize_t)part) abort(); /* up to 256 bytes never fail once booted */
        place += part;
        size -= part;
    }
}

/* SplitMix64: tiny, and every seed is good. */
static void fill_fixed(struct random_source *source, void *out, size_t size)
{
    char *place = out;
    while (size) {
        uint64_t z = (source->state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        z ^= z >> 31;
        size_t part = size < sizeof z ? size : sizeof z;
        memcpy(place, &z, part);
        place += part;
        size -= part;
    }
}

struct random_source *random_system(void)
{
    static struct random_source source = {fill_from_system, 0};
    return &source;
}

struct random_source random_fixed(uint64_t seed)
{
    return (struct random_source){fill_fixed, seed};
}

uint64_t random_number(struct random_source *source)
{
    uint64_t number;
    source->fill(source, &number, sizeof number);
    return number;
}

uint64_t random_below(struct random_source *source, uint64_t bound)
{
    uint64_t biased = -bound % bound; /* this many lowest values would make some results likelier */
    for (;;) {
        uint64_t number = random_number(source);
        if (number >= biased) return number % bound;
    }
}

void random_guid(struct random_source *source, char out[37])
{
    unsigned char bytes[16];
    char hex[33];
    source->fill(source, bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    digest_hex(bytes, sizeof bytes, hex);
    static const int parts[] = {8, 4, 4, 4, 12};
    const char *from = hex;
    for (size_t i = 0; i < 5; i++) {
        memcpy(out, from, (size_t)parts[i]);
        from += parts[i];
        out += parts[i];
        *out++ = '-';
    }
    out[-1] = '\0';
}
