#include "collect/answer/tries.h"

#include "base/array.h"
#include "collect/answer/answer.h"

#include <stdlib.h>
#include <string.h>

/* What is remembered of tries that go on for ever is bounded: places by this, letters and what is held by
 * what one answer may leave behind. */
#define READ_LIMIT ((size_t)4 << 20)

/* ---- Letters by place ---------------------------------------------------------------------------- */

static void damage_free(struct damaged_place *damage)
{
    for (size_t i = 0; i < damage->letter_count; i++)
        dead_letter_free(damage->letters[i]);
    free(damage->letters);
    *damage = (struct damaged_place){0};
}

/* The answer's letters, those of one place together; they are the list's from then on. False: no memory, and
 * the letters are where they were. */
static bool take_letters(struct answer *answer, struct damaged_place **list, size_t *count)
{
    struct set_asides *aside = &answer->aside;
    *list = NULL;
    *count = 0;
    if (!aside->count) return true;
    struct damaged_place *damage = calloc(aside->count, sizeof *damage);
    if (!damage) return false;
    size_t places = 0;
    for (size_t i = 0; i < aside->count; i++) {
        const struct trail_place *place = letter_place(aside->letters[i]);
        if (!places || damage[places - 1].place.name != place->name)
            damage[places++] = (struct damaged_place){
                .place = *place, .closed = places_have(&answer->trail.closed, place->name)};
        struct damaged_place *at = &damage[places - 1];
        if (!array_extend(&at->letters, at->letter_count, sizeof(struct dead_letter *))) {
            while (places)
                free(damage[--places].letters);
            free(damage);
            return false;
        }
        at->letters[at->letter_count++] = aside->letters[i];
        at->size += aside->letters[i]->bytes.size;
    }
    aside->count = 0;
    *list = damage;
    *count = places;
    return true;
}

/* Of two tries that could not read on at the same place, the one that found something behind it knows better
 * how far the damage reaches; else the one that has more of it. */
static bool is_better(const struct damaged_place *one, const struct damaged_place *other)
{
    return one->closed != other->closed ? one->closed : one->size >= other->size;
}

static struct damaged_place *find_damage(const struct tries *tries, uint64_t name)
{
    for (size_t i = 0; i < tries->damage_count; i++)
        if (tries->damage[i].place.name == name) return &tries->damage[i];
    return NULL;
}

/* Moved in. */
static void add_damage(struct tries *tries, struct damaged_place *damage, size_t limit)
{
    struct damaged_place *known = find_damage(tries, damage->place.name);
    bool has_room = known ? is_better(damage, known)
                          : tries->letter_count < limit &&
                                array_extend(&tries->damage, tries->damage_count, sizeof *damage);
    if (!has_room) {
        damage_free(damage);
        return;
    }
    tries->letter_count += damage->letter_count;
    if (known) {
        tries->letter_count -= known->letter_count;
        damage_free(known);
        *known = *damage;
    } else {
        tries->damage[tries->damage_count++] = *damage;
    }
}

/* ---- Places and events --------------------------------------------------------------------------- */

/* Both are sorted. */
static void add_read(struct tries *tries, const struct places *read)
{
    size_t room = tries->read.count + read->count, count = 0;
    if (!read->count || room > READ_LIMIT) return;
    uint64_t *items = malloc(room * sizeof *items);
    if (!items) return;
    for (size_t a = 0, b = 0; a < tries->read.count || b < read->count;) {
        bool first = b == read->count || (a < tries->read.count && tries->read.items[a] <= read->items[b]);
        uint64_t place = first ? tries->read.items[a++] : read->items[b++];
        if (!count || items[count - 1] != place) items[count++] = place;
    }
    free(tries->read.items);
    tries->read = (struct places){items, count, room};
}

/* Those of `from` that `keep` allows go over, the others are freed. False: no memory; nothing is lost. */
static bool move_held(struct held_events *into, struct held_events *from, const struct places *whole,
                      const struct places *whole_too)
{
    if (!from->count) return true;
    if (!array_reserve(&into->items, &into->capacity, into->count + from->count, sizeof *into->items,
                       SIZE_MAX / sizeof *into->items))
        return false;
    for (size_t i = 0; i < from->count; i++) {
        struct held_event *event = from->items[i];
        uint64_t part = trail_whole_part(event->part);
        if ((whole && places_have(whole, part)) || (whole_too && places_have(whole_too, part))) {
            free(event);
            continue;
        }
        into->items[into->count++] = event;
        into->size += sizeof *event + event->type_size + event->json_size;
    }
    from->count = 0;
    held_events_free(from);
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct held_event *left = *(struct held_event *const *)a, *right = *(struct held_event *const *)b;
    return memcmp(left->id, right->id, EVENT_ID_SIZE);
}

static void drop_repeats(struct held_events *held)
{
    size_t kept = 0;
    if (held->count) qsort(held->items, held->count, sizeof(struct held_event *), by_id);
    for (size_t i = 0; i < held->count; i++) {
        bool repeat = kept && memcmp(held->items[kept - 1]->id, held->items[i]->id, EVENT_ID_SIZE) == 0;
        if (!repeat) {
            held->items[kept++] = held->items[i];
            continue;
        }
        held->size -= sizeof *held->items[i] + held->items[i]->type_size + held->items[i]->json_size;
        free(held->items[i]);
    }
    held->count = kept;
}

/* ---- From outside -------------------------------------------------------------------------------- */

void tries_remember(struct tries *tries, struct answer *answer)
{
    struct damaged_place *list;
    size_t count;
    if (take_letters(answer, &list, &count)) {
        for (size_t i = 0; i < count; i++)
            add_damage(tries, &list[i], answer->limits.set_aside_count + 1);
        free(list);
    }
    add_read(tries, &answer->trail.read);
    if (tries->held.size <= answer->limits.set_aside_size)
        move_held(&tries->held, &answer->trail.held, &tries->read, NULL);
    drop_repeats(&tries->held);
}

/* True if a try read what stands there. */
static bool was_read(const struct answer *answer, const struct trail_place *place)
{
    return places_have_place(&answer->trail.read, place) || places_have_place(&answer->tries->read, place);
}

/* Back among the answer's letters. False: no memory. */
static bool give_letters(struct answer *answer, struct damaged_place *damage)
{
    struct set_asides *aside = &answer->aside;
    for (; damage->letter_count; damage->letter_count--) {
        struct dead_letter *letter = damage->letters[damage->letter_count - 1];
        if (!array_extend(&aside->letters, aside->count, sizeof(struct dead_letter *))) return false;
        aside->letters[aside->count++] = letter;
        answer->set_aside += letter->stands_for ? letter->stands_for : 1;
    }
    return true;
}

static bool settle_letters(struct answer *answer)
{
    struct tries *tries = answer->tries;
    struct damaged_place *list;
    size_t count;
    if (!take_letters(answer, &list, &count)) return false;
    answer->set_aside = 0;
    for (size_t i = 0; i < count; i++)
        add_damage(tries, &list[i], SIZE_MAX);
    free(list);
    bool good = true;
    for (size_t i = 0; good && i < tries->damage_count; i++)
        if (!was_read(answer, &tries->damage[i].place)) good = give_letters(answer, &tries->damage[i]);
    for (size_t i = 0; i < tries->damage_count; i++)
        damage_free(&tries->damage[i]);
    tries->damage_count = tries->letter_count = 0;
    return good;
}

bool tries_settle(struct answer *answer)
{
    struct held_events held = {0};
    struct tries *tries = answer->tries;
    const struct places *before = tries ? &tries->read : NULL;
    if (!tries && !answer->trail.held.count) return true;
    trail_sort(&answer->trail);
    bool good = move_held(&held, &answer->trail.held, &answer->trail.read, before);
    if (tries) good = good && move_held(&held, &tries->held, &answer->trail.read, before);
    if (tries) good = good && settle_letters(answer);
    drop_repeats(&held);
    held_events_free(&answer->trail.held);
    answer->trail.held = held;
    return good;
}

static bool has_key(const struct tries *tries, const char *key)
{
    return key && tries->key ? strcmp(tries->key, key) == 0 : key == tries->key;
}

struct tries *tries_find(struct tries *list, const char *key)
{
    while (list && !has_key(list, key))
        list = list->next;
    return list;
}

struct tries *tries_of(struct tries **list, const char *key)
{
    struct tries *tries = tries_find(*list, key);
    if (tries) return tries;
    tries = calloc(1, sizeof *tries);
    if (!tries) return NULL;
    if (key && !(tries->key = strdup(key))) {
        free(tries);
        return NULL;
    }
    tries->next = *list;
    return *list = tries;
}

void tries_free(struct tries **list)
{
    while (*list) {
        struct tries *tries = *list;
        *list = tries->next;
        for (size_t i = 0; i < tries->damage_count; i++)
            damage_free(&tries->damage[i]);
        free(tries->damage);
        free(tries->read.items);
        held_events_free(&tries->held);
        free(tries->key);
        free(tries);
    }
}
