/* What `serve` was asked to do. Times in ms. */
#ifndef SIMULATOR_SETTINGS_H
#define SIMULATOR_SETTINGS_H

#include "faults.h"

struct settings {
    const char *certificates; /* directory with server.pem and server.key */
    const char *clock;        /* file of the shared test clock, or NULL */
    const char *truth;        /* file to write the ground truth to, or NULL */
    uint64_t seed;
    unsigned port, accounts;
    uint32_t sources;    /* bit per source: whether it has events */
    size_t events;       /* per account, over the history */
    int64_t history_ms;  /* how far the history reaches back */
    int64_t quiet_ms;    /* the history ends so long before the start */
    int64_t lateness_ms; /* a share of the JSON endpoints' events becomes visible up to so late */
    int64_t publish_ms;  /* between two publications of MTA logs */
    int64_t batch_ms;    /* between two publications of API 2.0's batch files */
    size_t batch_calls;  /* per account, path and batch_window_ms, all types together; 0 = unlimited */
    int64_t batch_window_ms;
    int64_t link_life_ms;      /* of links to batch files */
    int64_t retention_ms;      /* of MTA logs */
    int64_t date_tolerance_ms; /* of x-mc-date */
    int64_t token_lifetime_ms; /* of page tokens */
    int64_t bearer_life_ms;    /* of API 2.0's tokens, as told */
    size_t token_calls;        /* more per account and token_window_ms are too many */
    int64_t token_window_ms;
    int64_t key_expiry_ms;  /* each generation of keys works so long; 0 = for ever */
    double live_per_minute; /* further events per account */
    size_t page_limit;      /* largest pageSize */
    size_t events_per_file; /* MTA log files: at most so many events in one zip */
    size_t rate_limit;      /* calls per account, endpoint and rate_window_ms; 0 = unlimited */
    int64_t rate_window_ms;
    bool quirks, exit_with_stdin;
    bool lazy; /* an account has no events before somebody asks it */
    struct fault_menu faults;
};

/* Reads the command line behind `serve`. False with a message on stderr. */
bool settings_read(struct settings *settings, int count, char **arguments);
void settings_usage(void);
/* "all", "first", or names of sources that have events, separated by commas; a bit for each. */
bool sources_read(const char *list, uint32_t *sources);

#endif
