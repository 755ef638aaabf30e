/* A whole sink: appends events to a file. Built against the installed header alone:
 *     cc -std=gnu17 -shared -fPIC -fvisibility=hidden -o sink_minimal.so sink_minimal.c
 * Drop the .so into a directory that the configuration names in `modules`, then:
 *     sink "mine" { type = "minimal", path = "/tmp/events.ndjson" } */
#include <errno.h>
#include <postern/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct minimal_sink {
    char *path;
    FILE *out;
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    postern_text path = {0};
    struct minimal_sink *sink = calloc(1, sizeof *sink);
    host->option_text(host, "path", &path); /* required below, so it is there */
    if (!sink || !(sink->path = strndup(path.data, path.size))) return free(sink), POSTERN_E_MEMORY;
    *self = sink;
    return POSTERN_OK;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    struct minimal_sink *sink = self;
    if ((sink->out = fopen(sink->path, "a")) != NULL) return POSTERN_OK;
    snprintf(error->message, sizeof error->message, "cannot open the file: %s", strerror(errno));
    return POSTERN_E_IO; /* the core backs off and calls open again */
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    struct minimal_sink *sink = self;
    for (size_t i = 0; i < batch->count; i++)
        fprintf(sink->out, "%.*s\n", (int)batch->events[i]->text.size, batch->events[i]->text.data);
    if (fflush(sink->out) == 0) return POSTERN_OK;
    snprintf(error->message, sizeof error->message, "cannot write the file: %s", strerror(errno));
    return POSTERN_E_IO; /* the core calls close, backs off, calls open and sends the batch again */
}

static void close_sink(void *self)
{
    fclose(((struct minimal_sink *)self)->out);
}

static void destroy(void *self)
{
    free(((struct minimal_sink *)self)->path), free(self);
}

static const postern_option path = {.size = sizeof path,
                                    .flags = POSTERN_OPTION_REQUIRED,
                                    .type = POSTERN_OPTION_PATH,
                                    .name = "path",
                                    .help = "where to append"};
static const postern_option *const options[] = {&path, NULL};
static const postern_sink sink = {.size = sizeof sink,
                                  .name = "minimal",
                                  .title = "the smallest sink",
                                  .options = options,
                                  .create = create,
                                  .open = open_sink,
                                  .write = write_batch,
                                  .close = close_sink,
                                  .destroy = destroy};
static const postern_sink *const sinks[] = {&sink, NULL};
const postern_module postern_module_entry = {.size = sizeof(postern_module),
                                             .magic = POSTERN_MODULE_MAGIC,
                                             .abi_major = POSTERN_ABI_MAJOR,
                                             .abi_minor = POSTERN_ABI_MINOR,
                                             .name = "minimal",
                                             .version = "1.0",
                                             .summary = "An example",
                                             .sinks = sinks};
