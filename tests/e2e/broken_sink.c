/* A sink that appends lines to a file as it should, but for one flaw, chosen when it is compiled (FLAW_...):
 * what `postern module test` is to find. FLAW_TWO and FLAW_WORDLESS are
 * none: a second sink, and failures whose status speaks for itself. */
#include <errno.h>
#include <locale.h>
#include <postern/kit.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define IS_LARGE 500 /* events; only a check that interrupts hands over so many */

struct broken_sink {
    const postern_host *host;
    char path[4096];
    FILE *out;
    int opened;
    uint64_t last_batch;
    pthread_t thread;
    pid_t started;
    bool has_thread;
};

#ifdef FLAW_EXPORTS
POSTERN_EXPORT int broken_helper(void);
int broken_helper(void)
{
    return 1;
}
#endif

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    postern_text path = {0}, note = {0};
    struct broken_sink *sink = calloc(1, sizeof *sink);
    host->option_text(host, "path", &path);
    if (!(*self = sink)) return kit_no_memory(error);
    sink->host = host;
    snprintf(sink->path, sizeof sink->path, "%.*s", (int)path.size, path.data);
    host->option_text(host, "note", &note);
#ifdef FLAW_OPTIONS
    char *volatile place = note.size > 1000 ? NULL : sink->path;
    *place = *place ? *place : '/';
#endif
#ifdef FLAW_CREATE
    *(char *volatile *)&note.data = malloc(100);
#endif
#ifdef FLAW_HANG
    posix_spawn(&sink->started, "/bin/sleep", NULL, NULL, (char *[]){"sleep", "1000", NULL}, NULL);
    for (struct timespec long_time = {1000, 0}; nanosleep(&long_time, &long_time) < 0;)
        continue;
#endif
    return POSTERN_OK;
}

#ifdef FLAW_THREADS
static void *wait_for_ever(void *argument)
{
    for (;;)
        pause();
    return argument;
}
#endif

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    struct broken_sink *sink = self;
    (void)call, (void)state, (void)count;
#ifdef FLAW_REOPEN
    if (sink->opened++ > 2) return kit_fail(error, POSTERN_E_RETRY, NULL, "it is open already");
#endif
#ifdef FLAW_PROCESS
    setlocale(LC_ALL, "C.UTF-8");
#endif
#ifdef FLAW_THREADS
    sink->has_thread = sink->has_thread || pthread_create(&sink->thread, NULL, wait_for_ever, NULL) == 0;
#endif
    if ((sink->out = fopen(sink->path, "a"))) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_IO, NULL, "cannot open %s: %s", sink->path, strerror(errno));
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    struct broken_sink *sink = self;
    (void)call, (void)result;
#ifdef FLAW_WRITE
    raise(SIGSEGV);
#endif
#ifdef FLAW_EXIT
    exit(0);
#endif
#ifdef FLAW_INTERRUPT
    for (struct timespec long_time = {1000, 0};
         batch->count >= IS_LARGE && nanosleep(&long_time, &long_time) < 0;)
        continue;
#endif
#ifdef FLAW_SILENT
    for (struct timespec long_time = {1000, 0}; nanosleep(&long_time, &long_time) < 0;)
        continue;
#endif
#ifdef FLAW_STOPPED
    while (batch->count >= IS_LARGE && !sink->host->stopping(sink->host))
        usleep(1000);
    if (batch->count >= IS_LARGE && sink->host->stopping(sink->host))
        return kit_fail(error, POSTERN_E_RETRY, NULL, "somebody wants it to stop");
#endif
#ifdef FLAW_AGAIN
    if (batch->id == sink->last_batch || batch->attempt > 1)
        return kit_fail(error, POSTERN_E_INVALID, NULL, "this batch was here before");
    sink->last_batch = batch->id;
#endif
    for (size_t i = 0; i < batch->count; i++) {
        const postern_sink_event *event = batch->events[i];
#ifdef FLAW_SHAPES
        if (!(event->flags & POSTERN_EVENT_JSON))
            return kit_fail(error, POSTERN_E_IO, NULL, "this is no JSON");
#endif
#ifdef FLAW_BATCH
        *(char *)(uintptr_t)event->text.data = ' ';
#endif
#ifdef FLAW_RECEIVER
        if (i % 7 == 6) continue;
#endif
        fwrite(event->text.data, 1, event->text.size, sink->out);
        fputc('\n', sink->out);
    }
#ifdef FLAW_RESULT
    result->reject(result, batch->count, "one too many");
#endif
#ifdef FLAW_ERRORS
    return POSTERN_E_PROTOCOL;
#endif
#ifdef FLAW_WORDLESS
    if (batch->attempt == 1) return POSTERN_E_RETRY;
#endif
    if (!ferror(sink->out) && fflush(sink->out) == 0) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_IO, NULL, "cannot write %s: %s", sink->path, strerror(errno));
}

static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    (void)self, (void)call, (void)result;
#ifdef FLAW_IDLE
    return kit_fail(error, POSTERN_E_IO, NULL, "there is nothing to do");
#else
    (void)error;
    return POSTERN_OK;
#endif
}

static void close_sink(void *self)
{
    struct broken_sink *sink = self;
    fclose(sink->out);
}

static const postern_option path = {.size = sizeof path,
                                    .flags = POSTERN_OPTION_REQUIRED,
                                    .type = POSTERN_OPTION_PATH,
                                    .name = "path",
                                    .help = "where to append"};
static const postern_option note_option = {
    .size = sizeof note_option, .type = POSTERN_OPTION_TEXT, .name = "note", .help = "a word about it"};
static const postern_option *const options[] = {&path, &note_option, NULL};
static const postern_sink sink = {.size = sizeof sink,
                                  .name = "broken",
                                  .title = "a sink with a flaw",
                                  .options = options,
                                  .create = create,
                                  .destroy = free,
                                  .open = open_sink,
                                  .write = write_batch,
                                  .idle = idle,
                                  .close = close_sink};
#ifdef FLAW_TWO
static const postern_sink other = {.size = sizeof other,
                                   .name = "other",
                                   .title = "a second sink of the module",
                                   .options = options,
                                   .create = create,
                                   .destroy = free,
                                   .open = open_sink,
                                   .write = write_batch,
                                   .close = close_sink};
static const postern_sink *const sinks[] = {&sink, &other, NULL};
#else
static const postern_sink *const sinks[] = {&sink, NULL};
#endif
const postern_module postern_module_entry = {.size = sizeof(postern_module),
                                             .magic = POSTERN_MODULE_MAGIC,
                                             .abi_major = POSTERN_ABI_MAJOR,
                                             .abi_minor = POSTERN_ABI_MINOR,
                                             .name = "broken",
                                             .version = "1.0",
                                             .summary = "A module with a flaw",
                                             .sinks = sinks};
