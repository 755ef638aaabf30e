/* A patient, correct collector for the tests: reads everything an account has and writes each event on a
 * line. */
#ifndef SIMULATOR_TEST_READER_H
#define SIMULATOR_TEST_READER_H

#include "test_simulator.h"
#include <stdio.h>

struct reader {
    const struct simulator *simulator;
    unsigned account;
    bool plain;         /* MTA logs without compression */
    size_t page_size;   /* 0 = 100 */
    bool oldest_first;  /* where it can be chosen */
    const char *bearer; /* API 2.0 */
    FILE *out;
    CURL *curl;     /* made by reader_read_all */
    size_t damaged; /* MTA files that stayed damaged */
};

void reader_read_siem(struct reader *reader);
/* The window [from, to], both inclusive. */
void reader_read_window(struct reader *reader, enum source source, int64_t from_ms, int64_t to_ms);
/* The window of a list that API 2.0 alone has. */
void reader_read_rest(struct reader *reader, enum source source, int64_t from_ms, int64_t to_ms);
/* Everything of one source; a window where it has one. */
void reader_read_source(struct reader *reader, enum source source, int64_t from_ms, int64_t to_ms);
/* Another token for API 2.0. */
void reader_renew_token(struct reader *reader);
/* All sources; windows from 7 days ago until now. */
void reader_read_all(struct reader *reader);

/* Calls `each` for every whole object at the top level of the first array behind `key` in `text`. True if the
 * array was whole. */
bool each_object(const struct text *text, const char *key,
                 void (*each)(void *context, const char *object, size_t size), void *context);

#endif
