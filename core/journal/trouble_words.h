/* Words about trouble: there only while there is some, because most records have none. */
#ifndef POSTERN_JOURNAL_TROUBLE_WORDS_H
#define POSTERN_JOURNAL_TROUBLE_WORDS_H

#include <stdint.h>

struct trouble_words {
    int64_t since_ms;       /* wall: when the first try of the row failed; 0 = not known */
    const char *remedy;     /* "" = none known; behind the error, in the same piece of memory */
    const char *request_id; /* of the answer that said so last; "" = none. Likewise */
    char error[];
};

/* A copy, to be freed with free(); NULL if `error` is empty, or out of memory (the state is still told). */
struct trouble_words *trouble_words_new(const char *error, const char *remedy, const char *request_id);
/* 0 without trouble. */
int64_t trouble_since(const struct trouble_words *words);
/* "" without trouble. */
const char *trouble_error(const struct trouble_words *words);
const char *trouble_remedy(const struct trouble_words *words);
const char *trouble_request_id(const struct trouble_words *words);

#endif
