/* One exchange on libcurl, over its tries. Of the network thread, apart from transfer_free. */
#ifndef POSTERN_HTTP_TRANSFER_H
#define POSTERN_HTTP_TRANSFER_H

#include "http/admission.h"
#include "http/answer.h"
#include "http/exchange.h"
#include "http/target.h"
#include "http/transfer_settings.h"

/* Why a callback broke a transfer off. */
enum broken_off {
    NOT_BROKEN_OFF,
    SENT_AGAIN,      /* libcurl was about to repeat the request as it was */
    REFUSED_ADDRESS, /* the connection leads to where this request may not go */
    REFUSED_ANSWER,  /* `error` says why */
    CONNECTS_TOO_LONG,
};

struct http_transfer {
    struct admission_ticket ticket;        /* first: the queue's tickets are transfers */
    struct http_transfer *previous, *next; /* among those under way */
    struct http_exchange *exchange;
    const struct transfer_settings *settings;
    struct http_target target;
    struct http_answer answer;
    postern_error error; /* with REFUSED_ANSWER */

    /* Of the present try. */
    CURL *easy;
    struct curl_slist *header_lines;
    const char *proxy; /* "" = none */
    enum broken_off broken_off;
    bool asked;       /* the request was put on the wire */
    bool fresh;       /* no kept connection: one has died under the request */
    bool idle;        /* nothing has moved for too long */
    int64_t begun_ms; /* real time: when the try began */
    int64_t moved_ms; /* real time: when a byte last went or came */
    int64_t moved;    /* bytes gone or come until then */
    char detail[CURL_ERROR_SIZE];
};

/* Checks where the exchange wants to go. On failure *transfer stays valid and only transfer_close and
 * transfer_free may follow; NULL if out of memory. */
struct http_transfer *transfer_new(struct http_exchange *exchange, const struct transfer_settings *settings,
                                   postern_error *error);
/* Signs and prepares a try: `easy` is ready for the multi handle. */
postern_status transfer_begin(struct http_transfer *transfer, postern_error *error);
/* A try has ended and `easy` is out of the multi handle. True if the exchange is over (its answer or error is
 * set), false if another try must begin at once. */
bool transfer_end(struct http_transfer *transfer, CURLcode code);
/* True if nothing has moved for the idle time-out; `now_ms` in real time. */
bool transfer_is_idle(struct http_transfer *transfer, int64_t now_ms);
/* Gives back everything but the answer. */
void transfer_close(struct http_transfer *transfer);
/* Gives back the answer and the transfer. Any thread. */
void transfer_free(struct http_transfer *transfer);

#endif
