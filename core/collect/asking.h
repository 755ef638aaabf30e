/* One request at a time of an account, from a thread that waits for the answer: what a command asks beside
 * the streams' own rounds. Nothing else may use the account meanwhile. */
#ifndef POSTERN_COLLECT_ASKING_H
#define POSTERN_COLLECT_ASKING_H

#include "collect/stream/account.h"
#include "journal/vendor_call.h"

struct question {
    /* The next request, with *error set if there is none. */
    struct request *(*make)(void *context, postern_error *error);
    /* Reads the answer, and takes over the request. */
    void (*read)(void *context, struct request *request, postern_error *error);
    void *context;
    size_t requests;                  /* sent so far, those for a token among them */
    char request_id[REQUEST_ID_SIZE]; /* of the last answer; "" = none */
};

/* Asks, with an access token if the account's scheme needs one, and in the account's turn. Once more if the
 * credentials were refused where a fresh token, or the time that the answer showed, may help. *error has what
 * came of it: code 0 = all is well. False: there is no access token, so nothing was asked. */
bool ask(struct account *account, struct question *question, postern_error *error);

#endif
