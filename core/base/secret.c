#include "base/secret.h"
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One mapping each, so that locking and "not in core dumps" cover just this. */
struct secret {
    _Atomic int holders;
    size_t size, mapped;
    char bytes[];
};

struct secret *secret_new(postern_text bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (sizeof(struct secret) + bytes.size + page - 1) / page * page;
    struct secret *secret = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED) return NULL;
    mlock(secret, mapped); /* may be refused by a limit: then it is only kept out of core dumps */
    madvise(secret, mapped, MADV_DONTDUMP);
    atomic_init(&secret->holders, 1);
    secret->size = bytes.size;
    secret->mapped = mapped;
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
    size_t mapped = secret->mapped;
    secret_wipe(secret, mapped);
    munmap(secret, mapped);
}

postern_text secret_reveal(const struct secret *secret)
{
    return (postern_text){secret->bytes, secret->size};
}

void secret_wipe(void *data, size_t size)
{
    explicit_bzero(data, size);
}
