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

void file_tries_count_out(struct file_tries *tries, uint64_t file, int64_t now_ms)
{
    struct file_try *one = find_or_add(tries, file);
    if (!one) return;
    if (!one->since_ms) one->since_ms = now_ms;
    one->is_out = true;
}

void file_tries_came(struct file_tries *tries, uint64_t file)
{
    struct file_try *one = find(tries, file);
    if (!one) return;
    one->since_ms = 0;
    one->missed = 0;
}

static bool is_late(const struct file_try *one, int64_t now_ms, int64_t give_up_ms)
{
    return one && one->since_ms && now_ms - one->since_ms >= give_up_ms;
}

void file_tries_end_go(struct file_tries *tries, bool others_came, int64_t now_ms, int64_t give_up_ms)
{
    for (size_t i = 0; tries && i < tries->count; i++) {
        struct file_try *one = &tries->list[i];
        if (!one->is_out) continue;
        one->is_out = false;
        if (others_came && is_late(one, now_ms, give_up_ms)) one->missed++;
    }
}

bool file_tries_is_due(const struct file_tries *tries, uint64_t file, int64_t now_ms, int64_t give_up_ms)
{
    return is_late(find(tries, file), now_ms, give_up_ms);
}

bool file_tries_gives_up(const struct file_tries *tries, uint64_t file)
{
    const struct file_try *one = find(tries, file);
    return one && one->missed >= FILE_MISSED;
}

int64_t file_tries_out_since_ms(const struct file_tries *tries, uint64_t file)
{
    const struct file_try *one = find(tries, file);
    return one ? one->since_ms : 0;
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
