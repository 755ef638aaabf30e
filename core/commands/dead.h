/* The command `dead`: what is common to looking at dead letters and to changing something about them. */
#ifndef POSTERN_COMMANDS_DEAD_H
#define POSTERN_COMMANDS_DEAD_H

#include "journal/journal.h"

/* What the words of the command line ask for. */
struct dead_options {
    const char *config;
    struct dead_filter filter;
    bool all, counts, metadata, no_samples;
};

/* Each prints and returns the exit code. */
int dead_list(struct journal *journal, const struct dead_options *options);
int dead_show(struct journal *journal, int64_t id);
int dead_export(struct journal *journal, const struct dead_options *options);
int dead_report(struct journal *journal, const struct dead_options *options);
/* A daemon that runs on the state directory does it; otherwise this process, with the directory's lock. */
int dead_retry(const char *directory, const struct dead_options *options);
int dead_drop(const char *directory, const struct dead_options *options);

#endif
