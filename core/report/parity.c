#include "report/parity.h"

#include "base/fnv1a.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TYPES_MOST   1000
#define FIRST_PLACES 1024

struct parity_message {
    uint64_t mark[2]; /* two hashes: nobody gains by a collision, and chance has no chance */
    uint32_t type;
    uint32_t events[PARITY_SIDES];
    bool taken;
};

struct parity {
    struct parity_message *messages; /* open addressing; a power of two, at most three quarters full */
    size_t places, count, most;
    struct parity_type *types;
    size_t type_count;
};

struct parity *parity_new(size_t messages)
{
    struct parity *parity = calloc(1, sizeof *parity);
    if (!parity) return NULL;
    *parity = (struct parity){.messages = calloc(FIRST_PLACES, sizeof *parity->messages),
                              .places = FIRST_PLACES,
                              .most = messages,
                              .types = calloc(TYPES_MOST, sizeof *parity->types)};
    if (parity->messages && parity->types) return parity;
    parity_free(parity);
    return NULL;
}

void parity_free(struct parity *parity)
{
    if (!parity) return;
    free(parity->messages);
    free(parity->types);
    free(parity);
}

/* ---- Types ---- */

static bool is_type(const struct parity_type *type, const struct parity_event *event)
{
    return text_is(event->source, type->source) && text_is(event->type, type->name);
}

/* False: there are too many. */
static bool type_of(struct parity *parity, const struct parity_event *event, uint32_t *type)
{
    size_t i = 0;
    while (i < parity->type_count && !is_type(&parity->types[i], event))
        i++;
    if (i == TYPES_MOST) return false;
    if (i == parity->type_count) {
        text_to_string(event->source, parity->types[i].source, sizeof parity->types[i].source);
        text_to_string(event->type, parity->types[i].name, sizeof parity->types[i].name);
        parity->type_count++;
    }
    *type = (uint32_t)i;
    return true;
}

/* ---- Messages ---- */

static void mark_message(const struct parity_event *event, uint64_t mark[2])
{
    int64_t second = event->time_ms / 1000;
    postern_text told =
        event->message.size ? event->message : (postern_text){(const char *)&second, sizeof second};
    const postern_text parts[] = {event->source, event->type, told};
    for (int i = 0; i < 2; i++) {
        mark[i] = fnv1a(FNV1A_START, (postern_text){i ? "2" : "1", 1});
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            mark[i] = fnv1a(mark[i], (postern_text){(const char *)&parts[k].size, sizeof parts[k].size});
            mark[i] = fnv1a(mark[i], parts[k]);
        }
    }
}

static struct parity_message *place_of(const struct parity *parity, const uint64_t mark[2])
{
    size_t at = (size_t)mark[0] & (parity->places - 1);
    while (parity->messages[at].taken && memcmp(parity->messages[at].mark, mark, 2 * sizeof *mark) != 0)
        at = (at + 1) & (parity->places - 1);
    return &parity->messages[at];
}

static bool grow(struct parity *parity)
{
    struct parity larger = {.places = 2 * parity->places};
    larger.messages = calloc(larger.places, sizeof *larger.messages);
    if (!larger.messages) return false;
    for (size_t i = 0; i < parity->places; i++)
        if (parity->messages[i].taken) *place_of(&larger, parity->messages[i].mark) = parity->messages[i];
    free(parity->messages);
    parity->messages = larger.messages;
    parity->places = larger.places;
    return true;
}

bool parity_add(struct parity *parity, enum parity_side side, const struct parity_event *event)
{
    uint64_t mark[2];
    uint32_t type;
    if (!type_of(parity, event, &type)) return false;
    mark_message(event, mark);
    struct parity_message *message = place_of(parity, mark);
    if (!message->taken) {
        if (parity->count == parity->most) return false;
        if (4 * (parity->count + 1) > 3 * parity->places) {
            if (!grow(parity)) return false;
            message = place_of(parity, mark);
        }
        *message = (struct parity_message){.mark = {mark[0], mark[1]}, .type = type, .taken = true};
        parity->count++;
    }
    message->events[side]++;
    parity->types[type].events[side]++;
    return true;
}

/* ---- Comparing ---- */

void parity_compare(struct parity *parity)
{
    for (size_t i = 0; i < parity->places; i++) {
        const struct parity_message *message = &parity->messages[i];
        if (!message->taken) continue;
        for (int side = 0; side < PARITY_SIDES; side++)
            if (message->events[side] > message->events[!side])
                parity->types[message->type].only[side] += message->events[side] - message->events[!side];
    }
}

size_t parity_type_count(const struct parity *parity)
{
    return parity->type_count;
}

const struct parity_type *parity_type(const struct parity *parity, size_t i)
{
    return &parity->types[i];
}

bool parity_is_missing(const struct parity *parity, enum parity_side side, const struct parity_event *event)
{
    uint64_t mark[2];
    mark_message(event, mark);
    const struct parity_message *message = place_of(parity, mark);
    return message->taken && message->events[side] > message->events[!side];
}
