/* /siem/v1/batch/events/...: what may be asked there, and the links in the answers. */
#ifndef SIMULATOR_BATCHES_H
#define SIMULATOR_BATCHES_H

#include "batch_store.h"
#include "http.h"
#include "violations.h"

/* A request that passed. */
struct batch_question {
    unsigned type; /* of BATCH_TYPES */
    size_t page_size;
    const char *token;        /* NULL = from the start */
    int64_t start_ms, end_ms; /* of publication; end 0 = open */
};

/* Checks the query of a request for mail events, or for those of Cloud Integrated. */
bool batch_question_read(const struct http_request *request, enum source source, int64_t now_ms,
                         struct batch_question *question, struct violation *violation);

/* A signed link: what it names and until when it works. */
struct batch_link {
    unsigned account, type;
    uint64_t number;
    int64_t issued_ms, life_ms;
};

enum { LINK_SIGNATURE = 33 };

void batch_link_sign(uint64_t seed, const struct batch_link *link, char signature[LINK_SIGNATURE]);
void batch_link_write(struct text *out, uint64_t seed, unsigned port, const struct batch_link *link,
                      const char *between);
/* False if the request is for no file; `good` says whether the signature fits. */
bool batch_link_read(const struct http_request *request, uint64_t seed, struct batch_link *link, bool *good);

#endif
