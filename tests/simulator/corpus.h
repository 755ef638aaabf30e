/* A fixed file of realistic MTA events for benchmarks. */
#ifndef SIMULATOR_CORPUS_H
#define SIMULATOR_CORPUS_H

#include "event.h"

/* corpus --sources LIST: about so many events, of all sources in turn; `sources` has a bit for each. */
void corpus_of_sources(uint64_t seed, uint32_t sources, unsigned long long events, int64_t begin_ms);
/* The name that a reader gives a log type of MTA events, whatever the API calls it. */
const char *corpus_siem_type(enum siem_type type);
/* corpus [--seed N] [--events N] [--bad-line]: NDJSON on stdout. */
int corpus_command(int count, char **arguments);

#endif
