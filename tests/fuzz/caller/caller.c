/* Calls every function that a script or a configuration can reach with random arguments, over a Lua that
 * checks its API. caller.lua does it from inside; this runs it, seed after seed, in a child process.
 *
 *     fuzz_caller [SEED]     one seed, with each call shown
 *
 * Without a seed it runs for POSTERN_FUZZ_SECONDS (10) seconds, from a seed of the clock on. A child that
 * dies, hangs or says FINDING is a finding: its seed is run once more to show the calls that led there. At
 * the end of a long run every C function that the sources make for scripts must have been called; one that
 * was not, by chance, has as much time again, a few times. */
#include "base/arena.h"
#include "base/error.h"
#include "base/json_tape.h"
#include "base/log.h"
#include "base/text.h"
#include "checked_heap.h"
#include "config/document.h"
#include "coverage.h"
#include "script/script.h"
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVENTS          40     /* with one state */
#define CALLS           150    /* of one event */
#define CONFIGURATIONS  60     /* with one seed */
#define CALLS_FOR_ALL   100000 /* behind so many each function must have been among them */
#define MORE_RUNS       5      /* for those that were not */
#define PATIENCE        90     /* seconds without a step forward */
#define SHOWN_CALLS     12
#define SHOWN_CALL_SIZE 400
#define TEXT_LIMIT      ((size_t)1 << 20)

static const struct sandbox_limits limits = {
    .memory_bytes = 24 << 20, .time_ms = 3000, .instruction_limit = 300000};

/* What parent and child both see. */
static struct {
    _Atomic uint64_t seed, calls, steps, overruns;
    _Atomic int part; /* of the seed */
    _Atomic uint64_t shown;
    char calls_shown[SHOWN_CALLS][SHOWN_CALL_SIZE];
    struct coverage coverage;
} * shared;

static bool verbose;
static char directory[] = "/tmp/postern-caller-XXXXXX";
static struct buffer text = {.limit = TEXT_LIMIT}, names = {.limit = TEXT_LIMIT};

/* ---- What caller.lua prints comes here, in place of the log ---- */

bool log_enabled(int level)
{
    (void)level;
    return true;
}

void log_set_level(int level)
{
    (void)level;
}

void log_error(int level, const char *scope, const postern_error *error)
{
    log_write(level, scope, "%s", error->message);
}

void log_write(int level, const char *scope, const char *format, ...)
{
    char line[SHOWN_CALL_SIZE];
    (void)level, (void)scope;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (strncmp(line, "called: ", 8) == 0) shared->calls += (uint64_t)atoi(line + 8) % 100;
    if (strncmp(line, "call: ", 6) == 0)
        memcpy(shared->calls_shown[shared->shown++ % SHOWN_CALLS], line, sizeof line);
    if (strncmp(line, "FINDING", 7) == 0) {
        fprintf(stderr, "%s\n", line);
        abort();
    }
}

/* Of AddressSanitizer: looking at the stack at each allocation takes a quarter of the time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "malloc_context_size=4";
}

/* ---- Scripts ---- */

/* How a seed is run. */
enum way { WITH_ALL_CALLS_NOTED, CONFIGURATION, WITH_MEMORY_SHORT, PLAIN };

static enum way way_of(uint64_t seed)
{
    return (enum way)(seed % 4);
}

static void write_file(const char *name, postern_text content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(content.data, 1, content.size, file) != content.size || fclose(file) != 0) abort();
}

/* The script as a script or a configuration; `calls` are made while it is loaded. */
static void compose(struct buffer *source, uint64_t seed, int calls)
{
    buffer_printf(source, "local seed, calls, verbose = %" PRIu64 ", %d, %s local names = {%.*s}\n%.*s", seed,
                  calls, verbose ? "true" : "false", TEXT_ARGS(buffer_text(&names)),
                  TEXT_ARGS(buffer_text(&text)));
    if (source->failed) abort();
}

/* Two scripts, so that what the first made is the second's event. NULL if a limit ended it at load. */
static struct script_runner *load_scripts(uint64_t seed)
{
    char path[128];
    snprintf(path, sizeof path, "%s/caller.lua", directory);
    const char *script_names[] = {"first", "second"}, *paths[] = {path, path};
    struct buffer source = {.limit = TEXT_LIMIT};
    compose(&source, seed, seed % 3 ? 0 : 40);
    write_file("caller.lua", buffer_text(&source));
    buffer_free(&source);
    struct script_set *set = NULL;
    struct script_runner *runner = NULL;
    postern_error error = ERROR_INIT;
    if (script_set_load(script_names, paths, 2, NULL, &limits, &set, &error) >= 0)
        runner = script_runner_new(set, &error);
    if (!runner && seed % 3 && way_of(seed) != WITH_MEMORY_SHORT) {
        fprintf(stderr, "FINDING: caller.lua does not load: %s\n", error.message);
        abort();
    }
    if (!runner) shared->overruns++;
    if (set) script_set_release(set);
    return runner;
}

static void check_result(const struct script_result *result)
{
    static struct json_tape *tape;
    const struct json_node *root;
    if (!tape) tape = json_tape_new();
    if (verbose && result->verdict == SCRIPT_FAILED) fprintf(stderr, "%s\n", result->error.message);
    if (result->verdict == SCRIPT_FAILED && result->error.code == POSTERN_E_LIMIT) shared->overruns++;
    for (size_t i = 0; i < result->output_count; i++) {
        postern_text line = result->outputs[i].text;
        bool is_bad = memchr(line.data, '\n', line.size) ||
                      (result->outputs[i].is_json && json_parse(tape, line, &root, NULL) < 0);
        if (!is_bad) continue;
        fprintf(stderr, "FINDING: no line of JSON: %.*s\n", TEXT_ARGS(line));
        abort();
    }
}

static void run_scripts(uint64_t seed)
{
    struct script_runner *runner = load_scripts(seed);
    if (!runner) return;
    if (way_of(seed) == WITH_MEMORY_SHORT) checked_heap_refuse(3000, seed);
    for (int part = 0; part < EVENTS; part++) {
        char json[1024];
        int size =
            snprintf(json, sizeof json,
                     "{\"seed\":%" PRIu64 ",\"calls\":%d,\"verbose\":%s,\"fresh\":%s,\"a\":\"x\",\"list\":[1,"
                     "\"two\",{\"b\":null},"
                     "[3]],\"deep\":{\"a\":{\"b\":{\"c\":1.50}},\"k\":\"\\u00e9\\n\"},\"empty\":{},"
                     "\"none\":[],\"big\":"
                     "123456789012345678901234567890}",
                     (seed * 1000 + (uint64_t)part) % 1000000007, CALLS, verbose ? "true" : "false",
                     part == 0 ? "true" : "false");
        struct script_event event = {.json = {json, (size_t)size},
                                     .account = TEXT("acme"),
                                     .source = TEXT("siem"),
                                     .stream = TEXT("siem"),
                                     .type = TEXT("receipt"),
                                     .id = TEXT("00ff"),
                                     .pipeline = "caller",
                                     .received_ms = 1767323045678,
                                     .time_ms = 1767323045000};
        struct script_result result;
        shared->part = part;
        shared->steps++;
        script_run(runner, &event, &result);
        check_result(&result);
        if (part % 2) script_runner_reset(runner);
    }
    script_runner_free(runner);
}

/* ---- Configurations ---- */

static void run_configurations(uint64_t seed)
{
    for (int part = 0; part < CONFIGURATIONS; part++) {
        struct buffer source = {.limit = TEXT_LIMIT};
        compose(&source, seed * 1000 + (uint64_t)part, 30);
        struct config_problems list = {0};
        struct problems problems = {"caller.lua", &list};
        struct config_document document = {.arena = arena_new((size_t)32 << 20)};
        shared->part = part;
        shared->steps++;
        if (!document.arena) abort();
        document_read(&document, "caller.lua", buffer_text(&source), &problems);
        config_problems_free(&list);
        arena_free(document.arena);
        buffer_free(&source);
    }
}

static void run_seed(uint64_t seed)
{
    enum way way = way_of(seed);
    shared->seed = seed;
    shared->shown = 0;
    coverage_switch(&shared->coverage, verbose || way == WITH_ALL_CALLS_NOTED || way == CONFIGURATION);
    checked_heap_refuse(way == WITH_MEMORY_SHORT ? 60000 : 0, seed); /* so that most are loaded */
    if (way == CONFIGURATION)
        run_configurations(seed);
    else
        run_scripts(seed);
}

/* ---- Child and parent ---- */

static _Noreturn void be_child(uint64_t seed, time_t until)
{
    do
        run_seed(seed++);
    while (time(NULL) < until);
    exit(0); /* LeakSanitizer looks now */
}

/* The child's end: true if it was a good one. */
static bool wait_for(pid_t child)
{
    uint64_t last = 0;
    int status, idle = 0;
    for (;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child) break;
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
        idle = shared->steps == last ? idle + 1 : 0;
        last = shared->steps;
        if (idle < PATIENCE * 5) continue;
        fprintf(stderr, "FINDING: nothing moves for %d s\n", PATIENCE);
        kill(child, SIGABRT);
        idle = 0;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    if (WIFSIGNALED(status)) fprintf(stderr, "FINDING: ended by signal %d\n", WTERMSIG(status));
    return false;
}

static bool run_child(uint64_t seed, time_t until)
{
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) abort();
    if (child == 0) be_child(seed, until);
    return wait_for(child);
}

static void show_calls(void)
{
    uint64_t end = shared->shown;
    fprintf(stderr, "the calls before:\n");
    for (uint64_t i = end > SHOWN_CALLS ? end - SHOWN_CALLS : 0; i < end; i++)
        fprintf(stderr, "  %s\n", shared->calls_shown[i % SHOWN_CALLS] + 6);
}

static int report_finding(const char *program)
{
    uint64_t seed = shared->seed;
    fprintf(stderr, "== a finding with seed %" PRIu64 ", part %d; once more, with its calls\n", seed,
            shared->part);
    verbose = true;
    if (run_child(seed, 0)) fprintf(stderr, "this time it was not there\n");
    show_calls();
    fprintf(stderr, "again: %s %" PRIu64 "\n", program, seed);
    return 1;
}

static void remove_directory(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    if (system(command) != 0) fprintf(stderr, "%s stays\n", directory);
}

int main(int count, char **arguments)
{
    const char *seconds_text = getenv("POSTERN_FUZZ_SECONDS");
    long seconds = seconds_text ? atol(seconds_text) : 10;
    verbose = count > 1;
    uint64_t first = verbose ? strtoull(arguments[1], NULL, 10) : (uint64_t)time(NULL) % 100000000 * 100;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || !mkdtemp(directory)) abort();
    write_file("piece.lua", TEXT("return { postern.script, called = pcall(postern.script, 'circle') }"));
    write_file("circle.lua", TEXT("return pcall(postern.script, 'piece') and postern.script 'circle'"));
    write_file("broken.lua", TEXT("local t = {} for i = 1, 2 ^ 30 do t[i] = { i } end"));
    write_file("teams.csv", TEXT("key,team,mail\na,blue,x@y\nx,red,\n"));
    write_file("hosts.json", TEXT("{\"a\":{\"b\":[1,2.5,null,\"\\u00e9\"]},\"x\":true}"));
    coverage_read_sources(&shared->coverage, &names);
    coverage_read_file(CALLER_DIRECTORY "/caller.lua", &text);
    printf("from seed %" PRIu64 " on for %ld s\n", first, verbose ? 0 : seconds);
    bool good = run_child(first, verbose ? 0 : time(NULL) + seconds);
    for (int more = 0; good && !verbose && more < MORE_RUNS && shared->calls >= CALLS_FOR_ALL &&
                       coverage_missing(&shared->coverage) > 0;
         more++)
        good = run_child(shared->seed + 1, time(NULL) + seconds);
    int result = good ? 0 : verbose ? (show_calls(), 1) : report_finding(arguments[0]);
    printf("%" PRIu64 " calls in %" PRIu64 " events and configurations of %" PRIu64 " seeds; %" PRIu64
           " ended by a limit\n",
           shared->calls, shared->steps, (shared->seed - first + 1), shared->overruns);
    if (!verbose && good) result = coverage_report(&shared->coverage, shared->calls >= CALLS_FOR_ALL);
    remove_directory();
    return result;
}
