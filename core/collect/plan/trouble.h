/* What to do about a request that brought no page. Pure. */
#ifndef POSTERN_COLLECT_PLAN_TROUBLE_H
#define POSTERN_COLLECT_PLAN_TROUBLE_H

#include "base/error.h"
#include "collect/plan/snapshot.h"
#include "journal/records.h"
#include "journal/vendor_call.h"

enum reaction {
    REACTION_RETRY,         /* back off and ask again */
    REACTION_WAIT,          /* the vendor's rate limit: ask again when it says so */
    REACTION_REFUSED,       /* the credentials: the account's affair */
    REACTION_NOT_PERMITTED, /* this stream alone; looked at again every hour (a setting) */
    REACTION_NOT_LICENSED,  /* the same, every day (a setting), and no fault */
    REACTION_CONFIGURE,     /* the user must change something; looked at again every hour */
    REACTION_RESTART,       /* the vendor refused the position: again without it */
    REACTION_FULL,          /* the journal takes no more */
    REACTION_STALLED,       /* the pages lead nowhere: another round later */
    REACTION_OVERFULL,      /* a list is longer than may be remembered: the rest waits */
};

struct trouble {
    enum reaction reaction;
    int64_t wait_ms;                  /* ask not before so long; 0 = the back-off decides */
    bool raises_attempt;              /* the answer could not be understood */
    bool is_said;                     /* in the log, once for all streams that suffer from it */
    int64_t signed_offset_ms;         /* of what was answered, as in its request */
    char request_id[REQUEST_ID_SIZE]; /* of the answer; "" = none. Not in the words, which are compared */
    postern_error error;
};

enum reaction reaction_to(postern_status status);
/* A failure of `next` or `on_response`. */
void trouble_of_source(const postern_error *error, postern_status status, struct trouble *trouble);
void trouble_of_commit(const postern_error *error, postern_status status, struct trouble *trouble);
/* Pages that lead nowhere; `words` say how. */
void trouble_of_progress(const char *words, struct trouble *trouble);
/* A list of which so many items wait until there is room for them. */
void trouble_of_full_list(int64_t waiting, const struct snapshot_room *most, struct trouble *trouble);
/* Words for a journal that takes no more. */
void trouble_no_space(const struct journal_space *space, postern_error *error);

enum stream_state reaction_state(enum reaction reaction);
/* True if asking again at once makes no sense: under `once` the stream is finished. */
bool reaction_is_lasting(enum reaction reaction);

#endif
