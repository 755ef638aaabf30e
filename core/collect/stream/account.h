/* One account while the program runs: its credentials, its status, and which stream may ask. [network] unless
 * said otherwise. */
#ifndef POSTERN_COLLECT_STREAM_ACCOUNT_H
#define POSTERN_COLLECT_STREAM_ACCOUNT_H

#include "collect/plan/account_status.h"
#include "collect/plan/request_rate.h"
#include "collect/plan/trouble.h"
#include "collect/stream/request.h"
#include "collect/stream/stream.h"
#include "config/config.h"

struct account_quota;
struct given_options;

struct account {
    struct stream_shared *shared;
    const char *base_url; /* kept in `shared` */
    struct host *host;
    struct access access;
    struct access_token *token; /* NULL = its scheme needs none */
    struct account_record record;
    struct account_health health;
    struct request_rate rate;
    bool allow_private;  /* its downloads may come from private addresses, because its base URL is one */
    bool lacks_secret;   /* nothing is asked; the record's trouble says which */
    bool record_changed; /* the next commit of a stream takes it along */
    uint8_t files_came;  /* of those that answers name, modulo 256: shows whether any has come since */
    uint32_t stream_count;
    int64_t last_success_ms;             /* monotonic; 0 = none in this process */
    struct stream *streams;              /* in one piece */
    struct account_quota *quotas;        /* see account_quota.h; ends where its `name` is NULL; NULL = none */
    struct given_options *given_options; /* see account_options.h */
    char name[];
};

/* While building. Copies what it needs of the configuration. Credentials with another fingerprint make the
 * account pending again. */
postern_status account_new(struct stream_shared *shared, const struct config_account *config,
                           struct account **account, postern_error *error);
void account_free(struct account *account); /* but for its streams */
/* Behind all accounts: the hosts and base URLs that they shared. */
void account_free_places(struct stream_shared *shared);

/* Refused credentials without a remedy get the profile's: what to click. */
void account_add_remedy(const struct account *account, postern_error *error);

/* Each request takes a turn, so that no more go out in a second than may; returns when it is: monotonic, now
 * or later. */
int64_t account_take_turn(struct account *account);
/* A probe has ended, or the status changed: the streams that wait are woken. */
void account_wake(struct account *account);
/* Where the account's streams begin, and from when replay_limit counts: as stored, but never later than both
 * our clock and the server's show, for either may have been ahead when it was stored. */
int64_t account_start_ms(const struct account *account);
int64_t account_credentials_ms(const struct account *account);
/* How far the vendor's clock is from ours by an answer, for `status`; less than a minute is not kept. */
void account_note_clock(struct account *account, int64_t off_ms);
/* A successful answer settles both. */
void account_settle_start(struct account *account, struct clock_reading now);
/* What the stream's request showed. */
void account_saw_success(struct account *account);
void account_saw_refusal(struct account *account, const struct trouble *refusal);

#endif
