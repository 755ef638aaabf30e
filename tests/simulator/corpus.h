/* A fixed file of realistic MTA events for benchmarks. */
#ifndef SIMULATOR_CORPUS_H
#define SIMULATOR_CORPUS_H

/* corpus [--seed N] [--events N] [--bad-line]: NDJSON on stdout. */
int corpus_command(int count, char **arguments);

#endif
