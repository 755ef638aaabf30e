#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A record of a file that was not written to for so long is forgotten: replays reach back less far. */
#define RECORD_KEPT_MS (8 * 86400000LL)

static int64_t integer_option(const postern_host *host, const char *name)
{
    int64_t value = 0;
    host->option_integer(host, name, &value);
    return value;
}

static bool read_mode(const postern_host *host, mode_t *mode)
{
    postern_text text = {0};
    char digits[8] = "", *end = digits;
    host->option_text(host, "mode", &text);
    if (text.size < sizeof digits) memcpy(digits, text.data, text.size);
    *mode = (mode_t)strtoul(digits, &end, 8);
    return *end == '\0' && end != digits && (*mode & ~(mode_t)0666) == 0;
}

static void destroy(void *self)
{
    struct file_sink *sink = self;
    free(sink->template);
    free(sink->buffer);
    free(sink);
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    postern_text path = {0};
    host->option_text(host, "path", &path);
    struct file_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return POSTERN_E_MEMORY;
    *sink = (struct file_sink){.host = host,
                               .log = host->service(host, POSTERN_SERVICE_LOG),
                               .failpoint = host->service(host, "failpoint/1"),
                               .template = strndup(path.data, path.size),
                               .directory = -1,
                               .buffer = malloc(BUFFER_SIZE),
                               .rotate_size = integer_option(host, "rotate_size"),
                               .rotate_age_ms = integer_option(host, "rotate_age"),
                               .keep = integer_option(host, "keep"),
                               .open_files = integer_option(host, "open_files"),
                               .compress = integer_option(host, "compress") != 0};
    bool mode_is_valid = read_mode(host, &sink->mode);
    if (sink->template && sink->buffer && mode_is_valid) {
        sink->fixed = template_fixed(sink->template);
        *self = sink;
        return POSTERN_OK;
    }
    destroy(sink);
    if (mode_is_valid) return POSTERN_E_MEMORY;
    return kit_fail(error, POSTERN_E_CONFIG, NULL,
                    "mode must be octal read and write rights such as \"0640\"");
}

static void close_all(void *self)
{
    struct file_sink *sink = self;
    for (struct file *file = sink->files, *next; file; file = next) {
        next = file->next;
        file_close(file);
        free(file->path);
        free(file);
    }
    sink->files = NULL;
    if (sink->directory >= 0) close(sink->directory);
    sink->directory = -1;
}

static struct file *find_file(struct file_sink *sink, const char *path)
{
    for (struct file *file = sink->files; file; file = file->next)
        if (strcmp(file->path, path) == 0) return file;
    struct file *file = calloc(1, sizeof *file);
    char *copy = file ? strdup(path) : NULL;
    if (!copy) {
        free(file);
        return NULL;
    }
    *file = (struct file){.next = sink->files, .path = copy, .fd = -1};
    return sink->files = file;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    struct file_sink *sink = self;
    (void)call;
    postern_status status = below_open_root(sink, error);
    for (size_t i = 0; i < state_count && status >= 0; i++) {
        char path[PATH_LIMIT];
        if (state[i].name.size >= sizeof path) continue;
        memcpy(path, state[i].name.data, state[i].name.size);
        path[state[i].name.size] = '\0';
        struct file *file = find_file(sink, path);
        if (!file)
            status = POSTERN_E_MEMORY;
        else if (record_read(state[i].value, file)) {
            status = record_recover(sink, file, error);
            if (status >= 0) rotation_finish(sink, file);
        }
    }
    if (status < 0) close_all(sink);
    return status;
}

/* ---- Writing ---- */

static postern_status flush(struct file_sink *sink, struct file *file, postern_error *error)
{
    for (size_t done = 0; done < sink->buffered;) {
        ssize_t written = pwrite(file->fd, sink->buffer + done, sink->buffered - done, file->written);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_fail(error, POSTERN_E_RETRY, errno, "cannot write", file->path);
        done += (size_t)written;
        file->written += written;
    }
    sink->buffered = 0;
    return POSTERN_OK;
}

static void copy_line(char *to, postern_text line)
{
    memcpy(to, line.data, line.size);
    to[line.size] = '\n';
}

static postern_status add_line(struct file_sink *sink, struct file *file, postern_text line,
                               postern_error *error)
{
    if (sink->buffered + line.size + 1 > BUFFER_SIZE) {
        postern_status status = flush(sink, file, error);
        if (status < 0) return status;
    }
    if (line.size + 1 <= BUFFER_SIZE) {
        copy_line(sink->buffer + sink->buffered, line);
        sink->buffered += line.size + 1;
        return POSTERN_OK;
    }
    for (size_t done = 0; done < line.size; done += BUFFER_SIZE - 1) {
        size_t part = line.size - done < BUFFER_SIZE - 1 ? line.size - done : BUFFER_SIZE - 1;
        copy_line(sink->buffer, (postern_text){line.data + done, part});
        sink->buffered = done + part == line.size ? part + 1 : part;
        postern_status status = flush(sink, file, error);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static postern_status write_lines(struct file_sink *sink, struct file *file, const postern_batch *batch,
                                  struct file *const *targets, postern_error *error)
{
    postern_status status = POSTERN_OK;
    file->written = file->length;
    sink->buffered = 0;
    for (size_t i = 0; i < batch->count && status >= 0; i++)
        if (targets[i] == file) status = add_line(sink, file, batch->events[i]->text, error);
    if (status >= 0) status = flush(sink, file, error);
    if (status >= 0 && fdatasync(file->fd) < 0)
        status = file_fail(error, POSTERN_E_RETRY, errno, "cannot sync", file->path);
    return status;
}

/* Undoes a batch that did not get to its end: no file keeps half a batch or a broken line. */
static void undo(struct file_sink *sink)
{
    for (struct file *file = sink->files; file; file = file->next) {
        if (!file->wanted || file->fd < 0 || file->written == file->length) continue;
        if (ftruncate(file->fd, file->length) < 0)
            file_warn(sink, POSTERN_LOG_WARNING,
                      "%s cannot be cut back now; that is done when it is opened again", file->path);
        file->written = file->length;
    }
}

/* Which file each event goes to; events in a row mostly share theirs. */
static postern_status choose_targets(struct file_sink *sink, const postern_batch *batch,
                                     struct file **targets, postern_error *error)
{
    char path[PATH_LIMIT], last[PATH_LIMIT] = "";
    for (struct file *file = sink->files; file; file = file->next)
        file->wanted = false;
    for (size_t i = 0; i < batch->count; i++) {
        if (!template_expand(sink, batch->events[i], path))
            return file_fail(error, POSTERN_E_CONFIG, ENAMETOOLONG, "cannot use the path", sink->template);
        targets[i] = i > 0 && strcmp(path, last) == 0 ? targets[i - 1] : find_file(sink, path);
        if (!targets[i]) return POSTERN_E_MEMORY;
        targets[i]->wanted = true;
        memcpy(last, path, sizeof last);
    }
    return POSTERN_OK;
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    struct file_sink *sink = self;
    struct file **targets =
        sink->host->allocate(sink->host, call->arena, batch->count * sizeof(struct file *));
    if (!targets) return POSTERN_E_MEMORY;
    postern_status status = choose_targets(sink, batch, targets, error);
    if (status < 0) return status;
    bool changed = false;
    for (struct file *file = sink->files; file; file = file->next) {
        if (!file->wanted) continue;
        status = file_prepare(sink, file, call->now_ms, result, error);
        if (status < 0) return status;
        changed = changed || status == POSTERN_COMMIT_STATE;
    }
    if (changed) return POSTERN_COMMIT_STATE;
    for (struct file *file = sink->files; file && status >= 0; file = file->next)
        if (file->wanted) status = write_lines(sink, file, batch, targets, error);
    if (status < 0) {
        undo(sink);
        return status;
    }
    for (struct file *file = sink->files; file && status >= 0; file = file->next) {
        if (!file->wanted) continue;
        file->length = file->written;
        file->used_ms = call->now_ms;
        status = record_set(file, result);
    }
    return status;
}

/* Rotation by age, and forgetting records of files that nothing was written to for long. */
static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    struct file_sink *sink = self;
    bool changed = false;
    for (struct file **link = &sink->files; *link;) {
        struct file *file = *link;
        if (call->now_ms - file->used_ms > RECORD_KEPT_MS) {
            postern_status status = result->set_state(result, kit_text(file->path), kit_text(""));
            if (status < 0) return status;
            *link = file->next;
            file_close(file);
            free(file->path);
            free(file);
            continue;
        }
        if (file->rotating || rotation_is_due(sink, file, call->now_ms)) {
            postern_status status = file_prepare(sink, file, call->now_ms, result, error);
            if (status < 0) return status;
            changed = changed || status == POSTERN_COMMIT_STATE;
        }
        link = &file->next;
    }
    return changed ? POSTERN_COMMIT_STATE : POSTERN_OK;
}

#define OPTION(type_, name_, default_, help_, ...)                                                           \
    &(const postern_option)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_option), .type = POSTERN_OPTION_##type_, .name = name_,                       \
        .default_value = default_, .help = help_, __VA_ARGS__                                                \
    }

static const postern_option *const options[] = {
    OPTION(PATH, "path", NULL,
           "where to write; may hold %{account} %{source} %{stream} %{type} %{date} (UTC day of receipt)",
           .flags = POSTERN_OPTION_REQUIRED | POSTERN_OPTION_TEMPLATES),
    OPTION(SIZE, "rotate_size", "0B", "begin a new file when this size is reached; 0B = never", ),
    OPTION(DURATION, "rotate_age", "0s", "begin a new file when the first line is this old; 0s = never", ),
    OPTION(BOOLEAN, "compress", "false", "pack rotated files with gzip", ),
    OPTION(INTEGER, "keep", "0", "how many rotated files of a path to keep; 0 = all", .minimum = 0,
           .maximum = INT32_MAX),
    OPTION(TEXT, "mode", "0640", "rights of new files, octal", ),
    OPTION(INTEGER, "open_files", "64", "the most files to hold open at once", .minimum = 1,
           .maximum = 100000),
    NULL,
};

static const postern_sink file_sink = {
    .size = sizeof(postern_sink),
    .flags = POSTERN_SINK_STABLE_BATCHES, /* what a crash left half done comes again as it was */
    .name = "file",
    .title = "NDJSON files, exactly once",
    .options = options,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = write_batch,
    .idle = idle,
    .close = close_all,
};

static const postern_sink *const sinks[] = {&file_sink, NULL};

const postern_module postern_module_entry = {
    .size = sizeof(postern_module),
    .magic = POSTERN_MODULE_MAGIC,
    .abi_major = POSTERN_ABI_MAJOR,
    .abi_minor = POSTERN_ABI_MINOR,
    .name = "file",
    .version = POSTERN_VERSION,
    .summary = "Writes events to files, one per line",
    .sinks = sinks,
};
