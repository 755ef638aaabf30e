#include "exec_sink.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

bool lines_begin(struct lines *lines, int fd, size_t limit)
{
    *lines = (struct lines){.fd = fd, .data = malloc(limit + 1), .limit = limit};
    return lines->data != NULL;
}

void lines_end(struct lines *lines)
{
    if (lines->fd >= 0) close(lines->fd);
    free(lines->data);
    *lines = (struct lines){.fd = -1};
}

bool lines_read(struct lines *lines)
{
    memmove(lines->data, lines->data + lines->taken, lines->size - lines->taken);
    lines->size -= lines->taken;
    lines->taken = 0;
    if (lines->fd < 0 || lines->at_end) return false;
    /* With room for the longest line and its end there is always room here: a longer one was cut. */
    ssize_t got = read(lines->fd, lines->data + lines->size, lines->limit + 1 - lines->size);
    if (got > 0) lines->size += (size_t)got;
    lines->at_end = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    return got > 0;
}

enum line_step lines_next(struct lines *lines, postern_text *line)
{
    for (;;) {
        char *begin = lines->data + lines->taken;
        size_t left = lines->size - lines->taken;
        char *end = left ? memchr(begin, '\n', left) : NULL;
        if (!end && lines->at_end && lines->takes_rest && left) end = begin + left;
        if (!end && left <= lines->limit) return LINE_NOT_YET;
        size_t size = end ? (size_t)(end - begin) : left;
        bool was_cut = lines->is_cut;
        lines->taken += end && size < left ? size + 1 : size;
        lines->is_cut = !end;
        if (was_cut) continue; /* the rest of one that was said already */
        *line = kit_span(begin, size < lines->limit ? size : lines->limit);
        return end ? LINE_THERE : LINE_TOO_LONG;
    }
}
