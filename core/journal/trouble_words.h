/* Words about trouble: there only while there is some, because most records have none. */
#ifndef POSTERN_JOURNAL_TROUBLE_WORDS_H
#define POSTERN_JOURNAL_TROUBLE_WORDS_H

struct trouble_words {
    const char *remedy; /* "" = none known; behind the error, in the same piece of memory */
    char error[];
};

/* A copy, to be freed with free(); NULL if `error` is empty, or out of memory (the state is still told). */
struct trouble_words *trouble_words_new(const char *error, const char *remedy);
/* "" without trouble. */
const char *trouble_error(const struct trouble_words *words);
const char *trouble_remedy(const struct trouble_words *words);

#endif
