/* A whole sink: appends events to a file. Built against the installed headers alone:
 *     cc -std=gnu17 -shared -fPIC -fvisibility=hidden -o sink_minimal.so sink_minimal.c
 * Drop the .so into a directory that the configuration names in `modules`, then:
 *     sink "mine" { type = "minimal", path = "/tmp/events.ndjson" } */
#include <errno.h>
#include <postern/kit.h>
#include <stdlib.h>
#include <unistd.h>

struct minimal_sink {
    char path[4096];
    FILE *out;
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    postern_text path = {0};
    struct minimal_sink *sink = calloc(1, sizeof *sink);
    host->option_text(host, "path", &path); /* required below, so it is there */
    if (!(*self = sink)) return kit_no_memory(error);
    snprintf(sink->path, sizeof sink->path, "%.*s", (int)path.size, path.data);
    return POSTERN_OK;
}
static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    struct minimal_sink *sink = self;
    if ((sink->out = fopen(sink->path, "a"))) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_IO, NULL, "cannot open %s: %s", sink->path, strerror(errno));
}
static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    struct minimal_sink *sink = self;
    for (size_t i = 0; i < batch->count; i++)
        fwrite(batch->events[i]->text.data, 1, batch->events[i]->text.size, sink->out),
            fputc('\n', sink->out);
    /* Safe means on the disk: what was only given to the system is lost with the machine's power. */
    if (!ferror(sink->out) && fflush(sink->out) == 0 && fsync(fileno(sink->out)) == 0) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_IO, NULL, "cannot write %s: %s", sink->path, strerror(errno));
} /* after a failure the core calls close, backs off, calls open and sends the same batch again */

static void close_sink(void *self)
{
    fclose(((struct minimal_sink *)self)->out);
}
static const postern_option path = {sizeof path, POSTERN_OPTION_REQUIRED, POSTERN_OPTION_PATH, .name = "path",
                                    .help = "where to append"};
static const postern_option *const options[] = {&path, NULL};
static const postern_sink sink = {sizeof sink,        .name = "minimal",    .title = "the smallest sink",
                                  .options = options, .create = create,     .destroy = free,
                                  .open = open_sink,  .write = write_batch, .close = close_sink};
KIT_MODULE(.name = "minimal", .version = "1.0", .summary = "An example",
           .sinks = KIT_LIST(postern_sink, &sink));
