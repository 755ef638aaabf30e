/* Collects everything that is wrong with a configuration. */
#ifndef POSTERN_CONFIG_PROBLEMS_H
#define POSTERN_CONFIG_PROBLEMS_H

#include "config/config.h"

struct problems {
    const char *file;
    struct config_problems *list;
};

#define PROBLEMS_LIMIT 1000

/* Notes a problem at a line of the file; 0 = of the file as a whole. Beyond PROBLEMS_LIMIT it is only
 * counted.
 */
void problem_at(struct problems *problems, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* True if one more would only be counted. */
bool problems_are_full(const struct problems *problems);
/* Puts the problems into the order of the file; those of the file as a whole come last. */
void problems_sort(struct problems *problems);
/* "; did you mean \"NAME\"?" if one of the names (ends with NULL) is near, else "". Returns `buffer`. */
#define SUGGESTION_SIZE 160
const char *suggestion(const char *wanted, const char *const *names, char buffer[SUGGESTION_SIZE]);
/* As suggestion, but when nothing is near, names what there is: "; there are: a, b, c". */
const char *suggestion_or_list(const char *wanted, const char *const *names, char buffer[SUGGESTION_SIZE]);

#endif
