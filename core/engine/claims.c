#include "engine/claims.h"
#include "base/cleanup.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

bool claims_was_has(const char *was, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = was; (at = strstr(at, name)) != NULL; at += size)
        if ((at == was || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0')) return true;
    return false;
}

static void take(struct claims *claims, size_t declared, size_t known)
{
    claims->declared[declared].claim = known;
    claims->known[known].claimed = declared;
}

static void let_go(struct claims *claims, size_t declared)
{
    claims->known[claims->declared[declared].claim].claimed = CLAIM_NONE;
    claims->declared[declared].claim = CLAIM_NONE;
}

static bool is_free(const struct claims *claims, size_t known)
{
    return known != CLAIM_NONE && claims->known[known].claimed == CLAIM_NONE;
}

/* ---- By name, by `was` ---- */

static bool says_it_was(const struct claim_declared *declared, const char *name)
{
    for (size_t i = 0; i < declared->was->names.count; i++)
        if (strcmp(declared->was->names.items[i], name) == 0) return true;
    return false;
}

/* Was it there under its name already when it said so? */
static bool has_said_before(const struct claims *claims, const struct claim_declared *declared,
                            const char *name)
{
    return declared->own != CLAIM_NONE && claims_was_has(claims->known[declared->own].was, name);
}

/* True if another one says of itself that it was this known thing. */
static bool goes_elsewhere(const struct claims *claims, size_t known)
{
    const char *name = claims->known[known].name;
    for (size_t i = 0; i < claims->declared_count; i++) {
        const struct claim_declared *declared = &claims->declared[i];
        if (declared->own == known || !says_it_was(declared, name)) continue;
        if (!has_said_before(claims, declared, name) || claims->is_same(claims->context, i, known))
            return true;
    }
    return false;
}

/* The same words may stay, or mean a further change, such as names that are swapped back: then the thing has
 * not the settings of what has its name, but those of what it says it was, or what has its name goes
 * elsewhere. */
static bool is_dealt_with(const struct claims *claims, const struct text_index *known, size_t declared,
                          const char *former)
{
    const struct claim_declared *thing = &claims->declared[declared];
    if (!has_said_before(claims, thing, former)) return false;
    size_t place = text_index_find(known, former);
    if (place == TEXT_NOWHERE || claims->is_same(claims->context, declared, thing->own)) return true;
    return !claims->is_same(claims->context, declared, place) && !goes_elsewhere(claims, thing->own);
}

/* A former name that was not dealt with yet, from the one at *at on; NULL = no more. */
static const char *next_former(const struct claims *claims, const struct text_index *known, size_t declared,
                               size_t *at)
{
    const struct config_was *was = claims->declared[declared].was;
    while (*at < was->names.count) {
        const char *name = was->names.items[(*at)++];
        if (!is_dealt_with(claims, known, declared, name)) return name;
    }
    return NULL;
}

static bool has_former(const struct claims *claims, const struct text_index *known, size_t declared)
{
    size_t at = 0;
    return next_former(claims, known, declared, &at) != NULL;
}

/* Says of itself that it was nothing. */
static bool is_new(const struct claim_declared *declared)
{
    return declared->was->given && declared->was->names.count == 0;
}

/* What is certain: what has its name and either its settings or a `was` that was dealt with. */
static void take_certain(struct claims *claims, const struct text_index *known)
{
    for (size_t i = 0; i < claims->declared_count; i++) {
        const struct claim_declared *declared = &claims->declared[i];
        if (declared->own == CLAIM_NONE || has_former(claims, known, i) || is_new(declared)) continue;
        if (declared->was->given || claims->is_same(claims->context, i, declared->own))
            take(claims, i, declared->own);
    }
}

static void take_former(struct claims *claims, const struct text_index *known)
{
    for (size_t i = 0; i < claims->declared_count; i++) {
        struct claim_declared *declared = &claims->declared[i];
        const char *former;
        for (size_t at = 0;
             declared->claim == CLAIM_NONE && (former = next_former(claims, known, i, &at)) != NULL;) {
            size_t place = text_index_find(known, former);
            if (place != TEXT_NOWHERE && is_free(claims, place)) take(claims, i, place);
        }
    }
}

/* ---- By settings ---- */

static bool may_match(const struct claims *claims, size_t declared, size_t known)
{
    const struct claim_declared *thing = &claims->declared[declared];
    return thing->claim == CLAIM_NONE && !is_new(thing) && is_free(claims, known) && known != thing->own &&
           claims->is_same(claims->context, declared, known);
}

/* Where two that are there both before and after could be meant, nobody but the user can tell. */
static void note_unclear(struct claims *claims, size_t declared, size_t known)
{
    const struct claim_known *thing = &claims->known[known];
    if (claims->declared[declared].own != CLAIM_NONE || thing->removed || thing->namesake != CLAIM_NONE)
        return;
    claims->declared[declared].unclear = known;
}

struct match {
    size_t known, count;
};

static void count_matches(struct claims *claims, struct match *matches)
{
    for (size_t i = 0; i < claims->declared_count; i++) {
        matches[i] = (struct match){CLAIM_NONE, 0};
        if (claims->declared[i].claim != CLAIM_NONE) continue;
        for (size_t k = 0; k < claims->known_count; k++) {
            if (!may_match(claims, i, k)) continue;
            matches[i].known = k;
            matches[i].count++;
            claims->known[k].matches++;
        }
    }
}

static bool take_matches(struct claims *claims)
{
    _cleanup_(freep) struct match *matches = calloc(claims->declared_count + 1, sizeof *matches);
    if (!matches) return false;
    count_matches(claims, matches);
    for (size_t i = 0; i < claims->declared_count; i++) {
        if (matches[i].count == 0) continue;
        if (matches[i].count == 1 && claims->known[matches[i].known].matches == 1) {
            take(claims, i, matches[i].known);
            claims->declared[i].by_settings = true;
        } else {
            note_unclear(claims, i, matches[i].known);
        }
    }
    return true;
}

/* ---- The whole ---- */

/* What has the new name already must go elsewhere, unless it was not configured any more; and what is
 * configured under the old name must be something else by now. */
static bool is_valid(const struct claims *claims, const struct claim_declared *declared)
{
    if (declared->claim == declared->own) return true;
    if (is_free(claims, declared->own) && !claims->known[declared->own].removed) return false;
    size_t namesake = claims->known[declared->claim].namesake;
    return !declared->by_settings || namesake == CLAIM_NONE || claims->declared[namesake].claim != CLAIM_NONE;
}

static void drop_invalid(struct claims *claims)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < claims->declared_count; i++) {
            struct claim_declared *declared = &claims->declared[i];
            if (declared->claim == CLAIM_NONE || is_valid(claims, declared)) continue;
            if (!declared->by_settings) declared->was_ignored = claims->known[declared->claim].name;
            declared->by_settings = false;
            let_go(claims, i);
            again = true;
        }
    }
}

static void take_own(struct claims *claims)
{
    for (size_t i = 0; i < claims->declared_count; i++)
        if (claims->declared[i].claim == CLAIM_NONE && is_free(claims, claims->declared[i].own))
            take(claims, i, claims->declared[i].own);
}

static void prepare(struct claims *claims, const struct text_index *declared, const struct text_index *known)
{
    for (size_t i = 0; i < claims->declared_count; i++) {
        claims->declared[i].claim = claims->declared[i].unclear = CLAIM_NONE;
        claims->declared[i].own = text_index_find(known, claims->declared[i].name);
    }
    for (size_t i = 0; i < claims->known_count; i++) {
        claims->known[i].claimed = CLAIM_NONE;
        claims->known[i].namesake = text_index_find(declared, claims->known[i].name);
    }
}

bool claims_resolve(struct claims *claims)
{
    _cleanup_(freep) struct text_place *declared = calloc(claims->declared_count + 1, sizeof *declared);
    _cleanup_(freep) struct text_place *known = calloc(claims->known_count + 1, sizeof *known);
    if (!declared || !known) return false;
    for (size_t i = 0; i < claims->declared_count; i++)
        declared[i] = (struct text_place){claims->declared[i].name, i};
    for (size_t i = 0; i < claims->known_count; i++)
        known[i] = (struct text_place){claims->known[i].name, i};
    const struct text_index declared_index = text_index_new(declared, claims->declared_count);
    const struct text_index known_index = text_index_new(known, claims->known_count);
    prepare(claims, &declared_index, &known_index);
    take_certain(claims, &known_index);
    take_former(claims, &known_index);
    if (!take_matches(claims)) return false;
    drop_invalid(claims);
    take_own(claims);
    for (size_t i = 0; i < claims->declared_count; i++) {
        struct claim_declared *thing = &claims->declared[i];
        if (thing->claim != CLAIM_NONE || !is_free(claims, thing->unclear)) thing->unclear = CLAIM_NONE;
    }
    return true;
}
