#include "token.h"
#include "random.h"
#include <string.h>

enum { HEAD = 16 };     /* nonce and checksum */
enum { CONTENT = 160 }; /* padded, so that tokens are as long as Mimecast's */

static void scramble(uint64_t key, char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(bytes[i] ^ (char)(mix2(key, i / 8) >> (i % 8 * 8)));
}

void token_seal(struct text *out, uint64_t seed, uint64_t nonce, const char *content)
{
    struct text plain = {0};
    text_puts(&plain, content);
    while (plain.size < CONTENT)
        text_put(&plain, ' ');
    struct text sealed = {0};
    uint64_t head[2] = {nonce, mix_text(mix2(seed, nonce), plain.data, plain.size)};
    text_append(&sealed, head, HEAD);
    scramble(mix2(seed, head[0]) ^ head[1], plain.data, plain.size);
    text_append(&sealed, plain.data, plain.size);
    text_puts(out, "eNoV");
    text_base64(out, sealed.data, sealed.size, true);
    text_free(&plain);
    text_free(&sealed);
}

bool token_open(uint64_t seed, const char *token, struct text *out)
{
    struct text sealed = {0};
    bool good = strncmp(token, "eNoV", 4) == 0 && base64_read(token + 4, strlen(token + 4), &sealed) &&
                sealed.size >= HEAD + CONTENT;
    if (good) {
        uint64_t head[2];
        memcpy(head, sealed.data, HEAD);
        char *content = sealed.data + HEAD;
        size_t size = sealed.size - HEAD;
        scramble(mix2(seed, head[0]) ^ head[1], content, size);
        good = mix_text(mix2(seed, head[0]), content, size) == head[1];
        while (good && size && content[size - 1] == ' ')
            size--;
        if (good) text_append(out, content, size);
    }
    text_free(&sealed);
    return good;
}
