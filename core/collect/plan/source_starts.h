/* Where token streams begin that follow others: of an account that came from one API to another. Pure. */
#ifndef POSTERN_COLLECT_PLAN_SOURCE_STARTS_H
#define POSTERN_COLLECT_PLAN_SOURCE_STARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_starts {
    struct source_start {
        int64_t account_id;
        const char *source; /* its name, borrowed */
        int64_t begins_ms;  /* what lies before came over the other API */
    } * items;
    size_t count;
};

/* Where several are added for one source the earliest counts. False if out of memory. */
bool source_starts_add(struct source_starts *starts, int64_t account_id, const char *source,
                       int64_t begins_ms);
/* Due after the last was added, before the first is looked for. */
void source_starts_sort(struct source_starts *starts);
/* INT64_MIN = at the oldest. */
int64_t source_starts_find(const struct source_starts *starts, int64_t account_id, const char *source);
void source_starts_clear(struct source_starts *starts);

#endif
