/* From when on what waits for a delivery is worth a line of the log. Pure. */
#ifndef POSTERN_REPORT_BACKLOG_LIMITS_H
#define POSTERN_REPORT_BACKLOG_LIMITS_H

#include "journal/records.h"

/* 0 = any. */
struct backlog_limits {
    int64_t events, bytes, age_ms;
};

/* More waits, or for longer. */
bool backlog_is_over(const struct backlog_limits *limits, const struct delivery_record *delivery,
                     int64_t now_ms);
/* Less than half waits, so that the log does not flutter. */
bool backlog_is_under(const struct backlog_limits *limits, const struct delivery_record *delivery,
                      int64_t now_ms);
int64_t backlog_age_ms(const struct delivery_record *delivery, int64_t now_ms);

#endif
