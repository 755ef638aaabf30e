#include "deliver/sink/plan.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_read(struct batch_plan *plan, const char *text)
{
    plan->count = 0;
    for (char *rest; *text; text = rest) {
        int64_t end = strtoll(text, &rest, 10);
        if (rest == text || end <= 0 || !plan_add(plan, end)) return;
    }
}

void plan_write(const struct batch_plan *plan, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < plan->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, i ? " %" PRId64 : "%" PRId64, plan->ends[i]);
}

int64_t plan_next(const struct batch_plan *plan, int64_t sequence)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->ends[i] > sequence) return plan->ends[i];
    return 0;
}

bool plan_has(const struct batch_plan *plan, int64_t end)
{
    return plan_next(plan, end - 1) == end;
}

void plan_pass(struct batch_plan *plan, int64_t sequence)
{
    size_t passed = 0;
    while (passed < plan->count && plan->ends[passed] <= sequence)
        passed++;
    plan->count -= passed;
    memmove(plan->ends, plan->ends + passed, plan->count * sizeof *plan->ends);
}

bool plan_add(struct batch_plan *plan, int64_t end)
{
    size_t place = plan->count;
    while (place > 0 && plan->ends[place - 1] >= end)
        place--;
    if (place < plan->count && plan->ends[place] == end) return true;
    if (plan->count == PLAN_ENDS) return false;
    memmove(plan->ends + place + 1, plan->ends + place, (plan->count - place) * sizeof *plan->ends);
    plan->ends[place] = end;
    plan->count++;
    return true;
}
