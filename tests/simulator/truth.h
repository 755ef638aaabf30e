/* The ground truth: one line of JSON for every event that the API has shown, with the exact text of the
 * event. */
#ifndef SIMULATOR_TRUTH_H
#define SIMULATOR_TRUTH_H

#include "world.h"

/* {"account":..,"source":..,"type":..,"marker":..,"event_ms":..,"visible_ms":..,"salvageable":..,"file":..,"member":..,
 *  "event":{...}} and a line end. `file` and `member` are NULL outside source siem. */
void truth_line(struct text *out, const struct account *account, const struct event *event, bool salvageable,
                const char *file, const char *member);
/* What is gone or has been replaced, and how long it was shown: {"account":..,"gone":marker,"shown_ms":..}.
 */
void truth_end(struct text *out, const struct account *account, const struct event *event);
/* Over which APIs the account has been asked so far: {"account":..,"used":3}. */
void truth_use(struct text *out, const struct account *account);
/* Everything visible at `now_ms`. */
void truth_print(struct text *out, const struct world *world, int64_t now_ms);

#endif
