#include "collect/answer/trail.h"

#include "base/array.h"
#include "base/fnv1a.h"

#include <stdlib.h>
#include <string.h>

#define DAMAGE_LIMIT ((size_t)1 << 16) /* far more than the letters of one answer */

/* ---- Marks --------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

uint64_t trail_mark(postern_text text)
{
    return mix(fnv1a(FNV1A_START, text));
}

uint64_t trail_whole_part(uint64_t part)
{
    return mix(part ^ 0x77686f6c65u);
}

static uint64_t start_of(uint64_t part)
{
    return mix(part ^ 0x7374617274u);
}

/* ---- Places -------------------------------------------------------------------------------------- */

static bool add(struct places *places, size_t limit, uint64_t place)
{
    if (places->count == limit) return true;
    if (!array_reserve(&places->items, &places->capacity, places->count + 1, sizeof place, limit))
        return false;
    places->items[places->count++] = place;
    return true;
}

static int in_order(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void sort(struct places *places)
{
    if (places->count) qsort(places->items, places->count, sizeof *places->items, in_order);
}

bool places_have(const struct places *sorted, uint64_t place)
{
    return sorted->count && bsearch(&place, sorted->items, sorted->count, sizeof place, in_order);
}

bool places_have_place(const struct places *sorted, const struct trail_place *place)
{
    bool have = places_have(sorted, place->name);
    for (size_t i = 0; !have && i < TRAIL_ALIASES && place->aliases[i]; i++)
        have = places_have(sorted, place->aliases[i]);
    return have;
}

/* ---- The trail ----------------------------------------------------------------------------------- */

void trail_begin(struct trail *trail, size_t most)
{
    *trail = (struct trail){.most = most, .place = start_of(0)};
}

/* As seen from `place`, where one record stands. */
static uint64_t place_behind(uint64_t place)
{
    return mix(place ^ 0x6f6e65u);
}

static void move_to(struct trail *trail, uint64_t place)
{
    trail->last[trail->passed++ % TRAIL_ALIASES] = trail->place;
    trail->place = place;
}

static bool close_damage(struct trail *trail)
{
    for (size_t i = 0; i < trail->open.count; i++)
        if (!add(&trail->closed, DAMAGE_LIMIT, trail->open.items[i])) return false;
    trail->open.count = 0;
    return true;
}

/* The end of a part is something to be read as well. */
static bool end_part(struct trail *trail)
{
    if (trail->unsure) return true;
    if (!trail->blind && !add(&trail->read, trail->most, trail->place)) return false;
    return !trail->part || add(&trail->read, trail->most, trail_whole_part(trail->part));
}

/* Archives may hold two files of one name: they are told apart by their order. */
static uint64_t number_of(const struct trail *trail, uint64_t name)
{
    uint64_t number = 0;
    for (size_t i = 0; i < trail->names.count; i++)
        number += trail->names.items[i] == name;
    return number;
}

static uint64_t nameless(void)
{
    return trail_mark((postern_text){0});
}

bool trail_part(struct trail *trail, postern_text name, bool is_damaged)
{
    if (!end_part(trail)) return false;
    uint64_t mark = trail_mark(name);
    if (is_damaged && !name.size) trail->strays = true;
    trail->part = is_damaged && !name.size ? mark : mix(mark + number_of(trail, mark));
    trail->place = is_damaged ? trail_whole_part(trail->part) : start_of(trail->part);
    trail->unsure = is_damaged;
    trail->blind = false;
    trail->passed = trail->open.count = 0;
    return add(&trail->names, trail->most, mark);
}

bool trail_event(struct trail *trail, uint64_t mark)
{
    if (trail->unsure) return true;
    if (trail->open.count && !close_damage(trail)) return false;
    if (!trail->blind && !add(&trail->read, trail->most, trail->place)) return false;
    if (trail->blind) trail->passed = 0;
    trail->blind = false;
    move_to(trail, mark ^ trail->part);
    return true;
}

bool trail_damage(struct trail *trail, bool is_one, struct trail_place *place)
{
    *place = (struct trail_place){.name = trail->place};
    if (trail->unsure || trail->blind) return true;
    for (size_t k = 1; k <= TRAIL_ALIASES && k <= trail->passed; k++) {
        uint64_t alias = trail->last[(trail->passed - k) % TRAIL_ALIASES];
        for (size_t i = 0; i < k; i++)
            alias = place_behind(alias);
        place->aliases[k - 1] = alias;
    }
    if (!add(&trail->open, DAMAGE_LIMIT, trail->place)) return false;
    trail->blind = !is_one;
    if (is_one) move_to(trail, place_behind(trail->place));
    return true;
}

bool trail_end(struct trail *trail, bool read_on)
{
    bool good = true;
    if (read_on) good = end_part(trail);
    if (read_on && trail->names.count && !trail->strays)
        good = good && add(&trail->read, trail->most, trail_whole_part(nameless()));
    return good;
}

void trail_sort(struct trail *trail)
{
    sort(&trail->read);
    sort(&trail->closed);
}

struct held_event *held_event_new(uint64_t part, postern_text type, postern_text json)
{
    struct held_event *event = malloc(sizeof *event + type.size + json.size);
    if (!event) return NULL;
    *event = (struct held_event){.part = part, .type_size = type.size, .json_size = json.size};
    if (type.size) memcpy(event->text, type.data, type.size);
    if (json.size) memcpy(event->text + type.size, json.data, json.size);
    return event;
}

bool held_events_add(struct held_events *held, struct held_event *event)
{
    if (!array_reserve(&held->items, &held->capacity, held->count + 1, sizeof(struct held_event *),
                       SIZE_MAX / sizeof(struct held_event *))) {
        free(event);
        return false;
    }
    held->items[held->count++] = event;
    held->size += held_event_size(event);
    return true;
}

size_t held_event_size(const struct held_event *event)
{
    return sizeof *event + event->type_size + event->json_size;
}

void held_events_free(struct held_events *held)
{
    for (size_t i = 0; i < held->count; i++)
        free(held->items[i]);
    free(held->items);
    *held = (struct held_events){0};
}

void trail_free(struct trail *trail)
{
    free(trail->read.items);
    free(trail->open.items);
    free(trail->closed.items);
    free(trail->names.items);
    held_events_free(&trail->held);
    trail_begin(trail, trail->most);
}
