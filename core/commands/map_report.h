/* What `postern map` says at the end about the events that it ran over. */
#ifndef POSTERN_COMMANDS_MAP_REPORT_H
#define POSTERN_COMMANDS_MAP_REPORT_H

#include "script/script.h"

#define DROP_REASONS_SHOWN 30
#define DROP_REASON_SIZE   208 /* bytes of a reason, more than a script may give */

/* How many events were dropped, by reason; what comes when all rows are taken is counted together. */
struct map_drops {
    struct {
        char reason[DROP_REASON_SIZE]; /* "" = none was given */
        size_t count;
    } rows[DROP_REASONS_SHOWN];
    size_t count, others, dropped, without_reason;
};

void map_drops_add(struct map_drops *drops, postern_text reason);
/* Adds what `from` has behind what `into` has; `from` is empty then. */
void map_drops_move(struct map_drops *from, struct map_drops *into);
/* `kept`, `failed`: the other events. */
void map_report_drops(const struct map_drops *drops, size_t kept, size_t failed);

/* The values that maps could not read, the most frequent first; NULL: there were none. */
void map_report_wrong_values(const struct wrong_values *values);

#endif
