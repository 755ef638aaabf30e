/* Notices: what a user must hear about, as a line of the log and as an event of the built-in source
 * "notices", which pipelines take like any other. */
#ifndef POSTERN_JOURNAL_NOTICE_H
#define POSTERN_JOURNAL_NOTICE_H

#include "journal/notice_rules.h"

#define NOTICE_SOURCE "notices"
/* The account of notices that are about no account: a name that no user can give. */
#define NOTICE_ACCOUNT "_postern"

struct journal;

struct notice {
    enum notice_kind kind;
    const char *account;          /* that it is about; NULL = none */
    const char *source;           /* of the stream that it is about; NULL = it is about none */
    const char *subject;          /* the stream, delivery or host that it is about; NULL = none */
    const char *message, *remedy; /* remedy: what to do about it; NULL or "" = nothing */
    const char *fact;             /* of a NOTICE_FACT: what tells it from another; NULL = its message */
    int64_t since_ms; /* wall: since when there is trouble that may heal by itself; 0 = tell it at once */
    int64_t events, bytes, oldest_ms; /* what waits or is missing; 0 = no such figure */
};

/* The line of the log and the notice: no text is written twice. What it returns is notice_emit's. Any thread,
 * the journal's own too; it never waits. Never pass a secret. */
bool notice_say(struct journal *journal, const struct notice *notice);
/* Each alone, where their moments differ: a notice is emitted before the commit of what it tells, so that a
 * crash between them loses none; emitted again behind it, it is no news. False: nobody takes notices, or it
 * is too early (since_ms): once more at the next try. */
bool notice_emit(struct journal *journal, const struct notice *notice);
void notice_log(const struct notice *notice);

struct notice_settings {
    bool wanted; /* a pipeline takes them; otherwise they cost nothing */
    int64_t after_ms, repeat_ms, per_hour;
};
/* Until then none is wanted. */
void journal_take_notices(struct journal *journal, const struct notice_settings *settings);
/* Now and then: stores what could not be stored, says how many were left out in an hour that is over. */
void notice_tend(struct journal *journal);
/* Its part behind the face: submits what waits, returns how many were left out. */
int64_t journal_submit_notices(struct journal *journal);

#endif
