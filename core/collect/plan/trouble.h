/* What to do about a request that brought no page. Pure. Sources: mimecast-api.md A2.4, C1; design.md
 * section 6. */
#ifndef POSTERN_COLLECT_PLAN_TROUBLE_H
#define POSTERN_COLLECT_PLAN_TROUBLE_H

#include "http/network.h"

enum reaction {
    REACTION_RETRY,         /* back off and ask again */
    REACTION_WAIT,          /* the vendor's rate limit: ask again when it says so */
    REACTION_REFUSED,       /* the credentials: the account's affair */
    REACTION_NOT_PERMITTED, /* this stream alone; looked at again every hour */
    REACTION_NOT_LICENSED,  /* the same, and no fault */
    REACTION_CONFIGURE,     /* the user must change something; looked at again every hour */
    REACTION_RESTART,       /* the vendor refused the position: again without it */
    REACTION_FULL,          /* the journal takes no more */
};

struct trouble {
    enum reaction reaction;
    int64_t wait_ms;     /* ask not before so long; 0 = the back-off decides */
    bool raises_attempt; /* the answer could not be understood */
    postern_error error;
};

/* An exchange that no source gets to see: no HTTP answer at all, a redirect, 429, 5xx. False if a source is
 * to read it. `limited` is the number of 429 in a row before this one. */
bool trouble_of_exchange(const struct http_exchange *exchange, int64_t wall_ms, int limited,
                         struct trouble *trouble);
/* The answer passed http.response_limit, and only its headers are there. A source may find the next position
 * in them. */
bool exchange_is_too_large(const struct http_exchange *exchange);
/* A failure of `next` or `on_response`. */
void trouble_of_source(const postern_error *error, postern_status status, struct trouble *trouble);
void trouble_of_commit(const postern_error *error, postern_status status, struct trouble *trouble);
/* Words for a journal that takes no more. */
void trouble_journal_is_full(postern_error *error);

/* The word for stream_record.state. */
const char *reaction_state(enum reaction reaction);
/* True if asking again at once makes no sense: under `once` the stream is finished. */
bool reaction_is_lasting(enum reaction reaction);

#endif
