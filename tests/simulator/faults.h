/* The fault menu: what can go wrong at or on the way from Mimecast. Each fault has a rate (globally or for
 * one endpoint, or for "token" and "storage" of API 2.0), drawn deterministically from the seed, and can be
 * queued to happen exactly n times.
 *
 *   429=2%,500=1%                rates for all endpoints
 *   siem:truncated-zip=5%        for one
 *   slow=1%@2s                   with a duration
 *   permanent:flipped-byte=1%    MTA files that are damaged for good
 *   all=1%                       every fault that a client must survive without a trace
 */
#ifndef SIMULATOR_FAULTS_H
#define SIMULATOR_FAULTS_H

#include "event.h"

enum fault {
    FAULT_NONE,
    /* instead of an answer */
    FAULT_429,
    FAULT_500,
    FAULT_502,
    FAULT_503,
    FAULT_504,
    FAULT_401,
    FAULT_STRAY_401, /* API 2.0 only: a good token is refused once */
    FAULT_403,
    FAULT_418,
    FAULT_FAIL,          /* `fail` in a 200 */
    FAULT_INVALID_TOKEN, /* siem only: the token is refused although it is good */
    FAULT_REDIRECT,      /* to another host */
    FAULT_NOT_JSON,
    FAULT_ZERO_BYTES,
    FAULT_STALE, /* a kept connection is closed instead of an answer */
    /* done to a good answer */
    FAULT_SLOW,
    FAULT_RESET,      /* the connection is reset in mid-body */
    FAULT_WRONG_DATE, /* in the Date header */
    FAULT_GZIP,       /* content coding, if the client accepts it */
    FAULT_LARGE,      /* padded beyond 1 MiB */
    /* done to a zip with MTA logs */
    FAULT_TRUNCATED_ZIP,
    FAULT_TRUNCATED_MEMBER,
    FAULT_FLIPPED_BYTE,
    FAULT_BAD_DIRECTORY,
    /* done to a batch file of API 2.0 */
    FAULT_TRUNCATED_GZ,
    FAULT_WRONG_CHECKSUM,
    FAULT_BROKEN_LINE, /* only for good: nothing shows that it was not written so */
    FAULTS
};

struct fault_rule {
    enum fault fault;
    int place; /* of enum source or enum request_place */
    bool permanent;
    double rate;         /* 0 .. 1 */
    int64_t duration_ms; /* 0 = the fault's own */
};

/* A fault that happens `times` times, at the next requests that fit. */
struct fault_order {
    struct fault_rule rule;
    int account; /* -1 = any */
    unsigned times;
    char code[64]; /* of FAULT_FAIL; empty = various */
};

enum { FAULT_RULES = 128, FAULT_ORDERS = 64 };

struct fault_menu {
    struct fault_rule rules[FAULT_RULES];
    size_t rule_count;
    struct fault_order orders[FAULT_ORDERS];
    size_t order_count;
    uint64_t given[FAULTS]; /* how often each happened */
};

/* What was drawn for one request (or one file). */
struct fault_draw {
    enum fault fault;
    int64_t duration_ms;
    char code[64];
};

const char *fault_name(enum fault fault);
enum fault fault_named(const char *name); /* FAULT_NONE if there is none of that name */
bool fault_is_damage(enum fault fault);   /* can be permanent: it concerns the bytes of a file */

/* Replaces the rules. False, with `problem` filled, if `specification` makes no sense; then nothing changes.
 */
bool faults_set(struct fault_menu *menu, const char *specification, char problem[160]);
bool faults_order(struct fault_menu *menu, const struct fault_order *order);

/* Draws for request number `number` of an account to an endpoint; `fits` says which faults make sense there.
 * Queued faults come first and are used up. Counts nothing: call fault_given when the fault was really done.
 */
struct fault_draw fault_draw(struct fault_menu *menu, uint64_t seed, unsigned account, int place,
                             uint64_t number, bool permanent,
                             bool (*fits)(enum fault fault, const void *context), const void *context);

#endif
