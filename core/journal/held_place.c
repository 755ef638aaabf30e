#include "journal/held_place.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *removed, *replaced;
} words[HELD_COUNT] = {
    [HELD_DATABASE] = {"the journal's database was removed", "the journal's database was replaced"},
    [HELD_LOG] = {"the write-ahead log of the journal was removed",
                  "the write-ahead log of the journal was replaced"},
    [HELD_LOCK] = {"the lock of the state directory was removed",
                   "the lock of the state directory was replaced"},
};

static const char written_over[] = "the journal's database was written to by another program";

void held_place_start(struct held_place *place)
{
    place->database = -1;
    pthread_mutex_init(&place->writing, NULL);
}

/* On a disk that was full from the start there is no log yet. */
static postern_status note(struct held_place *place, enum held_kind kind, char *path, postern_error *error)
{
    struct stat status;
    if (!path) return error_no_memory(error, NULL);
    bool is_there = lstat(path, &status) == 0;
    if (!is_there) {
        if (kind != HELD_LOG) error_set_errno(error, POSTERN_E_IO, errno, "cannot look at %s", path);
        free(path);
        return kind == HELD_LOG ? POSTERN_OK : POSTERN_E_IO;
    }
    place->files[kind] = (struct held_file){path, status.st_dev, status.st_ino};
    return POSTERN_OK;
}

/* With O_PATH the file itself is not opened: closing it would take away SQLite's locks. */
static postern_status note_content(struct held_place *place, postern_error *error)
{
    const char *path = place->files[HELD_DATABASE].path;
    place->database = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place->database >= 0 && fstat(place->database, &place->left) == 0) return POSTERN_OK;
    return error_set_errno(error, POSTERN_E_IO, errno, "cannot look at %s", path);
}

postern_status held_place_note(struct held_place *place, const char *directory, const char *database,
                               postern_error *error)
{
    char *log = NULL;
    if (asprintf(&log, "%s-wal", database) < 0) log = NULL;
    postern_status status = note(place, HELD_LOG, log, error);
    if (status >= 0) status = note(place, HELD_LOCK, path_join(directory, "lock"), error);
    if (status >= 0) status = note(place, HELD_DATABASE, strdup(database), error);
    return status < 0 ? status : note_content(place, error);
}

void held_place_free(struct held_place *place)
{
    for (size_t i = 0; i < HELD_COUNT; i++)
        free(place->files[i].path);
    if (place->database >= 0) close(place->database);
    pthread_mutex_destroy(&place->writing);
    *place = (struct held_place){.database = -1};
}

/* What has become of it; NULL = nothing. A name that cannot be looked at at this moment (EIO, EACCES) says
 * nothing. */
static const char *look(const struct held_file *file, size_t kind)
{
    struct stat status;
    if (!file->path) return NULL;
    if (lstat(file->path, &status) == 0)
        return status.st_dev == file->device && status.st_ino == file->inode ? NULL : words[kind].replaced;
    return errno == ENOENT || errno == ENOTDIR ? words[kind].removed : NULL;
}

static bool is_as_left(const struct held_place *place)
{
    struct stat status;
    return place->database < 0 || fstat(place->database, &status) < 0 ||
           (status.st_size == place->left.st_size && status.st_mtim.tv_sec == place->left.st_mtim.tv_sec &&
            status.st_mtim.tv_nsec == place->left.st_mtim.tv_nsec);
}

/* While we write ourselves it cannot be told. */
static const char *look_at_content(struct held_place *place)
{
    if (pthread_mutex_trylock(&place->writing) != 0) return NULL;
    bool is_ours = is_as_left(place);
    pthread_mutex_unlock(&place->writing);
    return is_ours ? NULL : written_over;
}

static postern_status say(const struct held_place *place, const char *lost, postern_error *error)
{
    error_set(error, POSTERN_E_STOPPED, "%s (%s) while Postern runs: it stops, and writes nothing more", lost,
              place->files[HELD_DATABASE].path);
    error_remedy(error,
                 "start Postern again: it goes on from what lies there now. Stop it first whenever the "
                 "state directory is to be moved, restored or cleared");
    return POSTERN_E_STOPPED;
}

/* What lies there now must not take our log for its own, even if we are killed the next moment. Where the
 * name leads elsewhere by now, the log beside it is not ours. */
static void remove_log(const struct held_place *place)
{
    if (look(&place->files[HELD_DATABASE], HELD_DATABASE)) return;
    static const char *const suffixes[] = {"-wal", "-shm"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (snprintf(path, sizeof path, "%s%s", place->files[HELD_DATABASE].path, suffixes[i]) < PATH_MAX)
            unlink(path);
}

static postern_status lose(struct held_place *place, const char *lost, postern_error *error)
{
    const char *before = NULL;
    postern_error text = ERROR_INIT;
    if (atomic_compare_exchange_strong(&place->lost, &before, lost)) {
        if (lost == written_over) remove_log(place);
        say(place, lost, &text);
        log_error(POSTERN_LOG_ERROR, "journal", &text);
    }
    return say(place, lost, error);
}

postern_status held_place_check(struct held_place *place, postern_error *error)
{
    const char *before = atomic_load(&place->lost), *lost = NULL;
    if (before) return say(place, before, error);
    for (size_t i = 0; i < HELD_COUNT && !lost; i++)
        lost = look(&place->files[i], i);
    if (!lost) lost = look_at_content(place);
    return lost ? lose(place, lost, error) : POSTERN_OK;
}

bool held_place_begin_writing(struct held_place *place)
{
    if (held_place_is_written_over(place)) return false;
    pthread_mutex_lock(&place->writing);
    if (is_as_left(place)) return true;
    pthread_mutex_unlock(&place->writing);
    lose(place, written_over, NULL);
    return false;
}

void held_place_end_writing(struct held_place *place)
{
    struct stat status;
    if (place->database >= 0 && fstat(place->database, &status) == 0) place->left = status;
    pthread_mutex_unlock(&place->writing);
}

bool held_place_is_written_over(const struct held_place *place)
{
    return atomic_load(&place->lost) == written_over;
}
