/* Which hours the times of some events fall into, modulo 256 hours (ten days): what cannot be among the
 * events is seen without looking at them. The same event always has the same time, since that stands in its
 * text. */
#ifndef POSTERN_JOURNAL_KNOWN_HOURS_H
#define POSTERN_JOURNAL_KNOWN_HOURS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EVENT_HOURS_SIZE 32 /* bytes, as they are stored */

struct event_hours {
    unsigned char bits[EVENT_HOURS_SIZE];
};

static inline unsigned event_hour(int64_t time_ms)
{
    int64_t hour = time_ms / 3600000 - (time_ms % 3600000 < 0);
    return (unsigned)((uint64_t)hour & 255);
}

static inline void event_hours_add(struct event_hours *hours, int64_t time_ms)
{
    unsigned hour = event_hour(time_ms);
    hours->bits[hour / 8] |= (unsigned char)(1 << hour % 8);
}

static inline bool event_hours_have(const struct event_hours *hours, unsigned hour)
{
    return hours->bits[hour / 8] >> hour % 8 & 1;
}

/* As they were stored; whatever else that is (an older page has none) stands for all hours. */
static inline void event_hours_join(struct event_hours *hours, const void *stored, size_t size)
{
    const unsigned char *bytes = stored;
    for (size_t i = 0; i < EVENT_HOURS_SIZE; i++)
        hours->bits[i] |= size == EVENT_HOURS_SIZE ? bytes[i] : 0xff;
}

#endif
