/* Messages that were sent over a stream and may still be lost: the receiver's system has them, and nobody
 * knows whether the receiver has read them. When the connection breaks they are sent again, before anything
 * else. */
#ifndef SYSLOG_RECENT_H
#define SYSLOG_RECENT_H

#include <postern/kit.h>

struct recent {
    size_t limit; /* bytes of messages; 0 = nothing is kept */
    char *bytes;  /* messages, each behind its header */
    size_t begin, end, capacity;
    size_t confirmed; /* what lies from here to the end is of a batch in hand */
    size_t lost;      /* what lies before this may be lost; begin = nothing is */
};

void recent_free(struct recent *recent);
/* A message of the batch in hand; false if out of memory. The oldest fall out. */
bool recent_add(struct recent *recent, postern_text message);
/* The batch has arrived as far as one can know, or failed as a whole: then it comes again anyway. */
void recent_confirm(struct recent *recent, int64_t now_ms);
void recent_drop_unconfirmed(struct recent *recent);
/* The connection broke: all that is kept may be lost; with `since_ms`, what was confirmed since. */
void recent_lose(struct recent *recent, int64_t since_ms);
/* The receiver has read everything. */
void recent_clear(struct recent *recent);

bool recent_has_lost(const struct recent *recent);
size_t recent_count_lost(const struct recent *recent);
/* Walks what may be lost, oldest first; start with *at = 0. */
bool recent_next_lost(const struct recent *recent, size_t *at, postern_text *message);
/* They were sent again at that time: they are what may be lost with the next connection. */
void recent_found(struct recent *recent, int64_t now_ms);

#endif
