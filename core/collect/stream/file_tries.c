#include "collect/stream/file_tries.h"

#include "base/array.h"
#include "base/fnv1a.h"
#include "base/text.h"

#include <stdlib.h>

uint64_t file_tries_key(const char *key)
{
    return fnv1a(FNV1A_START, text_of(key));
}

static struct file_try *find(const struct file_tries *tries, uint64_t file)
{
    for (size_t i = 0; tries && i < tries->count; i++)
        if (tries->list[i].file == file) return &tries->list[i];
    return NULL;
}

uint32_t file_tries_damaged(const struct file_tries *tries, uint64_t file)
{
    const struct file_try *one = find(tries, file);
    return one ? one->damaged : 0;
}

uint32_t file_tries_dead(const struct file_tries *tries, uint64_t file)
{
    const struct file_try *one = find(tries, file);
    return one ? one->dead : 0;
}

static struct file_try *find_or_add(struct file_tries *tries, uint64_t file)
{
    struct file_try *one = find(tries, file);
    if (one || !tries) return one;
    if (!array_extend(&tries->list, tries->count, sizeof *tries->list)) return NULL;
    one = &tries->list[tries->count++];
    *one = (struct file_try){.file = file};
    return one;
}

void file_tries_count_damaged(struct file_tries *tries, uint64_t file)
{
    struct file_try *one = find_or_add(tries, file);
    if (one) one->damaged++;
}

void file_tries_count_dead(struct file_tries *tries, uint64_t file)
{
    struct file_try *one = find_or_add(tries, file);
    if (one) one->dead++;
}

void file_tries_put_last(struct file_tries *tries, uint64_t file)
{
    struct file_try *one = find_or_add(tries, file);
    if (one) one->put_last = ++tries->put_last;
}

uint32_t file_tries_when_last(const struct file_tries *tries, uint64_t file)
{
    const struct file_try *one = find(tries, file);
    return one ? one->put_last : 0;
}

bool file_tries_keep_coding(struct file_tries *tries, uint64_t file)
{
    struct file_try *one = find_or_add(tries, file);
    if (one) one->is_coded = true;
    return one != NULL;
}

bool file_tries_keeps_coding(const struct file_tries *tries, uint64_t file)
{
    const struct file_try *one = find(tries, file);
    return one && one->is_coded;
}

void file_tries_forget(struct file_tries *tries)
{
    free(tries->list);
    *tries = (struct file_tries){0};
}
