#include "base/locked_slots.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_SIZE ((size_t)32 << 10)
#define SMALLEST   64

/* Access keys take 96 to 192, tokens the larger ones. */
static const size_t slot_sizes[] = {SMALLEST, 96, 128, 192, 256, 512, 1024, 2048, 4096};
#define SIZES (sizeof slot_sizes / sizeof slot_sizes[0])

struct locked_chunk {
    char *mapping, *first; /* slot; the last one ends where the guard behind begins */
    size_t mapped, slot_size, slots, in_use;
    struct locked_chunk **list; /* of those with room, which it is in if it has; NULL: it has one slot */
    struct locked_chunk *before, *next;
    uint64_t taken[CHUNK_SIZE / SMALLEST / 64]; /* one bit a slot */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct locked_chunk *with_room[SIZES];

/* `size` bytes, whole pages, between two guards. */
static char *map_between_guards(size_t size, size_t page)
{
    char *mapping = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) return NULL;
    if (mprotect(mapping + page, size, PROT_READ | PROT_WRITE) < 0 ||
        madvise(mapping + page, size, MADV_DONTDUMP) < 0) {
        munmap(mapping, size + 2 * page);
        return NULL;
    }
    mlock(mapping + page, size); /* may be refused by a limit: then it is only kept out of core dumps */
    return mapping;
}

static struct locked_chunk *chunk_new(size_t room, size_t slot_size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (room + page - 1) / page * page;
    struct locked_chunk *chunk = calloc(1, sizeof *chunk);
    if (!chunk) return NULL;
    chunk->mapping = map_between_guards(size, page);
    if (!chunk->mapping) return free(chunk), NULL;
    chunk->mapped = size + 2 * page;
    chunk->slot_size = slot_size;
    chunk->slots = room / slot_size;
    chunk->first = chunk->mapping + page + size - chunk->slots * slot_size;
    return chunk;
}

static void chunk_free(struct locked_chunk *chunk)
{
    munmap(chunk->mapping, chunk->mapped);
    free(chunk);
}

static void join_list(struct locked_chunk *chunk)
{
    chunk->before = NULL;
    chunk->next = *chunk->list;
    if (chunk->next) chunk->next->before = chunk;
    *chunk->list = chunk;
}

static void leave_list(struct locked_chunk *chunk)
{
    if (chunk->next) chunk->next->before = chunk->before;
    if (chunk->before)
        chunk->before->next = chunk->next;
    else
        *chunk->list = chunk->next;
}

static void *take_free_slot(struct locked_chunk *chunk)
{
    size_t word = 0;
    while (chunk->taken[word] == UINT64_MAX)
        word++;
    unsigned bit = (unsigned)__builtin_ctzll(~chunk->taken[word]);
    chunk->taken[word] |= UINT64_C(1) << bit;
    chunk->in_use++;
    return chunk->first + (word * 64 + bit) * chunk->slot_size;
}

/* The lock is taken. */
static void *take_of_size(size_t index, struct locked_chunk **chunk)
{
    struct locked_chunk **list = &with_room[index];
    if (!*list) {
        struct locked_chunk *fresh = chunk_new(CHUNK_SIZE, slot_sizes[index]);
        if (!fresh) return NULL;
        fresh->list = list;
        join_list(fresh);
    }
    *chunk = *list;
    void *slot = take_free_slot(*chunk);
    if ((*chunk)->in_use == (*chunk)->slots) leave_list(*chunk);
    return slot;
}

static void *take_alone(size_t size, struct locked_chunk **chunk)
{
    size_t room = (size + 15) / 16 * 16;
    if (room < size || room > SIZE_MAX / 2) return NULL;
    *chunk = chunk_new(room, room);
    return *chunk ? take_free_slot(*chunk) : NULL;
}

void *locked_slot_take(size_t size, struct locked_chunk **chunk)
{
    size_t index = 0;
    while (index < SIZES && slot_sizes[index] < size)
        index++;
    if (index == SIZES) return take_alone(size, chunk);
    pthread_mutex_lock(&lock);
    void *slot = take_of_size(index, chunk);
    pthread_mutex_unlock(&lock);
    return slot;
}

/* The lock is taken. Whether the chunk is to be freed. */
static bool give_of_size(struct locked_chunk *chunk, size_t index)
{
    bool was_full = chunk->in_use == chunk->slots;
    chunk->taken[index / 64] &= ~(UINT64_C(1) << index % 64);
    chunk->in_use--;
    if (was_full) join_list(chunk);
    if (chunk->in_use) return false;
    leave_list(chunk);
    return true;
}

void locked_slot_give(struct locked_chunk *chunk, void *slot)
{
    bool is_over = true;
    explicit_bzero(slot, chunk->slot_size);
    if (chunk->list) {
        pthread_mutex_lock(&lock);
        is_over = give_of_size(chunk, (size_t)((char *)slot - chunk->first) / chunk->slot_size);
        pthread_mutex_unlock(&lock);
    }
    if (is_over) chunk_free(chunk);
}
