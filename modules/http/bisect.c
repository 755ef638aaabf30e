#include "http_sink.h"

void ranges_push(struct ranges *ranges, size_t from, size_t count)
{
    bool room = ranges->depth < sizeof ranges->stack / sizeof *ranges->stack;
    if (count && room) ranges->stack[ranges->depth++] = (struct open_range){from, count};
}

bool ranges_pop(struct ranges *ranges, struct open_range *range)
{
    if (ranges->depth == 0) return false;
    *range = ranges->stack[--ranges->depth];
    return true;
}

/* Single events from all over the range: if each of them is refused, it is not for what is in them. */
static void probe(struct writing *writing, struct ranges *ranges, const size_t *order,
                  struct open_range taken)
{
    size_t open = count_open(writing), seen = 0, chosen = 0;
    for (size_t i = 0; i < taken.count && chosen < SAFETY_ENOUGH; i++) {
        if (writing->fates[order[taken.from + i]] != FATE_OPEN) continue;
        if (seen++ != chosen * (open - 1) / (SAFETY_ENOUGH - 1)) continue;
        ranges_push(ranges, taken.from + i, 1);
        chosen++;
    }
    writing->probed = true;
    writing->rejected_before = writing->rejected;
}

/* Half of those that are still open, not of the range: it always becomes less. */
void bisect(struct writing *writing, struct ranges *ranges, const size_t *order, struct open_range taken)
{
    size_t open = count_open(writing), half = open / 2, first = 0, seen = 0;
    while (first < taken.count && seen < half)
        seen += writing->fates[order[taken.from + first++]] == FATE_OPEN;
    ranges_push(ranges, taken.from + first, taken.count - first);
    ranges_push(ranges, taken.from, first);
    if (!writing->accepted && !writing->probed && open >= 2 * SAFETY_ENOUGH)
        probe(writing, ranges, order, taken);
}
