/* A batch into its files: each is made ready, then each gets its lines at once and is synced, and only then
 * the new lengths are told to the core. More files than may be open at once are closed and opened again
 * between. */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NO_EVENT SIZE_MAX

/* The batch in hand by file. */
struct sorted_batch {
    const postern_batch *batch;
    size_t *next_event; /* of the same file */
    struct file *first, **last;
};

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

/* Synced before it may be closed for the next one. */
static postern_status write_lines(struct file_sink *sink, struct file *file,
                                  const struct sorted_batch *sorted, postern_error *error)
{
    postern_status status = file->fd < 0 ? file_reopen(sink, file, error) : POSTERN_OK;
    file->written = file->length;
    sink->buffered = 0;
    for (size_t i = file->first_event; i != NO_EVENT && status >= 0; i = sorted->next_event[i])
        status = add_line(sink, file, sorted->batch->events[i]->text, error);
    if (status >= 0) status = flush(sink, file, error);
    if (status >= 0 && fdatasync(file->fd) < 0)
        status = file_fail(error, POSTERN_E_RETRY, errno, "cannot sync", file->path);
    return status;
}

static bool cut_back(struct file_sink *sink, const struct file *file)
{
    struct stat status;
    int fd = file->fd >= 0 ? file->fd : below_open(sink, file->path, O_RDWR);
    bool done = fd >= 0 && fstat(fd, &status) == 0 && status.st_ino == file->inode &&
                ftruncate(fd, file->length) == 0;
    if (fd >= 0 && file->fd < 0) close(fd);
    return done;
}

/* Undoes a batch that did not get to its end: no file keeps half a batch or a broken line. */
static void undo(struct file_sink *sink, const struct sorted_batch *sorted)
{
    for (struct file *file = sorted->first; file; file = file->next_wanted) {
        if (file->written == file->length) continue;
        if (!cut_back(sink, file))
            file_warn(sink, POSTERN_LOG_WARNING,
                      "%s cannot be cut back now; that is done when it is opened again", file->path);
        file->written = file->length;
    }
}

static void add_event(struct sorted_batch *sorted, struct file *file, size_t event)
{
    sorted->next_event[event] = NO_EVENT;
    if (file->wanted) {
        sorted->next_event[file->last_event] = event;
    } else {
        file->wanted = true;
        file->first_event = event;
        file->next_wanted = NULL;
        *sorted->last = file;
        sorted->last = &file->next_wanted;
    }
    file->last_event = event;
}

/* Which file each event goes to; events in a row mostly share theirs. */
static postern_status sort(struct file_sink *sink, struct sorted_batch *sorted, postern_result *result,
                           postern_error *error)
{
    char path[PATH_LIMIT];
    struct file *file = NULL;
    for (size_t i = 0; i < sorted->batch->count; i++) {
        postern_status status = template_expand(sink, sorted->batch->events[i], path, error);
        if (status == PATH_CANNOT_BE) {
            status = result->reject(result, i, error->message);
            if (status < 0) return status;
            continue;
        }
        if (!file || strcmp(path, file->path) != 0) file = files_find(sink, path);
        if (!file) return POSTERN_E_MEMORY;
        add_event(sorted, file, i);
    }
    return POSTERN_OK;
}

static postern_status reject_all(const struct sorted_batch *sorted, const struct file *file,
                                 postern_result *result, const char *reason)
{
    postern_status status = POSTERN_OK;
    for (size_t i = file->first_event; i != NO_EVENT && status >= 0; i = sorted->next_event[i])
        status = result->reject(result, i, reason);
    return status;
}

/* Makes every file ready; the events of those that cannot be are rejected. POSTERN_COMMIT_STATE: records
 * changed. */
static postern_status prepare(struct file_sink *sink, struct sorted_batch *sorted, int64_t now_ms,
                              postern_result *result, postern_error *error)
{
    bool changed = false;
    for (struct file **link = &sorted->first, *file; (file = *link) != NULL;) {
        postern_status status = file_prepare(sink, file, now_ms, result, error);
        if (status == PATH_CANNOT_BE) {
            file->rotating = file->recorded = file->wanted = false;
            *link = file->next_wanted;
            status = reject_all(sorted, file, result, error->message);
        } else {
            link = &file->next_wanted;
        }
        if (status < 0) return status;
        changed = changed || status == POSTERN_COMMIT_STATE;
    }
    return changed ? POSTERN_COMMIT_STATE : POSTERN_OK;
}

static postern_status write_sorted(struct file_sink *sink, const struct sorted_batch *sorted, int64_t now_ms,
                                   postern_result *result, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (struct file *file = sorted->first; file && status >= 0; file = file->next_wanted)
        status = write_lines(sink, file, sorted, error);
    if (status < 0) {
        undo(sink, sorted);
        return status;
    }
    for (struct file *file = sorted->first; file && status >= 0; file = file->next_wanted) {
        file->length = file->written;
        file->used_ms = now_ms;
        status = record_set(file, result);
    }
    return status;
}

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct file_sink *sink = self;
    struct sorted_batch sorted = {
        .batch = batch,
        .next_event = sink->host->allocate(sink->host, call->arena, batch->count * sizeof(size_t)),
        .last = &sorted.first};
    if (!sorted.next_event) return POSTERN_E_MEMORY;
    postern_status status = sort(sink, &sorted, result, error);
    if (status >= 0) status = prepare(sink, &sorted, call->now_ms, result, error);
    if (status == POSTERN_OK) status = write_sorted(sink, &sorted, call->now_ms, result, error);
    for (struct file *file = sorted.first; file; file = file->next_wanted)
        file->wanted = false;
    return status;
}
