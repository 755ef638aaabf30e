/* The sink "stdout": one line of JSON per event on standard output, for pipes and for trying things out. At
 * least once: a pipe cannot be asked what it has read. Lines are exact but on a terminal, which they must not
 * steer. */
#include "terminal.h"
#include <errno.h>
#include <postern/kit.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static postern_status open_stdout(void *self, const postern_call *call, const postern_pair *state,
                                  size_t state_count, postern_error *error)
{
    (void)self, (void)call, (void)state, (void)state_count, (void)error;
    return POSTERN_OK;
}

static postern_status write_parts(struct iovec *part, int count, postern_error *error)
{
    while (count) {
        ssize_t written = writev(STDOUT_FILENO, part, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            char reason[128];
            return kit_fail(error, POSTERN_E_RETRY, NULL, "cannot write to standard output: %s",
                            strerror_r(errno, reason, sizeof reason));
        }
        for (; count && (size_t)written >= part->iov_len; part++, count--)
            written -= (ssize_t)part->iov_len;
        if (count) {
            part->iov_base = (char *)part->iov_base + written;
            part->iov_len -= (size_t)written;
        }
    }
    return POSTERN_OK;
}

static postern_status write_line(postern_text line, postern_error *error)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)line.data, line.size}, {(void *)(uintptr_t) "\n", 1}};
    return write_parts(parts, 2, error);
}

/* The same for a terminal; the line break with its line, so that what others write there does not come
 * between. */
static postern_status show_line(postern_text line, postern_error *error)
{
    char shown[4096];
    size_t size = 0;
    const char *at = line.data, *end = kit_end(line);
    while (at < end) {
        size += terminal_next(&at, end, shown + size);
        if (size < sizeof shown - SHOWN_SIZE) continue;
        postern_status status = write_parts(&(struct iovec){shown, size}, 1, error);
        if (status < 0) return status;
        size = 0;
    }
    shown[size++] = '\n';
    return write_parts(&(struct iovec){shown, size}, 1, error);
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    (void)self, (void)call, (void)result;
    bool terminal = isatty(STDOUT_FILENO);
    for (size_t i = 0; i < batch->count; i++) {
        postern_text line = batch->events[i]->text;
        postern_status status = terminal ? show_line(line, error) : write_line(line, error);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static const postern_sink stdout_sink = {
    .size = sizeof(postern_sink),
    .name = "stdout",
    .title = "events on standard output, one per line",
    .open = open_stdout,
    .write = write_batch,
};

KIT_MODULE(.name = "stdout", .version = POSTERN_VERSION, .summary = "Writes events to standard output",
           .sinks = KIT_LIST(postern_sink, &stdout_sink));
