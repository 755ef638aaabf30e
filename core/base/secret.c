#include "base/secret.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

/* Mappings of their own, so that locking and "not in core dumps" cover just these. Many secrets share one:
 * the system gives a process some 65,000 mappings, and thousands of accounts have four secrets each. */
#define CHUNK_SIZE ((size_t)64 << 10)
#define SHORTEST   4

struct chunk {
    size_t mapped, used;
    size_t secrets; /* that are alive */
    _Alignas(16) char bytes[];
};

struct secret {
    struct chunk *chunk;
    _Atomic int holders;
    size_t size;
    char bytes[];
};

static pthread_mutex_t chunks_lock = PTHREAD_MUTEX_INITIALIZER;
static struct chunk *filling; /* where the next secret goes if it has room */

static struct chunk *chunk_new(size_t needed)
{
    size_t mapped = (sizeof(struct chunk) + needed + CHUNK_SIZE - 1) / CHUNK_SIZE * CHUNK_SIZE;
    struct chunk *chunk = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) return NULL;
    mlock(chunk, mapped); /* may be refused by a limit: then it is only kept out of core dumps */
    madvise(chunk, mapped, MADV_DONTDUMP);
    *chunk = (struct chunk){.mapped = mapped};
    return chunk;
}

/* The lock is taken. */
static struct secret *take(size_t needed)
{
    bool fits = filling && filling->mapped - sizeof *filling - filling->used >= needed;
    struct chunk *chunk = fits ? filling : chunk_new(needed);
    if (!chunk) return NULL;
    filling = chunk;
    struct secret *secret = (struct secret *)(void *)(chunk->bytes + chunk->used);
    chunk->used += needed;
    chunk->secrets++;
    secret->chunk = chunk;
    return secret;
}

struct secret *secret_new(postern_text bytes)
{
    size_t needed = (sizeof(struct secret) + bytes.size + 15) / 16 * 16;
    if (needed < bytes.size) return NULL;
    pthread_mutex_lock(&chunks_lock);
    struct secret *secret = take(needed);
    pthread_mutex_unlock(&chunks_lock);
    if (!secret) return NULL;
    atomic_init(&secret->holders, 1);
    secret->size = bytes.size;
    if (bytes.size) memcpy(secret->bytes, bytes.data, bytes.size);
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
    struct chunk *chunk = secret->chunk;
    secret_wipe(secret->bytes, secret->size);
    pthread_mutex_lock(&chunks_lock);
    bool is_over = --chunk->secrets == 0;
    if (is_over && chunk == filling) filling = NULL;
    if (is_over) munmap(chunk, chunk->mapped);
    pthread_mutex_unlock(&chunks_lock);
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
