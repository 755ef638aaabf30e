#include "collect/plan/progress.h"

#include "base/array.h"
#include "base/fnv1a.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mark_of(const char *position)
{
    return fnv1a(FNV1A_START, text_of(position));
}

/* Told apart from positions. */
static uint64_t mark_of_content(uint64_t content)
{
    return (content ^ 0x636f6e74656e74u) * 0x9e3779b97f4a7c15u;
}

static bool has_seen(const struct progress_round *round, uint64_t mark)
{
    size_t count = round->count < PROGRESS_MARKS ? round->count : PROGRESS_MARKS;
    for (size_t i = 0; i < count; i++)
        if (round->marks[i] == mark) return true;
    return false;
}

static void remember(struct progress_round *round, uint64_t mark)
{
    if (has_seen(round, mark)) return;
    size_t count = round->count;
    if (count < PROGRESS_MARKS && !array_extend(&round->marks, count, sizeof *round->marks)) return;
    round->marks[round->count++ % PROGRESS_MARKS] = mark;
}

static bool names_itself(const struct progress_page *page)
{
    if (page->keeps || !page->next) return page->keeps || page->is_window || !page->asked;
    return page->asked && strcmp(page->asked, page->next) == 0;
}

static bool reaches(int64_t pages, int64_t limit)
{
    return limit > 0 && pages >= limit;
}

enum headway progress_take(struct progress_round *round, const struct progress_limits *limits,
                           const struct progress_page *page)
{
    bool itself = names_itself(page);
    remember(round, mark_of(page->asked));
    bool circle = itself || has_seen(round, mark_of(page->next));
    bool repeats = !page->content || has_seen(round, mark_of_content(page->content));
    remember(round, mark_of_content(page->content));
    if (page->new_events > 0) {
        round->stalled = round->known = round->standing = 0;
        return PROGRESS_MADE;
    }
    round->known++;
    round->stalled = circle || repeats ? round->stalled + 1 : 0;
    round->standing = itself ? round->standing + 1 : 0;
    if (circle && page->is_window) return itself ? PROGRESS_STANDS : PROGRESS_CIRCLES;
    if (round->standing >= PROGRESS_STANDING) return PROGRESS_STANDS;
    if (reaches(round->stalled, limits->stalled_pages)) return circle ? PROGRESS_CIRCLES : PROGRESS_REPEATS;
    return reaches(round->known, limits->known_pages) ? PROGRESS_KNOWN : PROGRESS_MADE;
}

const char *progress_words(enum headway progress)
{
    switch (progress) {
    case PROGRESS_STANDS:
        return "the answer says that there is more, but names no place behind it, or the one that was asked "
               "for: what lies behind it cannot be read";
    case PROGRESS_CIRCLES:
        return "the vendor's answers go round: each names one as the next that was read before, and brings "
               "nothing new";
    case PROGRESS_REPEATS:
        return "the vendor says again and again that there is more, and then brings nothing, or what was "
               "read "
               "just before";
    case PROGRESS_KNOWN:
        return "the vendor's answers bring nothing new, however many are asked for";
    case PROGRESS_ENDLESS:
        return "the list does not come to an end: it has more pages than limits.snapshot_items";
    case PROGRESS_MADE:
        break;
    }
    return "";
}

bool progress_ends_pass(enum headway progress, const struct progress_page *page)
{
    return page->is_window && (progress == PROGRESS_STANDS || progress == PROGRESS_CIRCLES ||
                               (progress == PROGRESS_REPEATS && page->content));
}

void progress_clear(struct progress_round *round)
{
    free(round->marks);
    *round = (struct progress_round){0};
}
