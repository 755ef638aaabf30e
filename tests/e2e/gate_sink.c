/* A sink for tests: appends events to a file; a write does not come back while the file named by `gate`
 * exists. */
#include <fcntl.h>
#include <postern/kit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct gate {
    char *path, *gate;
    FILE *out;
};

static char *option(const postern_host *host, const char *name)
{
    postern_text text = {NULL, 0};
    host->option_text(host, name, &text);
    return text.data ? strndup(text.data, text.size) : NULL;
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    (void)error;
    struct gate *sink = calloc(1, sizeof *sink);
    if (!sink) return POSTERN_E_MEMORY;
    sink->path = option(host, "path");
    sink->gate = option(host, "gate");
    *self = sink;
    return POSTERN_OK;
}

static void destroy(void *self)
{
    struct gate *sink = self;
    free(sink->path);
    free(sink->gate);
    free(sink);
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    (void)call, (void)state, (void)count, (void)error;
    struct gate *sink = self;
    sink->out = fopen(sink->path, "ae");
    return sink->out ? POSTERN_OK : POSTERN_E_IO;
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    (void)call, (void)result, (void)error;
    struct gate *sink = self;
    char waiting[4096];
    snprintf(waiting, sizeof waiting, "%s.waiting", sink->gate);
    while (access(sink->gate, F_OK) == 0) {
        close(open(waiting, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    for (size_t i = 0; i < batch->count; i++) {
        fwrite(batch->events[i]->text.data, 1, batch->events[i]->text.size, sink->out);
        fputc('\n', sink->out);
    }
    return fflush(sink->out) == 0 ? POSTERN_OK : POSTERN_E_IO;
}

static void close_sink(void *self)
{
    struct gate *sink = self;
    fclose(sink->out);
}

static const postern_option path = {.size = sizeof path,
                                    .flags = POSTERN_OPTION_REQUIRED,
                                    .type = POSTERN_OPTION_PATH,
                                    .name = "path",
                                    .help = "where to append"};
static const postern_option gate = {.size = sizeof gate,
                                    .flags = POSTERN_OPTION_REQUIRED,
                                    .type = POSTERN_OPTION_PATH,
                                    .name = "gate",
                                    .help = "while it exists, writes wait"};
static const postern_option *const options[] = {&path, &gate, NULL};
static const postern_sink sink = {.size = sizeof sink,
                                  .name = "gate",
                                  .title = "a sink that waits",
                                  .options = options,
                                  .create = create,
                                  .destroy = destroy,
                                  .open = open_sink,
                                  .write = write_batch,
                                  .close = close_sink};
KIT_MODULE(.name = "gate", .version = "1.0", .summary = "for tests", .sinks = KIT_LIST(postern_sink, &sink));
