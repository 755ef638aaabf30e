/* The configuration as checked, plain data. Read from a Lua file of declarations by config_load. */
#ifndef POSTERN_CONFIG_CONFIG_H
#define POSTERN_CONFIG_CONFIG_H

#include "auth/credentials.h"
#include "base/text.h"
#include "module/options.h"
#include "sandbox/sandbox.h"

/* Where something was declared. */
struct config_place {
    const char *file; /* NULL = in none */
    int line;         /* 0 = nowhere in the file: it is as nobody set it */
};
/* Puts the place in front of what is wrong with the declaration there. */
void config_error_at(const struct config_place *place, postern_error *error);

/* What may be configured, from the loaded modules: the configuration knows no module by itself. */
struct config_kind {
    const char *name;
    const postern_option *const *options; /* NULL = none */
    const postern_schedule *schedule;     /* sources only; NULL = core defaults */
    bool token_streams;                   /* sources only: has a token stream (lookback "all" by default) */
    const postern_stream *const *streams; /* sources only; ends with NULL; NULL = none */
    bool is_off;                          /* sources only: not read unless the user says so */
    const postern_option *const *account_options; /* sources only; NULL = none */
    const postern_batching *batching;             /* sinks only; NULL = core defaults */
    bool concurrent;                              /* sinks only: takes several batches at once */
    bool old_templates; /* sinks only: built before there were %{hour} and %{.a.b} */
};
struct config_catalog {
    const struct config_kind *sources;
    size_t source_count;
    const struct config_kind *sinks;
    size_t sink_count;
    const postern_auth *const *auths; /* ends with NULL; NULL = none */
};

/* All problems of one run. */
struct config_problem {
    struct config_place place;
    char *message; /* with "did you mean" where it helps */
};
struct config_problems {
    struct config_problem *items;
    size_t count;
    size_t left_out; /* so many more are not listed */
    size_t missing;  /* so many of all are secrets that are not there: they concern their owners alone */
};
void config_problems_free(struct config_problems *problems);

struct config_names {
    char **items; /* "*" = all */
    size_t count;
};

/* What an account, a sink or a pipeline was called before. Given and empty: it is a new one, whatever it
 * looks like. */
struct config_was {
    struct config_names names; /* the latest first */
    bool given;
};

/* What an account sets for one source. */
struct config_account_options {
    const char *source;
    struct option_value *values;
    size_t value_count;
};

struct config_account {
    struct config_place place;
    char name[64];
    struct config_was was;
    const postern_auth *profile;         /* the module's: how it is let in; its scheme is known */
    char *base_url;                      /* without a trailing slash */
    char *allow_host;                    /* NULL, or the extra host that base_url may name */
    struct auth_credentials credentials; /* of the scheme's roles; trimmed, syntax-checked */
    char *missing; /* the secret that is not there, in words: nothing is read for the account; NULL = none */
    struct config_account_options *options;
    size_t option_count;
    bool *collected;      /* of each source of the configuration: see config_collects. NULL = all */
    const char *trial_of; /* NULL, or the account whose way to another API this tries: see migrate.c */
};

struct config_source {
    struct config_place place; /* line 0 if not declared: defaults */
    char name[64];
    bool enabled;
    bool collect; /* also what no pipeline takes */
    /* Of its streams: see config_source_of_stream. */
    int64_t interval_ms, delay_ms, settle_ms, lookback_ms /* -1 = all */, replay_limit_ms, slice_ms,
        remember_ms, overlap_ms, give_up_file_ms;
    unsigned written;      /* which of these times the user wrote: a bit for each */
    bool lookback_by_kind; /* nobody says anything of it: it depends on the kind of stream */
    int64_t permission_recheck_ms, license_recheck_ms;
    int64_t quota_calls, quota_window_ms; /* 0 = as the stream declares it */
    const char *quota;                    /* of a stream alone: what the module calls it; NULL = nothing */
    struct option_value *values;
    size_t value_count;
};

/* What a sink is given at once; the sink's own defaults are in it. All of the first three 0: page by page. */
struct config_batching {
    int64_t events, bytes;    /* gathering stops there; 0 = no such limit */
    int64_t wait_ms;          /* how long it waits for more */
    int64_t parallel;         /* so many batches at once; at least 1 */
    int64_t refused_in_a_row; /* more refusals than that are no dead letters; 0 = any number are */
};

/* What becomes of a delivery that stands still while the journal fills up. */
enum when_full {
    WHEN_FULL_UNSET, /* a pipeline's: as its sink has it */
    WHEN_FULL_WAIT,
    WHEN_FULL_DROP_OLDEST,
};

struct config_sink {
    struct config_place place;
    char name[64];
    struct config_was was;
    char type[64];
    char *missing; /* as of an account: nothing is delivered to the sink */
    struct config_batching batching;
    enum when_full when_full;
    struct option_value *values;
    size_t value_count;
};

/* Where scripts fail on more, the mistake is in them and not in the events: the delivery stops. */
struct failure_limit {
    int64_t percent; /* of the events; 0 (not set) and 100: never */
    int64_t least;   /* fewer failures are never too many */
};

/* A file that could not be read as a secret. */
struct missing_file {
    struct missing_file *next;
    char *path;
};

struct config_pipeline {
    struct config_place place;
    char name[64];
    struct config_was was;
    struct config_names from, accounts, to;
    struct config_names transform; /* script names as written */
    char **scripts;                /* their paths, same length as transform */
    char *packaged_scripts;        /* the folder of the packaged ones; "" = none */
    bool start_oldest;
    struct failure_limit failures;
    enum when_full when_full;
};

struct config {
    char *file;
    char *state;               /* directory, absolute */
    char **module_directories; /* extra ones; absolute */
    size_t module_directory_count;
    struct config_account *accounts;
    size_t account_count;
    struct config_source *sources; /* one for every source of the catalog, in its order */
    size_t source_count;
    struct config_sink *sinks;
    size_t sink_count;
    struct config_pipeline *pipelines;
    size_t pipeline_count;

    struct config_http {
        char *ca_file, *proxy, *no_proxy; /* NULL = not set */
        int64_t connect_timeout_ms, timeout_ms, idle_timeout_ms /* no byte for so long */;
        int64_t max_connections, max_connections_per_host;
        int64_t requests_per_second /* of one account */, starts_per_second /* of streams */;
        int64_t response_limit /* bytes */, spill_above /* bytes */;
        int64_t download_budget /* bytes */, downloads_at_once /* of one stream */;
        int64_t clock_trust_ms /* a server's clock that is off by more is not believed */;
        bool http2;
    } http;
    struct config_journal {
        int64_t max_size, retain_ms, dead_limit /* bytes */, dead_account_share /* percent of it */,
            dead_retain_ms, cache_size, ids_memory, page_size, page_events, commit_size, coverage_ranges,
            idle_flush_ms, idle_at_once;
    } journal;
    struct config_limits {
        struct sandbox_limits script;
        int64_t member_size, member_count, expansion_size, record_size;
        int64_t answer_events, answer_memory, set_aside_count, set_aside_size; /* of one answer */
        int64_t snapshot_items, snapshot_size;                                 /* remembered of one list */
        int64_t stalled_pages, known_pages;
        int64_t workers; /* of each kind; 0 = one per processor */
    } limits;

    struct config_status { /* how long something may take before `status` calls it wrong */
        int64_t stalled_ms, pending_ms, missed_polls, backlog_ms, once_ms;
        int64_t backlog_age_ms, backlog_events,
            backlog_size; /* of a delivery, before the log warns; 0 = any */
    } status;

    struct config_notices {
        int64_t after_ms, repeat_ms, per_hour;
    } notices;

    size_t missing_secrets; /* of accounts and sinks */
    size_t unread_accounts; /* which no source that is loaded reads */
    struct missing_file *missing_files;

    postern_arena *arena; /* holds all of the above but the secrets */
};

/* Where the packaged scripts are: searched after the folder of the configuration file. Copied; "" = nowhere.
 * Not while another thread loads a configuration. */
void config_set_script_directory(const char *path);
/* Reads and checks the whole file. On any problem returns POSTERN_E_CONFIG with *config untouched and all
 * problems listed in file order. Secrets that come from the environment or files are resolved here; those of
 * accounts and sinks that are not there are listed too, but if nothing else is wrong the configuration is
 * good for all others. */
postern_status config_load(const char *path, const struct config_catalog *catalog, struct config **config,
                           struct config_problems *problems);
/* The same of the general settings and one declaration alone (`kind` "sink" or "source"): what else the file
 * declares is not looked at, nor are its secrets. That there is none of that name is no problem here. */
postern_status config_load_one(const char *path, const struct config_catalog *catalog, const char *kind,
                               const char *name, struct config **config, struct config_problems *problems);
/* Only what is needed before modules are loaded: `state` and `modules`. Fails if the file cannot be read or
 * run to its end or these two are wrong; all else is left to config_load. *state and the list are malloc'ed.
 */
postern_status config_peek(const char *path, char **state, char ***module_directories, size_t *count,
                           struct config_problems *problems);
/* Frees the list of config_peek; NULL is fine. */
void config_strings_free(char **strings, size_t count);
void config_free(struct config *config);
/* True if a sink that runs with `a` need not be made anew for `b`. */
bool config_sink_is_same(const struct config_sink *a, const struct config_sink *b);
/* The source as one of its streams has it: with that stream's times. What it points to is the source's. */
struct config_source config_source_of_stream(const struct config_source *source,
                                             const postern_stream *stream);
/* True if the source is read for the account: it is switched on, and a pipeline takes it from there or it is
 * collected in any case. */
bool config_collects(const struct config *config, const struct config_account *account, const char *source);
/* True if any source is. */
bool config_collects_any(const struct config *config, const struct config_account *account);
/* The account by its name, NULL = there is none; and the one that tries its way to another API. */
struct config_account *config_find_account(const struct config *config, const char *name);
struct config_account *config_find_trial(const struct config *config, const char *name);
/* True for names of trials: no user can give such a name, and "*" of a pipeline does not mean them. */
bool config_name_is_trial(const char *name);
/* The account is let in as its trial was from now on, and the trial is over. */
void config_adopt_trial(struct config *config, struct config_account *trial);
/* True if a secret that was missing can be read now. */
bool config_missing_appeared(const struct config *config);
/* http, journal, limits, status and notices as they are if the configuration says nothing. */
void config_set_defaults(struct config *config);
/* True if `names` has `name` or "*"; ... */
bool config_names_match(const struct config_names *names, const char *name);
/* ... if it has the name itself, as Postern's own notices must be asked for. */
bool config_names_has(const struct config_names *names, const char *name);
/* True if a pipeline takes notices. */
bool config_takes_notices(const struct config *config);
/* True if the sources `from` are notices and nothing else. */
bool config_is_of_notices(const struct config_names *from);

#endif
