/* For the tests: the simulator as a process, and a client that follows the rules unless told which one to
 * break. */
#ifndef SIMULATOR_TEST_SIMULATOR_H
#define SIMULATOR_TEST_SIMULATOR_H

#include "base/clock.h"
#include "endpoint.h"
#include "keys.h"
#include "text.h"
#include <curl/curl.h>
#include <sys/types.h>

enum { TEST_SEED = 7 };

struct simulator {
    pid_t process;
    int input;
    unsigned port;
    const struct clock *clock;
    char directory[64]; /* private; holds ca.pem, truth.ndjson, clock */
};

/* Starts `serve` with further options (NULL-terminated list); the truth goes to truth.ndjson. With `frozen`
 * it reads a test clock that stands still at 2026-06-15T12:00:00Z. Fails the test if it does not come up. */
void simulator_start(struct simulator *simulator, bool frozen, const char *const *options);
/* Ends it and removes its files; fails the test if it did not end well. */
void simulator_stop(struct simulator *simulator);
/* Moves the test clock forward. */
void simulator_advance(const struct simulator *simulator, int64_t ms);
int64_t simulator_now(const struct simulator *simulator);

struct response {
    long status; /* 0 = none came */
    CURLcode result;
    unsigned sent;             /* how often libcurl wanted to send it */
    struct text headers, body; /* headers in lower case, as received */
};

/* One request. Everything left zero is as it should be. */
struct call {
    unsigned account, generation;
    const char *path; /* NULL: of `source` */
    enum source source;
    const char *body;      /* NULL: a good first request of the source */
    const char *method;    /* NULL: POST */
    const char *leave_out; /* name of a header */
    const char *header;    /* a further header, or another value for one of ours: "Name: value" */
    const char *date;      /* instead of now */
    const char *sign_path; /* sign this instead of the path */
    const char *host;      /* "localhost" instead of 127.0.0.1 */
    const char *request_id;
    int64_t date_offset_ms;
    unsigned port; /* 0 = the simulator's */
    long timeout_ms;
    const char *bearer; /* API 2.0: this token instead of a signature */
    const char *form;   /* POST /oauth/token: this body, and no signature */
    bool wrong_secret, wrong_access_key, colon_space, follow_redirects, sends_again;
};

/* Sends on `curl` (keeps its connection), or on a handle of its own if that is NULL. The caller frees the
 * response. */
struct response simulator_call(const struct simulator *simulator, const struct call *call, CURL *curl);
/* Prepares `curl` for the call without sending; the headers must be freed after it. */
struct curl_slist *simulator_prepare(const struct simulator *simulator, const struct call *call, CURL *curl,
                                     struct response *response);
/* The token that the account's good credentials get; fails the test if there is none. The caller frees it. */
struct text simulator_token(const struct simulator *simulator, unsigned account, unsigned generation);
/* The form that asks for one. The caller frees it. */
struct text simulator_token_form(unsigned account, unsigned generation);
void response_free(struct response *response);
/* The value of a header (name in lower case), or NULL; until the next call. */
const char *response_header(const struct response *response, const char *name);

/* GET, POST or DELETE below /_control/. */
struct text simulator_control(const struct simulator *simulator, const char *method, const char *what,
                              const char *body);
void simulator_order(const struct simulator *simulator, const char *json); /* POST faults */
size_t simulator_violations(const struct simulator *simulator);
/* Fails the test unless exactly `count` violations of `rule` (and no others) were noted; forgets them. */
void simulator_expect_violations(const struct simulator *simulator, const char *rule, size_t count);

#endif
