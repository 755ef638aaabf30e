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
};

const char *account_status_name(enum account_status status);
const char *stream_state_name(enum stream_state state);
/* The state of that name. An unknown one is as good as none: the first. */
enum account_status account_status_of(const char *name);
enum stream_state stream_state_of(const char *name);

#endif
