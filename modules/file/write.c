/* A batch into its files: each is made ready, then each gets its lines at once and is synced, and only then
 * the new lengths are told to the core. More files than may be open at once are closed and opened again
 * between. */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static postern_status add_lines(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                                postern_error *error)
{
    postern_status status = POSTERN_OK;
    file->written = file->length;
    sink->buffered = 0;
    for (size_t i = lines_first(file, sorted); i != NO_EVENT && status >= 0; i = sorted->next_event[i])
        status = add_line(sink, file, sorted->batch->events[i]->text, error);
    return status >= 0 ? flush(sink, file, error) : status;
}

/* Whoever copies a file and then cuts it to nothing may do so while we write: then our lines are gone, or
 * stand behind a hole. */
static bool was_cut(const struct file *file)
{
    struct stat status;
    char before = '\n', first = '\n';
    if (fstat(file->fd, &status) == 0 && status.st_size == 0) return file->written > 0;
    if (file->length > 0 && pread(file->fd, &before, 1, file->length - 1) < 0) return false;
    if (file->written > file->length && pread(file->fd, &first, 1, file->length) < 0) return false;
    return before == '\0' || first == '\0';
}

/* Synced before it may be closed for the next one. */
static postern_status write_lines(struct file_sink *sink, struct file *file,
                                  const struct sorted_batch *sorted, postern_error *error)
{
    postern_status status = file->fd < 0 ? file_reopen(sink, file, error) : POSTERN_OK;
    if (status >= 0) status = add_lines(sink, file, sorted, error);
    if (status >= 0 && was_cut(file) && ftruncate(file->fd, 0) == 0) {
        file_warn(sink, POSTERN_LOG_INFO, "%s was cut to nothing by someone else while it was written to",
                  file->path);
        file->length = file->surplus = 0;
        status = add_lines(sink, file, sorted, error);
    }
    if (status >= 0 && sink->syncs && fdatasync(file->fd) < 0)
        status = file_fail(error, POSTERN_E_RETRY, errno, "cannot sync", file->path);
    return status;
}

/* To what it was before the batch; what someone else has added meanwhile is left. */
static bool cut_back(struct file_sink *sink, const struct file *file)
{
    struct stat status;
    off_t before = file->length + file->surplus;
    int fd = file->fd >= 0 ? file->fd : below_open(sink, file->path, O_RDWR);
    bool done = fd >= 0 && fstat(fd, &status) == 0 && status.st_ino == file->inode &&
                status.st_size <= (file->written > before ? file->written : before) &&
                (status.st_size <= before || ftruncate(fd, before) == 0);
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
                      "%s cannot be cut back now; what is there is compared with the batch that comes again",
                      file->path);
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
        postern_status status = file_prepare(sink, file, sorted, now_ms, result, error);
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

/* ---- Which batches may be in the files already ---- */

/* At most one batch of all is unconfirmed after a crash, and it comes again as its delivery's first; a dead
 * letter that is tried again is a batch between. */
static bool may_repeat(const struct file_sink *sink, const postern_batch *batch)
{
    if (kit_is_letter(batch)) return true;
    for (size_t i = 0; i < sink->served_count; i++)
        if (kit_equal(kit_text(sink->served[i].delivery), batch->delivery)) return false;
    return true;
}

static postern_status note_served(struct file_sink *sink, const postern_batch *batch)
{
    if (kit_is_letter(batch) || !may_repeat(sink, batch)) return POSTERN_OK;
    struct served *grown = realloc(sink->served, (sink->served_count + 1) * sizeof *grown);
    if (!grown) return POSTERN_E_MEMORY;
    sink->served = grown;
    struct served *served = &sink->served[sink->served_count++];
    snprintf(served->delivery, sizeof served->delivery, "%.*s", (int)batch->delivery.size,
             batch->delivery.size ? batch->delivery.data : "");
    return POSTERN_OK;
}

/* ---- A batch ---- */

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
        off_t added = file->written - file->length;
        file->surplus = file->surplus > added ? file->surplus - added : 0;
        file->length = file->written;
        file->used_ms = now_ms;
        file->writer = text_digest(sorted->batch->delivery);
        astray_forget_answered(file);
        status = record_set(file, result);
        if (status >= 0 && file->former) {
            file->former->length = file->former->written = file->former->length + file->former_lines;
            status = record_set(file->former, result);
        }
    }
    return status >= 0 ? note_served(sink, sorted->batch) : status;
}

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct file_sink *sink = self;
    struct sorted_batch sorted = {
        .batch = batch,
        .next_event = sink->host->allocate(sink->host, call->arena, batch->count * sizeof(size_t)),
        .last = &sorted.first,
        .may_repeat = may_repeat(sink, batch)};
    if (!sorted.next_event) return POSTERN_E_MEMORY;
    postern_status status = below_check_root(sink, error);
    if (status >= 0) status = sort(sink, &sorted, result, error);
    if (status >= 0) status = prepare(sink, &sorted, call->steady_ms, result, error);
    if (status == POSTERN_OK) status = write_sorted(sink, &sorted, call->steady_ms, result, error);
    for (struct file *file = sorted.first; file; file = file->next_wanted)
        file->wanted = false;
    return status;
}
