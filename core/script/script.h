/* User scripts: compiled once, run on each event.
 *
 *     script_set (immutable: the texts, their hashes)  →  script_runner (a Lua state, one per worker and
 * pipeline) script_run(runner, event) → kept (0..n lines), dropped with a reason, or failed
 */
#ifndef POSTERN_SCRIPT_SCRIPT_H
#define POSTERN_SCRIPT_SCRIPT_H

#include "base/buffer.h"
#include "sandbox/sandbox.h"
#include "script/event/script_event.h"
#include "script/event/wrong_values.h"

/* A pipeline's scripts in order. Immutable, shared by count between threads. */
struct script_set;

/* Reads and compiles the files and runs each once, so that errors come now: *error says "path:line: ...".
 * `names` are as in the configuration, for messages. A script returns a function; `postern.*` is there. count
 * may be 0. `packaged` is the folder in which postern.script looks behind that of the script; NULL = none. */
postern_status script_set_load(const char *const *names, const char *const *paths, size_t count,
                               const char *packaged, const struct sandbox_limits *limits,
                               struct script_set **set, postern_error *error);
struct script_set *script_set_share(struct script_set *set);
void script_set_release(struct script_set *set);
size_t script_set_count(const struct script_set *set);
/* SHA-256 over the texts of all scripts, of the pieces that they take and of the lookup files that they read,
 * in hex: which version ran. */
const char *script_set_hash(const struct script_set *set);

enum script_verdict {
    SCRIPT_KEPT,    /* `outputs`: 1..n */
    SCRIPT_DROPPED, /* `reason` (may be empty) */
    SCRIPT_FAILED,  /* `error`, `traceback`, `script`: the event belongs in the dead letters */
};

struct script_result {
    enum script_verdict verdict;
    const struct script_output *outputs; /* valid until script_runner_reset */
    size_t output_count;
    postern_text reason;
    postern_error error;
    postern_text traceback;
    const char *script;       /* name of the script that failed or dropped */
    uint64_t wrong_types;     /* mapped fields that were left out because the input had another type */
    uint64_t replaced_bytes;  /* of wrong UTF-8, and halves of surrogate pairs: U+FFFD in the lines */
    uint64_t renamed_members; /* with a name that their object had already: "x_2" in the lines */
};

struct script_runner;

/* A runner with a state of its own; NULL and *error if out of memory or a script fails to start. Creating it
 * is cheap enough to do it lazily per worker. One thread at a time. */
struct script_runner *script_runner_new(struct script_set *set, postern_error *error);
void script_runner_free(struct script_runner *runner);
/* Runs all scripts in order. With an empty set the output is the event's text. The outputs stay valid over
 * further calls until script_runner_reset, so that a page's output is gathered without copies. */
void script_run(struct script_runner *runner, const struct script_event *event, struct script_result *result);
void script_runner_reset(struct script_runner *runner);
/* Adds what its maps could not read so far to `into` and begins to count anew. */
void script_runner_move_wrong_values(struct script_runner *runner, struct wrong_values *into);
/* What its maps could not read so far (script/event/wrong_values.h); NULL = nothing. */
const struct wrong_values *script_runner_wrong_values(const struct script_runner *runner);

/* Runs tests of a script, which may take pieces as the script does: NAME_test.lua beside NAME.lua, or any of
 * the folder NAME/ that holds its pieces. Prints what failed on `out`. Returns the numbers. */
struct script_test_totals {
    size_t passed, failed;
};
struct buffer;
postern_status script_test_file(const char *test_path, const char *packaged,
                                const struct sandbox_limits *limits, struct buffer *report,
                                struct script_test_totals *totals, postern_error *error);

#endif
