#include "commands/dead_kinds.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/request_mark.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

#define ARENA_LIMIT ((size_t)1 << 30)
#define LIST_STEP   500
#define WHOLE_STEP  20

postern_status dead_for_each(struct journal *journal, const struct dead_filter *filter, bool whole,
                             bool (*each)(void *context, const struct dead_letter *letter), void *context,
                             postern_error *error)
{
    int64_t after = 0;
    for (;;) {
        _cleanup_(arena_freep) postern_arena *arena = arena_new(ARENA_LIMIT);
        struct dead_letter *letters = NULL;
        size_t count = 0;
        if (!arena) return error_no_memory(error, NULL);
        postern_status status = journal_dead_find(
            journal, arena, filter, after, whole ? WHOLE_STEP : LIST_STEP, whole, &letters, &count, error);
        if (status < 0 || count == 0) return status;
        for (size_t i = 0; i < count; i++)
            if (!each(context, &letters[i])) return POSTERN_OK;
        after = letters[count - 1].id;
    }
}

/* ---- One kind ---- */

/* "line 17: 3 bytes" and "line 4: 12 bytes" are of one kind, whichever call it was; malloc'ed. */
static char *kind_of_reason(const char *reason)
{
    char *kind = malloc(strlen(reason) + 1), *to = kind;
    for (const char *at = reason; kind && *at;) {
        size_t mark = request_mark_size(at);
        at += mark;
        if (mark) continue;
        bool number = *at >= '0' && *at <= '9';
        *to++ = number ? 'N' : *at;
        if (!number) at++;
        while (number && *at >= '0' && *at <= '9')
            at++;
    }
    if (kind) *to = '\0';
    return kind;
}

static void free_kind(struct dead_kind *kind)
{
    free(kind->account);
    free(kind->where);
    free(kind->script);
    free(kind->reason);
}

static bool describe(const struct dead_kinds *kinds, const struct dead_letter *letter, struct dead_kind *kind)
{
    *kind = (struct dead_kind){
        .stage = letter->stage,
        .account = strdup(kinds->by_account ? letter->account : ""),
        .where = strdup(letter->delivery[0] ? letter->delivery : letter->stream),
        .script = strdup(letter->script ? letter->script : ""),
        .reason = kind_of_reason(letter->reason ? letter->reason : ""),
        .first_ms = letter->created_ms,
    };
    if (kind->account && kind->where && kind->script && kind->reason) return true;
    free_kind(kind);
    return false;
}

static int compare(const struct dead_kind *a, const struct dead_kind *b)
{
    int order = (int)a->stage - (int)b->stage;
    if (!order) order = strcmp(a->account, b->account);
    if (!order) order = strcmp(a->where, b->where);
    if (!order) order = strcmp(a->script, b->script);
    return order ? order : strcmp(a->reason, b->reason);
}

/* ---- Many ---- */

/* Where it stands, or is to stand. */
static size_t place_of(const struct dead_kinds *kinds, const struct dead_kind *kind, bool *there)
{
    size_t from = 0, until = kinds->count;
    while (from < until) {
        size_t middle = from + (until - from) / 2;
        if (compare(&kinds->all[middle], kind) < 0)
            from = middle + 1;
        else
            until = middle;
    }
    *there = from < kinds->count && compare(&kinds->all[from], kind) == 0;
    return from;
}

bool dead_kinds_add(struct dead_kinds *kinds, const struct dead_letter *letter)
{
    struct dead_kind kind;
    bool there = false;
    if (!describe(kinds, letter, &kind)) return false;
    size_t place = place_of(kinds, &kind, &there);
    if (there) {
        free_kind(&kind);
    } else if (!array_reserve(&kinds->all, &kinds->capacity, kinds->count + 1, sizeof kind, SIZE_MAX)) {
        free_kind(&kind);
        return false;
    } else {
        memmove(kinds->all + place + 1, kinds->all + place, (kinds->count - place) * sizeof kind);
        kinds->all[place] = kind;
        kinds->count++;
    }
    struct dead_kind *met = &kinds->all[place];
    met->count++;
    met->bytes += letter->size;
    met->last_ms = letter->created_ms;
    met->example = letter->id;
    return true;
}

static int compare_counts(const void *a, const void *b)
{
    const struct dead_kind *first = a, *second = b;
    int order = (first->count < second->count) - (first->count > second->count);
    return order ? order : compare(first, second);
}

void dead_kinds_rank(struct dead_kinds *kinds)
{
    if (kinds->count) qsort(kinds->all, kinds->count, sizeof *kinds->all, compare_counts);
}

void dead_kinds_free(struct dead_kinds *kinds)
{
    for (size_t i = 0; i < kinds->count; i++)
        free_kind(&kinds->all[i]);
    free(kinds->all);
    *kinds = (struct dead_kinds){0};
}

static bool add_letter(void *context, const struct dead_letter *letter)
{
    struct dead_kinds *kinds = context;
    kinds->failed = !dead_kinds_add(kinds, letter);
    return !kinds->failed;
}

postern_status dead_kinds_find(struct journal *journal, const struct dead_filter *filter,
                               struct dead_kinds *kinds, postern_error *error)
{
    postern_status status = dead_for_each(journal, filter, false, add_letter, kinds, error);
    if (status >= 0 && kinds->failed) status = error_no_memory(error, NULL);
    if (status >= 0) dead_kinds_rank(kinds);
    return status;
}
