/* Checking what was declared: what the parts share. Each part reads its declarations, notes what is wrong
 * with them and goes on, so that one run finds everything. */
#ifndef POSTERN_CONFIG_CHECK_H
#define POSTERN_CONFIG_CHECK_H

#include "base/text_index.h"
#include "config/document.h"

struct check {
    const struct config_catalog *catalog;
    const struct config_document *document;
    struct problems *problems;
    const char *file;
    const char *directory; /* the file's */
    struct config *config; /* being made; its arena holds everything */
    char **missing;     /* of the account or sink at hand: a missing secret concerns it alone; NULL = all */
    bool old_templates; /* of the sink at hand: see config_kind */
    bool has_literal_secret;
    bool out_of_memory;
};

/* ---- Memory of the configuration; NULL and `out_of_memory` set if there is none ---- */

void *check_allocate(struct check *check, size_t size);
char *check_copy(struct check *check, postern_text text);

/* ---- Fields (fields.c): false, with the problem noted, if a field is not what it should be ---- */

/* Notes a problem of a field: "KEY of TITLE ...". */
void field_problem(struct check *check, const struct declaration *declaration,
                   const struct config_field *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool field_text(struct check *check, const struct declaration *declaration, const struct config_field *field,
                const char **text);
bool field_boolean(struct check *check, const struct declaration *declaration,
                   const struct config_field *field, bool *boolean);
bool field_integer(struct check *check, const struct declaration *declaration,
                   const struct config_field *field, int64_t *integer);
bool field_duration(struct check *check, const struct declaration *declaration,
                    const struct config_field *field, int64_t *ms);
bool field_size(struct check *check, const struct declaration *declaration, const struct config_field *field,
                int64_t *bytes);
/* "wait" or "drop_oldest"; untouched if it is not there. */
void field_when_full(struct check *check, const struct declaration *declaration, enum when_full *when_full);
/* A list of texts without repetitions; items are copied. `what` names them in messages: "sources". */
bool field_names(struct check *check, const struct declaration *declaration, const struct config_field *field,
                 struct config_names *names);
/* A table with keys (`what` says in messages what it holds), as a declaration of its own. */
bool field_table(struct check *check, const struct declaration *declaration, const struct config_field *field,
                 const char *what, struct declaration *inside);
/* An absolute path. */
bool field_path(struct check *check, const struct declaration *declaration, const struct config_field *field,
                const char **path);
/* Notes every field whose key is in none of the two lists (end with NULL; the second may be NULL). */
void check_known_keys(struct check *check, const struct declaration *declaration, const char *const *keys,
                      const char *const *more_keys);
/* Notes the second and further declarations of one kind and name, and those without a { ... }; `valid_name`
 * says that names must follow the rules for names. */
void check_declarations(struct check *check, const char *kind, bool valid_name);

/* ---- Secrets (credentials.c) ---- */

/* Resolves a reference (or takes a literal text): trimmed, not empty. */
bool field_secret(struct check *check, const struct declaration *declaration,
                  const struct config_field *field, struct secret **secret);

/* ---- Settings with defaults (settings.c) ---- */

enum setting_type {
    SETTING_TEXT,
    SETTING_FILE,
    SETTING_BOOLEAN,
    SETTING_INTEGER,
    SETTING_DURATION,
    SETTING_SIZE
};
struct setting {
    const char *name;
    enum setting_type type;
    size_t offset;         /* in the struct that holds the value: char *, bool or int64_t */
    int64_t default_value; /* texts: absent */
    int64_t minimum, maximum;
    const char *help;
};
/* End with an entry whose name is NULL. */
extern const struct setting http_settings[], journal_settings[], limits_settings[], status_settings[],
    notices_settings[], source_settings[], batching_settings[], pipeline_settings[];
/* Reads the fields of a declaration (NULL = there is none) into `target`; what is not given keeps what is
 * there. Notes unknown keys, except those in `more_keys`. */
void settings_read(struct check *check, const struct declaration *declaration, const struct setting *settings,
                   void *target, const char *const *more_keys);
void settings_defaults(const struct setting *settings, void *target);

/* ---- Times of sources (stream_times.c) ---- */

#define LOOKBACK_MS  (60LL * 60 * 1000) /* where neither the user nor the module says */
#define LOOKBACK_ALL (-1)

/* What a module declares, but for what the user wrote. */
void times_take(struct config_source *source, const postern_schedule *schedule);
/* Which of them the user wrote. */
unsigned times_written(const struct declaration *declaration);

/* ---- Options of modules (options.c) ---- */

/* Reads the fields that are in the module's table of options; notes what is required and missing. */
void options_read(struct check *check, const struct declaration *declaration,
                  const postern_option *const *options, struct option_value **values, size_t *count);
/* The names of the options, ends with NULL; in the configuration's memory. */
const char *const *options_names(struct check *check, const postern_option *const *options);
/* Lets go of the secrets in them. */
void options_release(struct option_value *values, size_t count);

/* ---- What was called otherwise (was.c) ---- */

void was_read(struct check *check, const struct declaration *declaration, struct config_was *was);

/* ---- On the way to another API (migrate.c) ---- */

/* False if the account has no trial. */
bool migrate_open(struct check *check, const struct declaration *declaration,
                  const struct config_account *account, struct declaration *inside,
                  struct config_account *trial);
void migrate_check(struct check *check, const struct declaration *inside,
                   const struct config_account *account, const struct config_account *trial);

/* ---- What accounts set for single sources (account_options.c) ---- */

const char *const *account_option_keys(struct check *check);
void check_account_options(struct check *check, const struct declaration *declaration,
                           struct config_account *account);

/* ---- The parts ---- */

void check_state(struct check *check);   /* state, modules */
void check_general(struct check *check); /* state, modules, http, journal, limits, status */
void check_accounts(struct check *check);
void check_sources(struct check *check);
void check_sinks(struct check *check);
void check_pipelines(struct check *check);
void check_sink_paths(struct check *check); /* after pipelines */
void check_was(struct check *check);        /* after them all */
void check_collected(struct check *check);  /* what is read at all; after pipelines */
void check_usage(struct check *check);      /* warnings about what nothing uses */

/* Finds a script by its name; NULL with the problem noted. */
/* Where packaged scripts are, in the configuration's memory. */
char *script_packaged_directory(struct check *check);
char *script_find(struct check *check, const struct declaration *declaration,
                  const struct config_field *field, const char *name);

/* Where the names stand in the list (ends with NULL); empty if out of memory. */
struct text_index check_index(struct check *check, const char *const *names);

/* Names of things for suggestions, ends with NULL; in the configuration's memory. `offset` is that of a
 * char[]. */
const char *const *check_names(struct check *check, const void *items, size_t count, size_t item_size,
                               size_t offset, const char *extra);

#endif
