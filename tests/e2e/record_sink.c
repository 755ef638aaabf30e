/* Sinks for tests: each batch is appended to a file, whole and safe on disk, before the answer. "record"
 * takes one batch at a time, "record-many" several; both are promised the same batches after a crash. */
#include <fcntl.h>
#include <postern/kit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct recorder {
    char *path;
    int fd;
    pthread_mutex_t lock;
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    (void)error;
    postern_text path = {NULL, 0};
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder) return POSTERN_E_MEMORY;
    host->option_text(host, "path", &path);
    recorder->path = strndup(path.data, path.size);
    recorder->fd = -1;
    pthread_mutex_init(&recorder->lock, NULL);
    *self = recorder;
    return POSTERN_OK;
}

static void destroy(void *self)
{
    struct recorder *recorder = self;
    pthread_mutex_destroy(&recorder->lock);
    free(recorder->path);
    free(recorder);
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    (void)call, (void)state, (void)count, (void)error;
    struct recorder *recorder = self;
    recorder->fd = open(recorder->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    /* The last batch may have been cut off within a line. */
    return recorder->fd >= 0 && write(recorder->fd, "\n", 1) == 1 ? POSTERN_OK : POSTERN_E_IO;
}

static void close_sink(void *self)
{
    struct recorder *recorder = self;
    close(recorder->fd);
}

/* "batch DELIVERY ID COUNT", a line "ID TEXT" for each event, "end". */
static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    (void)call, (void)result, (void)error;
    struct recorder *recorder = self;
    char *bytes = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&bytes, &size);
    if (!memory) return POSTERN_E_MEMORY;
    fprintf(memory, "batch %.*s %llu %zu\n", (int)batch->delivery.size, batch->delivery.data,
            (unsigned long long)batch->id, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        const postern_sink_event *event = batch->events[i];
        fprintf(memory, "%.*s %.*s\n", (int)event->id.size, event->id.data, (int)event->text.size,
                event->text.data);
    }
    fputs("end\n", memory);
    fclose(memory);
    pthread_mutex_lock(&recorder->lock);
    bool safe = write(recorder->fd, bytes, size) == (ssize_t)size && fdatasync(recorder->fd) == 0;
    pthread_mutex_unlock(&recorder->lock);
    free(bytes);
    return safe ? POSTERN_OK : POSTERN_E_IO;
}

static const postern_option path = {.size = sizeof path,
                                    .flags = POSTERN_OPTION_REQUIRED,
                                    .type = POSTERN_OPTION_PATH,
                                    .name = "path",
                                    .help = "where to append"};
static const postern_option *const options[] = {&path, NULL};

#define RECORDER(name_, flags_)                                                                              \
    {                                                                                                        \
        .size = sizeof(postern_sink), .flags = (flags_), .name = (name_), .title = "for tests",              \
        .options = options, .create = create, .destroy = destroy, .open = open_sink, .write = write_batch,   \
        .close = close_sink                                                                                  \
    }
static const postern_sink one = RECORDER("record", POSTERN_SINK_STABLE_BATCHES);
static const postern_sink many =
    RECORDER("record-many", POSTERN_SINK_STABLE_BATCHES | POSTERN_SINK_CONCURRENT);
KIT_MODULE(.name = "record", .version = "1.0", .summary = "for tests",
           .sinks = KIT_LIST(postern_sink, &one, &many));
