/* The sink "stdout": one line of JSON per event on standard output, for pipes and for trying things out. At
 * least once: a pipe cannot be asked what it has read. */
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

static postern_status write_line(postern_text line, postern_error *error)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)line.data, line.size}, {(void *)(uintptr_t) "\n", 1}};
    struct iovec *part = parts;
    int count = 2;
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

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    (void)self, (void)call, (void)result;
    for (size_t i = 0; i < batch->count; i++) {
        postern_status status = write_line(batch->events[i]->text, error);
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

static const postern_sink *const sinks[] = {&stdout_sink, NULL};

const postern_module postern_module_entry = {
    .size = sizeof(postern_module),
    .magic = POSTERN_MODULE_MAGIC,
    .abi_major = POSTERN_ABI_MAJOR,
    .abi_minor = POSTERN_ABI_MINOR,
    .name = "stdout",
    .version = POSTERN_VERSION,
    .summary = "Writes events to standard output",
    .sinks = sinks,
};
