#include "base/keyed_hash.h"
#include "base/random.h"
#include <string.h>

struct sip_state {
    uint64_t a, b, c, d;
};

struct hash_key hash_key_new(struct random_source *source)
{
    return (struct hash_key){{random_number(source), random_number(source)}};
}

static inline uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void mix(struct sip_state *s)
{
    s->a += s->b, s->b = rotate(s->b, 13) ^ s->a, s->a = rotate(s->a, 32);
    s->c += s->d, s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d, s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b, s->b = rotate(s->b, 17) ^ s->c, s->c = rotate(s->c, 32);
}

static inline void add_word(struct sip_state *s, uint64_t word)
{
    s->d ^= word;
    mix(s);
    s->a ^= word;
}

uint64_t keyed_hash(const struct hash_key *key, postern_text text)
{
    struct sip_state s = {key->words[0] ^ 0x736f6d6570736575u, key->words[1] ^ 0x646f72616e646f6du,
                          key->words[0] ^ 0x6c7967656e657261u, key->words[1] ^ 0x7465646279746573u};
    const char *at = text.data;
    uint64_t word = 0;
    for (size_t left = text.size / 8; left; left--, at += 8) {
        memcpy(&word, at, 8);
        add_word(&s, word);
    }
    word = (uint64_t)text.size << 56;
    for (size_t i = 0; i < text.size % 8; i++)
        word |= (uint64_t)(unsigned char)at[i] << 8 * i;
    add_word(&s, word);
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        mix(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
