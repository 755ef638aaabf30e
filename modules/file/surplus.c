/* Lines behind the last confirmed one. At most one batch can be unconfirmed, and it comes again as it was: so
 * what is there is compared with it. A restored older state, other scripts or another program leave more and
 * other lines, which nobody may cut off. */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

size_t lines_first(const struct file *file, const struct sorted_batch *sorted)
{
    off_t elsewhere = file->elsewhere;
    size_t first = file->first_event;
    for (; first != NO_EVENT && elsewhere > 0; first = sorted->next_event[first])
        elsewhere -= (off_t)sorted->batch->events[first]->text.size + 1;
    return first;
}

struct reader {
    gzFile from;
    char part[16384];
    size_t at, size;
};

/* What comes next, at most `most` bytes; 0 = the end, or it cannot be read. */
static size_t next_bytes(struct reader *reader, size_t most, const char **bytes)
{
    if (reader->at == reader->size) {
        int got = gzread(reader->from, reader->part, sizeof reader->part);
        reader->at = 0;
        reader->size = got > 0 ? (size_t)got : 0;
    }
    size_t there = reader->size - reader->at;
    *bytes = reader->part + reader->at;
    if (there > most) there = most;
    reader->at += there;
    return there;
}

/* A power cut may keep blocks from the disk in front of others: NUL, which no line has, stands there. */
static bool is_same(const char *found, const char *line, size_t size, bool *torn)
{
    if (memcmp(found, line, size) == 0) return true;
    for (size_t i = 0; i < size; i++) {
        if (found[i] == line[i]) continue;
        if (found[i] != '\0') return false;
        *torn = true;
    }
    return true;
}

enum piece { PIECE_SAME, PIECE_ENDS, PIECE_DIFFERS };

static enum piece compare_piece(struct reader *reader, const char *piece, size_t size, bool *torn)
{
    while (size) {
        const char *found;
        size_t there = next_bytes(reader, size, &found);
        if (there == 0) return PIECE_ENDS;
        if (!is_same(found, piece, there, torn)) return PIECE_DIFFERS;
        piece += there;
        size -= there;
    }
    return PIECE_SAME;
}

enum likeness lines_compare(gzFile from, const struct file *file, const struct sorted_batch *sorted,
                            off_t *whole)
{
    struct reader reader = {.from = from};
    bool torn = false;
    const char *more;
    *whole = 0;
    for (size_t i = lines_first(file, sorted); i != NO_EVENT; i = sorted->next_event[i]) {
        postern_text line = sorted->batch->events[i]->text;
        enum piece piece = compare_piece(&reader, line.data, line.size, &torn);
        if (piece == PIECE_SAME) piece = compare_piece(&reader, "\n", 1, &torn);
        if (piece == PIECE_DIFFERS) return LIKE_NOTHING;
        if (piece == PIECE_ENDS) return LIKE_BATCH;
        if (!torn) *whole += (off_t)line.size + 1;
    }
    return next_bytes(&reader, 1, &more) ? LIKE_AND_LONGER : LIKE_BATCH;
}

off_t lines_size(const struct file *file, const struct sorted_batch *sorted)
{
    off_t size = 0;
    for (size_t i = lines_first(file, sorted); i != NO_EVENT; i = sorted->next_event[i])
        size += (off_t)sorted->batch->events[i]->text.size + 1;
    return size;
}

gzFile lines_open(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    gzFile from = copy >= 0 && lseek(copy, 0, SEEK_SET) == 0 ? gzdopen(copy, "rb") : NULL;
    if (!from && copy >= 0) close(copy);
    return from;
}

/* The lines that are found are written over by themselves: so a torn one is mended, and all are synced. */
postern_status surplus_settle(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                              postern_error *error)
{
    gzFile from = lines_open(file->fd);
    off_t whole = 0;
    if (!from || gzseek(from, file->length, SEEK_SET) < 0) {
        if (from) gzclose(from);
        return file_fail(error, POSTERN_E_IO, errno, "cannot read", file->path);
    }
    enum likeness likeness = lines_compare(from, file, sorted, &whole);
    gzclose(from);
    if (likeness != LIKE_NOTHING) return POSTERN_OK;
    file_warn(
        sink, POSTERN_LOG_WARNING, SET_ASIDE, file->path,
        "has lines behind the last confirmed one that are not those of the batch that comes again (an older "
        "state was restored, or the scripts are others)");
    file->moved = true;
    return POSTERN_OK;
}
