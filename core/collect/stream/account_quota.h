/* The budgets of calls that streams of one account share (plan/call_quota.h): which stream may ask next.
 * [network] */
#ifndef POSTERN_COLLECT_STREAM_ACCOUNT_QUOTA_H
#define POSTERN_COLLECT_STREAM_ACCOUNT_QUOTA_H

#include "collect/plan/call_quota.h"
#include "collect/stream/account.h"

struct account_quota {
    const char *name; /* the module's; NULL = the end of the list */
    struct call_quota calls;
};

/* While building, when the account has its streams: what they share, and what an earlier life of the process
 * asked. */
postern_status account_quotas_make(struct account *account, postern_error *error);
void account_quotas_free(struct account *account);
/* A new configuration goes on with what was asked under the old one. */
void account_quotas_take_over(struct account *account, const struct account *before);

/* The one that the stream's requests count under; NULL = none. */
struct account_quota *account_quota_of(const struct stream *stream);

#define QUOTA_WORDS 160
/* True if the stream may ask now. Else it waits until *again_ms at the latest, with words why; it is woken
 * before if it may ask sooner. */
bool account_quota_grants(struct stream *stream, int64_t *again_ms, char words[QUOTA_WORDS]);
/* Those that wait for the same budget look again whether they may ask. */
void account_quota_wake(const struct stream *stream);

/* The stream's request is over. Of one that was forgotten under way it is not known when it will be. */
void account_quota_ended(const struct stream *stream, const struct request *request);
void account_quota_forgotten(const struct stream *stream);
/* Its answer said that nobody may ask for so long. */
void account_quota_hold(const struct stream *stream, int64_t wait_ms);

#endif
