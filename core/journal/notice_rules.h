/* The kinds of notices, and which of them is news. Pure. */
#ifndef POSTERN_JOURNAL_NOTICE_RULES_H
#define POSTERN_JOURNAL_NOTICE_RULES_H

#include "base/buffer.h"

/* Stored as numbers: new ones go to the end. */
enum notice_kind {
    NOTICE_NONE,
    NOTICE_ACCOUNT_RENEWED,
    NOTICE_ACCOUNT_PENDING,
    NOTICE_ACCOUNT_CONNECTED,
    NOTICE_ACCOUNT_FAILING,
    NOTICE_ACCOUNT_FAILED,
    NOTICE_STREAM_TROUBLE,
    NOTICE_STREAM_NOT_PERMITTED,
    NOTICE_STREAM_NOT_LICENSED,
    NOTICE_STREAM_RECOVERED,
    NOTICE_GAP_RECORDED,
    NOTICE_FILE_GIVEN_UP,
    NOTICE_DELIVERY_RETRYING,
    NOTICE_DELIVERY_STOPPED,
    NOTICE_DELIVERY_RECOVERED,
    NOTICE_EVENTS_SKIPPED,
    NOTICE_BACKLOG_HIGH,
    NOTICE_BACKLOG_NORMAL,
    NOTICE_JOURNAL_FULL,
    NOTICE_JOURNAL_UNWRITABLE,
    NOTICE_JOURNAL_RECOVERED,
    NOTICE_IDS_FORGOTTEN,
    NOTICE_CLOCK_OFF,
    NOTICE_CONFIG_RELOADED,
    NOTICE_CONFIG_REFUSED,
    NOTICE_LEFT_OUT,
    NOTICE_DEAD_LETTERS_FULL,
    NOTICE_DEAD_LETTERS_RECOVERED,
    NOTICE_PART_STALLED,
    NOTICE_PART_MOVES,
    NOTICE_DEAD_LETTERS_NOT_KEPT,
    NOTICE_KINDS,
};

struct notice_trait {
    const char *name;    /* "account.failed"; what stands before the dot is its group */
    const char *subject; /* the member that holds the subject; NULL = there is none */
    int level;           /* POSTERN_LOG_... */
    enum {
        NOTICE_STATE,  /* the same again until another kind of its group comes */
        NOTICE_RETURN, /* likewise, and only worth telling where what it ends was told before */
        NOTICE_FACT,   /* the same if it has the same words */
        NOTICE_ALWAYS,
    } sameness;
};
const struct notice_trait *notice_trait(enum notice_kind kind);
bool notice_is_of_journal(enum notice_kind kind);
const char *notice_severity(enum notice_kind kind); /* "info", "warning", "error" */
/* Appends what tells its subject from all others: what was told of it last is remembered under that. */
void notice_write_key(enum notice_kind kind, const char *account, const char *source, const char *subject,
                      struct buffer *out);
/* The same for receivers, "account:acme" or "delivery:postern/default/files": trouble and its end have one.
 */
void notice_write_thread(const char *key, struct buffer *out);

/* What was told last of a subject; kind NOTICE_NONE = nothing. */
struct told_notice {
    enum notice_kind kind;
    int64_t words; /* of its text, hashed */
    int64_t told_ms;
};
/* False if the same was told less than `repeat_ms` ago, or what has ended was never told. */
bool notice_is_news(const struct told_notice *told, enum notice_kind kind, int64_t words, int64_t now_ms,
                    int64_t repeat_ms);
/* What comes now belongs to it: it is trouble that lasts, or ends now. */
bool notice_goes_on(const struct told_notice *told);
/* The good end of what was told: who was woken must hear it, so no bound holds it back. */
bool notice_is_good_end(const struct told_notice *told, enum notice_kind kind);

/* How many were told in the hour under way: thousands of streams in trouble must neither fill the journal nor
 * hide what is told of Postern itself, so that is counted apart. */
struct notice_hour {
    int64_t began_ms;
    int64_t told[2]; /* of accounts and streams; of all else */
    int64_t left_out;
};
/* False: it is left out, and counted. */
bool notice_hour_takes(struct notice_hour *hour, enum notice_kind kind, int64_t now_ms, int64_t per_hour);
/* It could not be stored and comes again: takes back what notice_hour_takes has counted. */
void notice_hour_gives_back(struct notice_hour *hour, enum notice_kind kind, bool was_taken);
/* How many were left out in an hour that is over; 0 = none, or it is not. They are told then. */
int64_t notice_hour_left_out(struct notice_hour *hour, int64_t now_ms);

#endif
