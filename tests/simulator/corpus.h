/* A fixed file of realistic MTA events for benchmarks. */
#ifndef SIMULATOR_CORPUS_H
#define SIMULATOR_CORPUS_H

#include "event.h"

/* corpus --sources LIST: about so many events, of all sources in turn. */
struct corpus_sources {
    uint32_t sources; /* a bit for each */
    bool batch;       /* mail events as API 2.0 writes them; the records of the others are the same there */
    bool plain;       /* without the values that break collectors */
};
void corpus_of_sources(const struct corpus_sources *wanted, uint64_t seed, unsigned long long events,
                       int64_t begin_ms);
/* The name that a reader gives a log type of MTA events, whatever the API calls it. */
const char *corpus_siem_type(enum siem_type type);
/* corpus [--seed N] [--events N] [--bad-line]: NDJSON on stdout. */
int corpus_command(int count, char **arguments);

#endif
