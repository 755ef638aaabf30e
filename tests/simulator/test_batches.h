/* A patient, correct reader of API 2.0's batch files for the tests, and its single steps. */
#ifndef SIMULATOR_TEST_BATCHES_H
#define SIMULATOR_TEST_BATCHES_H

#include "batch_file.h"
#include "test_reader.h"

/* One page as it was understood. */
struct batch_page_read {
    char urls[128][600];
    size_t url_count;
    char next[600]; /* "" = none */
    bool caught_up;
};

/* How API 2.0 spells the type, percent-encoded. */
const char *batches_type(unsigned type);
/* Asks for one page; NULL = without a token. `further` is added to the query. The caller frees the response.
 */
struct response batches_ask(const struct reader *reader, unsigned type, const char *next,
                            const char *further);
/* False if the answer is no page. */
bool batches_understand(const struct response *response, struct batch_page_read *page);
/* GET of a link, with a further header or NULL. */
struct response batches_fetch(const struct reader *reader, const char *url, const char *header);
/* Follows a type to its end; returns the last token. The reader needs a bearer token. */
void batches_read(struct reader *reader, unsigned type);
/* The account over API 2.0: all types and all windows. Gets tokens by itself. */
void batches_read_all(struct reader *reader);

#endif
