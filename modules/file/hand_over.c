/* A finished file goes to the pick-up folder by one rename: whoever picks it up finds it whole or not at all.
 * The name there has the path that it had, when it was finished, and the number of its rotation; nothing that
 * lies there is ever written over. */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_OF_PATH ((size_t)160) /* of its end: a name has at most 255 bytes */
#define MOST_TRIES   1000

postern_status hand_over_open(struct file_sink *sink, postern_error *error)
{
    struct stat there, ours;
    if (!sink->hand_over) return POSTERN_OK;
    sink->pick_up = open(sink->hand_over, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sink->pick_up < 0)
        return file_fail(error, POSTERN_E_CONFIG, errno, "cannot open the pick-up folder", sink->hand_over);
    if (fstat(sink->pick_up, &there) == 0 && fstat(sink->directory, &ours) == 0 &&
        there.st_dev == ours.st_dev)
        return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, "a file can be handed over at once only within one file system",
                    "the pick-up folder %s is on another file system than path", sink->hand_over);
}

void hand_over_close(struct file_sink *sink)
{
    if (sink->pick_up >= 0) close(sink->pick_up);
    sink->pick_up = -1;
}

static void write_path(struct kit_writer *name, const char *path)
{
    char coded[3 * PATH_LIMIT];
    struct kit_writer writer = kit_writer_in_buffer(coded, sizeof coded);
    for (const char *at = path; *at; at++)
        kit_write(&writer, *at == '/' ? KIT_TEXT("%2F") : kit_span(at, 1));
    size_t size = writer.size < MOST_OF_PATH ? writer.size : MOST_OF_PATH;
    kit_write(name, kit_span(coded + writer.size - size, size));
}

/* "acme%2Fsiem.ndjson" → "acme%2Fsiem.ndjson.20260131T235959Z.7.gz", the second of that name ".7-2.gz" */
static void name_of(const struct file *file, const struct stat *status, const char *suffix, int number,
                    char buffer[NAME_LIMIT + 1])
{
    struct kit_writer name = kit_writer_in_buffer(buffer, NAME_LIMIT);
    char finished[32] = "";
    struct tm time;
    if (gmtime_r(&status->st_mtime, &time)) strftime(finished, sizeof finished, ".%Y%m%dT%H%M%SZ", &time);
    write_path(&name, file->path);
    kit_write_string(&name, finished);
    kit_write_string(&name, ".");
    kit_write_integer(&name, file->rotation);
    if (number > 1) kit_write_integer(&name, -number);
    kit_write_string(&name, suffix);
    buffer[name.size] = '\0';
}

static int rename_into(struct file_sink *sink, const struct file *file, const char *from, const char *suffix)
{
    char name[NAME_LIMIT + 1];
    const char *old_name;
    struct stat status;
    int failed = -1, parent = below_parent(sink, from, false, &old_name);
    if (parent < 0) return -1;
    if (fstatat(parent, old_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        for (int number = 1; failed && errno == EEXIST && number < MOST_TRIES; number++) {
            name_of(file, &status, suffix, number, name);
            failed = renameat2(parent, old_name, sink->pick_up, name, RENAME_NOREPLACE);
        }
    }
    /* There first: with the power gone between the two it may have both names, and never none. */
    if (!failed) failed = fsync(sink->pick_up) || fsync(parent);
    int reason = errno;
    close(parent);
    errno = reason;
    return failed;
}

postern_status hand_over(struct file_sink *sink, const struct file *file, const char *name,
                         const char *suffix, postern_error *error)
{
    char from[PATH_LIMIT + 24];
    if (sink->pick_up < 0) return POSTERN_OK;
    snprintf(from, sizeof from, "%s%s", name, suffix);
    if (rename_into(sink, file, from, suffix) == 0 || errno == ENOENT) return POSTERN_OK;
    return file_fail(error, errno == EXDEV ? POSTERN_E_CONFIG : POSTERN_E_IO, errno,
                     "cannot hand over to the pick-up folder", from);
}
