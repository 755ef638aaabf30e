#include "recent.h"
#include <stdlib.h>

struct recent_header {
    int64_t sent_ms;
    size_t size;
};

static struct recent_header header_at(const struct recent *recent, size_t at)
{
    struct recent_header header;
    memcpy(&header, recent->bytes + at, sizeof header);
    return header;
}

static size_t behind(const struct recent *recent, size_t at)
{
    return at + sizeof(struct recent_header) + header_at(recent, at).size;
}

static void set_sent(struct recent *recent, size_t from, size_t to, int64_t now_ms)
{
    for (size_t at = from; at < to; at = behind(recent, at))
        memcpy(recent->bytes + at, &now_ms, sizeof now_ms); /* the header's first member */
}

void recent_free(struct recent *recent)
{
    free(recent->bytes);
    *recent = (struct recent){.limit = recent->limit};
}

void recent_clear(struct recent *recent)
{
    recent->begin = recent->end = recent->confirmed = recent->lost = 0;
}

static void drop_oldest(struct recent *recent)
{
    recent->begin = behind(recent, recent->begin);
    if (recent->lost < recent->begin) recent->lost = recent->begin;
    if (recent->confirmed < recent->begin) recent->confirmed = recent->begin;
    if (recent->begin == recent->end) recent_clear(recent);
}

static void move_to_front(struct recent *recent)
{
    memmove(recent->bytes, recent->bytes + recent->begin, recent->end - recent->begin);
    recent->end -= recent->begin;
    recent->confirmed -= recent->begin;
    recent->lost -= recent->begin;
    recent->begin = 0;
}

/* Twice the limit is the most that it takes. */
static bool make_room(struct recent *recent, size_t size)
{
    if (recent->capacity - recent->end >= size) return true;
    if (recent->begin > recent->capacity / 2) move_to_front(recent);
    if (recent->capacity - recent->end >= size) return true;
    size_t capacity = recent->capacity ? recent->capacity * 2 : 65536;
    while (capacity - recent->end < size)
        capacity *= 2;
    char *grown = realloc(recent->bytes, capacity);
    if (!grown) return false;
    recent->bytes = grown;
    recent->capacity = capacity;
    return true;
}

bool recent_add(struct recent *recent, postern_text message)
{
    struct recent_header header = {.size = message.size};
    size_t size = sizeof header + message.size;
    if (size > recent->limit) return true;
    while (recent->end > recent->begin && recent->end - recent->begin + size > recent->limit)
        drop_oldest(recent);
    if (!make_room(recent, size)) return false;
    memcpy(recent->bytes + recent->end, &header, sizeof header);
    memcpy(recent->bytes + recent->end + sizeof header, message.data, message.size);
    recent->end += size;
    return true;
}

void recent_confirm(struct recent *recent, int64_t now_ms)
{
    set_sent(recent, recent->confirmed, recent->end, now_ms);
    recent->confirmed = recent->end;
}

void recent_drop_unconfirmed(struct recent *recent)
{
    recent->end = recent->confirmed;
}

void recent_lose(struct recent *recent, int64_t since_ms)
{
    recent_drop_unconfirmed(recent);
    if (recent_has_lost(recent)) since_ms = 0; /* some that were not even sent again */
    while (recent->begin < recent->end && header_at(recent, recent->begin).sent_ms < since_ms)
        drop_oldest(recent);
    recent->lost = recent->end;
}

bool recent_has_lost(const struct recent *recent)
{
    return recent->lost > recent->begin;
}

size_t recent_count_lost(const struct recent *recent)
{
    size_t count = 0;
    for (size_t at = recent->begin; at < recent->lost; at = behind(recent, at))
        count++;
    return count;
}

bool recent_next_lost(const struct recent *recent, size_t *at, postern_text *message)
{
    if (*at < recent->begin) *at = recent->begin;
    if (*at >= recent->lost) return false;
    *message = kit_span(recent->bytes + *at + sizeof(struct recent_header), header_at(recent, *at).size);
    *at = behind(recent, *at);
    return true;
}

void recent_found(struct recent *recent, int64_t now_ms)
{
    set_sent(recent, recent->begin, recent->lost, now_ms);
    recent->lost = recent->begin;
}
