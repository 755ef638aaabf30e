#include "collect/answer/tries.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "collect/answer/answer.h"

#include <stdlib.h>
#include <string.h>

/* ---- Letters by place ---------------------------------------------------------------------------- */

void damaged_place_free(struct damaged_place *damage)
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
    return one->closed != other->closed ? one->closed : one->size > other->size;
}

static struct damaged_place *find_damage(const struct tries *tries, uint64_t name)
{
    for (size_t i = 0; i < tries->damage_count; i++)
        if (tries->damage[i].place.name == name) return &tries->damage[i];
    return NULL;
}

/* What there is no room for. */
static void count_rest(struct set_aside_rest *rest, const struct damaged_place *damage)
{
    for (size_t i = 0; i < damage->letter_count; i++) {
        const struct dead_letter *letter = damage->letters[i];
        if (!rest->count) {
            text_to_string(text_of(letter->name), rest->first, sizeof rest->first);
            rest->place = damage->place;
        }
        text_to_string(text_of(letter->name), rest->last, sizeof rest->last);
        rest->count += letter->stands_for ? letter->stands_for : 1;
        rest->size += (int64_t)letter->bytes.size;
    }
}

static void replace_damage(struct tries *tries, struct damaged_place *known, struct damaged_place *damage)
{
    tries->letter_count += damage->letter_count - known->letter_count;
    tries->letter_size += damage->size - known->size;
    damaged_place_free(known);
    *known = *damage;
    *damage = (struct damaged_place){0};
}

bool tries_know_better(const struct tries *tries, const struct damaged_place *damage)
{
    const struct damaged_place *known = find_damage(tries, damage->place.name);
    return known && !is_better(damage, known);
}

bool tries_add_damage(struct tries *tries, struct damaged_place *damage, struct tries_room room)
{
    struct damaged_place *known = find_damage(tries, damage->place.name);
    size_t size = tries->letter_size + damage->size;
    if (known && is_better(damage, known) && size - known->size <= room.letter_size) {
        replace_damage(tries, known, damage);
    } else if (!known && tries->letter_count < room.letters && size <= room.letter_size) {
        if (!array_extend(&tries->damage, tries->damage_count, sizeof *damage)) return false;
        tries->damage[tries->damage_count++] = *damage;
        tries->letter_count += damage->letter_count;
        tries->letter_size = size;
        *damage = (struct damaged_place){0};
    } else if (!known) {
        count_rest(&tries->rest, damage);
    }
    damaged_place_free(damage);
    return true;
}

void tries_add_rest(struct tries *tries, const struct set_aside_rest *rest)
{
    struct set_aside_rest sum = tries->rest.count ? tries->rest : *rest;
    if (!rest->count) return;
    if (tries->rest.count && tries->rest.place.name == rest->place.name) { /* the same flood again */
        if (rest->count > tries->rest.count) tries->rest = *rest;
        return;
    }
    sum.count = tries->rest.count + rest->count;
    sum.size = tries->rest.size + rest->size;
    memcpy(sum.last, rest->last, sizeof sum.last);
    tries->rest = sum;
}

/* ---- Places and events --------------------------------------------------------------------------- */

bool tries_add_read(struct tries *tries, const struct places *read, size_t most)
{
    size_t room = tries->read.count + read->count, count = 0;
    if (!read->count) return true;
    if (room > most) room = most;
    uint64_t *items = malloc(room * sizeof *items + 1);
    if (!items) return false;
    for (size_t a = 0, b = 0; count < room && (a < tries->read.count || b < read->count);) {
        bool first = b == read->count || (a < tries->read.count && tries->read.items[a] <= read->items[b]);
        uint64_t place = first ? tries->read.items[a++] : read->items[b++];
        if (!count || items[count - 1] != place) items[count++] = place;
    }
    free(tries->read.items);
    tries->read = (struct places){items, count, room};
    return true;
}

/* Of a part that a try had whole, nothing counts that came out of it damaged. */
static void drop_of_whole_parts(struct held_events *held, const struct places *whole)
{
    size_t kept = 0;
    for (size_t i = 0; i < held->count; i++) {
        struct held_event *event = held->items[i];
        if (!places_have(whole, trail_whole_part(event->part))) {
            held->items[kept++] = event;
            continue;
        }
        held->size -= held_event_size(event);
        free(event);
    }
    held->count = kept;
}

/* False: no memory, and all is where it was. */
static bool move_held(struct held_events *into, struct held_events *from)
{
    if (!from->count) return true;
    if (!array_reserve(&into->items, &into->capacity, into->count + from->count, sizeof(struct held_event *),
                       SIZE_MAX / sizeof(struct held_event *)))
        return false;
    memcpy(into->items + into->count, from->items, from->count * sizeof(struct held_event *));
    into->count += from->count;
    into->size += from->size;
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
        held->size -= held_event_size(held->items[i]);
        free(held->items[i]);
    }
    held->count = kept;
}

void tries_drop_made_up(struct tries *tries)
{
    drop_of_whole_parts(&tries->held, &tries->read);
    drop_repeats(&tries->held);
}

/* ---- The answer at hand -------------------------------------------------------------------------- */

bool tries_take(struct tries *tries, struct answer *answer, struct tries_room room)
{
    struct damaged_place *list;
    size_t count;
    if (!take_letters(answer, &list, &count)) return false;
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        good = good && tries_add_damage(tries, &list[i], room);
        damaged_place_free(&list[i]);
    }
    free(list);
    trail_sort(&answer->trail);
    good = good && tries_add_read(tries, &answer->trail.read, answer->limits.places);
    return good && move_held(&tries->held, &answer->trail.held);
}

/* ---- Settling ------------------------------------------------------------------------------------ */

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

static bool give_rest(struct answer *answer, const struct set_aside_rest *rest)
{
    if (!rest->count) return true;
    answer->set_aside += rest->count;
    return answer_set_rest_aside(answer, rest) >= 0;
}

bool tries_give(struct tries *tries, struct answer *answer)
{
    for (size_t i = 0; i < tries->damage_count; i++) {
        struct damaged_place *damage = &tries->damage[i];
        if (!places_have_place(&tries->read, &damage->place) && !give_letters(answer, damage)) return false;
    }
    if (!places_have_place(&tries->read, &tries->rest.place) && !give_rest(answer, &tries->rest))
        return false;
    tries_drop_made_up(tries);
    return move_held(&answer->trail.held, &tries->held);
}

bool tries_settle(struct tries *tries, struct answer *answer)
{
    answer->set_aside = 0; /* what it set aside is among the tries */
    return tries_give(tries, answer);
}

void tries_settle_first(struct answer *answer)
{
    struct trail *trail = &answer->trail;
    if (!trail->held.count) return;
    trail_sort(trail);
    drop_of_whole_parts(&trail->held, &trail->read);
    drop_repeats(&trail->held);
}

bool tries_are_empty(const struct tries *tries)
{
    return !tries->read.count && !tries->damage_count && !tries->rest.count && !tries->held.count;
}

void tries_free(struct tries *tries)
{
    for (size_t i = 0; i < tries->damage_count; i++)
        damaged_place_free(&tries->damage[i]);
    free(tries->damage);
    free(tries->read.items);
    held_events_free(&tries->held);
    *tries = (struct tries){0};
}
