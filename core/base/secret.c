#include "base/secret.h"
#include "base/locked_slots.h"
#include "base/log.h"
#include "base/random.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 4

struct secret {
    struct locked_chunk *chunk;
    size_t size;
    _Atomic int holders;
    char bytes[]; /* and behind them the mark of their end */
};

/* Who writes past the end of a secret spoils it. It begins with a zero, where whoever takes the bytes for a
 * string stops. */
static char end_mark[8];

static void choose_end_mark(void)
{
    struct random_source *random = random_system();
    random->fill(random, end_mark + 1, sizeof end_mark - 1);
}

static bool end_is_whole(const struct secret *secret)
{
    return memcmp(secret->bytes + secret->size, end_mark, sizeof end_mark) == 0;
}

struct secret *secret_new(postern_text bytes)
{
    static pthread_once_t chosen = PTHREAD_ONCE_INIT;
    pthread_once(&chosen, choose_end_mark);
    struct locked_chunk *chunk;
    size_t around = offsetof(struct secret, bytes) + sizeof end_mark;
    struct secret *secret =
        bytes.size <= SIZE_MAX - around ? locked_slot_take(around + bytes.size, &chunk) : NULL;
    if (!secret) return NULL;
    secret->chunk = chunk;
    secret->size = bytes.size;
    atomic_init(&secret->holders, 1);
    if (bytes.size) memcpy(secret->bytes, bytes.data, bytes.size);
    memcpy(secret->bytes + bytes.size, end_mark, sizeof end_mark);
    return secret;
}

struct secret *secret_share(struct secret *secret)
{
    atomic_fetch_add(&secret->holders, 1);
    return secret;
}

void secret_release(struct secret *secret)
{
    if (!secret || atomic_fetch_sub(&secret->holders, 1) != 1) return;
    if (!end_is_whole(secret)) {
        log_write(POSTERN_LOG_ERROR, "memory", "somebody wrote past the end of a secret");
        abort();
    }
    locked_slot_give(secret->chunk, secret);
}

postern_text secret_reveal(const struct secret *secret)
{
    return (postern_text){secret->bytes, secret->size};
}

bool secret_is_in(postern_text text, postern_text secret)
{
    return secret.size >= SHORTEST && memmem(text.data, text.size, secret.data, secret.size) != NULL;
}

void secret_wipe(void *data, size_t size)
{
    explicit_bzero(data, size);
}
