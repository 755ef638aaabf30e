/* The states in which records stand: numbers in memory, words in the database and for users. */
#ifndef POSTERN_JOURNAL_STATES_H
#define POSTERN_JOURNAL_STATES_H

enum account_status {
    ACCOUNT_PENDING, /* "connection pending": its credentials never worked yet */
    ACCOUNT_CONNECTED,
    ACCOUNT_FAILING, /* they are refused, but were not so before */
    ACCOUNT_FAILED,
    ACCOUNT_REMOVED, /* the configuration does not name it (any more) */
};

enum stream_state {
    STREAM_PENDING, /* never asked yet */
    STREAM_OK,
    STREAM_RETRYING,
    STREAM_WAITING, /* for the vendor's rate limit, or for its account */
    STREAM_NOT_PERMITTED,
    STREAM_NOT_LICENSED,
    STREAM_FAILED, /* the user must change something */
    STREAM_FULL,   /* the journal takes no more */
    STREAM_REMOVED,
    STREAM_OUT_OF_CALLS, /* waits until it may ask again under a quota of its account */
};

enum delivery_state {
    DELIVERY_UNKNOWN, /* a word that this Postern does not know; in a delivery_move: leave what stands */
    DELIVERY_OK,
    DELIVERY_RETRYING,
    DELIVERY_STOPPED, /* the user must change something */
};

/* Whether a sink is written to. */
enum breaker_state {
    BREAKER_CLOSED,    /* as it should be */
    BREAKER_OPEN,      /* it failed and is left alone for a while */
    BREAKER_HALF_OPEN, /* one batch tries whether it works again */
};

/* Why the journal takes nothing more. */
enum space_kind {
    SPACE_FINE,
    SPACE_JOURNAL_FULL, /* of events that are not delivered yet: its own limit */
    SPACE_DISK_FULL,
    SPACE_READ_ONLY,    /* the file system */
    SPACE_CANNOT_WRITE, /* the disk fails otherwise */
    SPACE_LOG_STUCK,    /* a reader without an end keeps the write-ahead log growing */
};

/* Where an event became a dead letter. */
enum dead_stage {
    DEAD_UNKNOWN,
    DEAD_COLLECT, /* what the vendor sent could not be read */
    DEAD_SCRIPT,  /* a script failed on it */
    DEAD_SINK,    /* the receiver does not take it */
    DEAD_JOURNAL, /* its page is damaged */
};

/* Why a delivery does not get what the journal had. */
enum skip_reason {
    SKIP_UNKNOWN,
    SKIP_BEGAN,   /* it began at the end */
    SKIP_AWAY,    /* it was removed meanwhile */
    SKIP_REMOVED, /* it was removed before it had delivered them */
    SKIP_DROPPED, /* to make room */
};

const char *account_status_name(enum account_status status);
const char *stream_state_name(enum stream_state state);
const char *delivery_state_name(enum delivery_state state);
const char *breaker_state_name(enum breaker_state state);
const char *dead_stage_name(enum dead_stage stage);
const char *skip_reason_name(enum skip_reason reason);
const char *space_kind_name(enum space_kind kind);
/* The state of that name. An unknown one is as good as none: the first. */
enum account_status account_status_of(const char *name);
enum stream_state stream_state_of(const char *name);
enum delivery_state delivery_state_of(const char *name);
enum breaker_state breaker_state_of(const char *name);
enum dead_stage dead_stage_of(const char *name);
enum skip_reason skip_reason_of(const char *name);
enum space_kind space_kind_of(const char *name);

#endif
