/* A layer over SQLite's own file system: each file is a head of ours with the real file behind it. */
#include "recorded_writes.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct recorded_file {
    sqlite3_file head;
    char name[32];
    bool is_recorded; /* the database and its write-ahead log */
    sqlite3_file real;
};

static struct {
    pthread_mutex_t lock;
    struct recorded_write *list;
    size_t count;
    int mark;
    size_t fail_from, fail_until, seen; /* writes since recorded_writes_fail */
    bool has_failed;
} records = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
    pthread_mutex_t lock; /* held while it runs */
    void (*watch)(void *context, const struct recorded_write *write);
    void *context;
} watching = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
    pthread_mutex_t lock; /* likewise; a watch may read */
    void (*pause)(void *context, bool is_sync, const char *name);
    void *context;
} pausing = {.lock = PTHREAD_MUTEX_INITIALIZER};

static sqlite3_vfs *real_system;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return &((struct recorded_file *)file)->real;
}

/* False: it is to fail. */
static bool record(sqlite3_file *file, int64_t offset, const void *bytes, size_t size)
{
    const struct recorded_file *recorded = (const struct recorded_file *)file;
    if (!recorded->is_recorded) return true;
    pthread_mutex_lock(&records.lock);
    records.seen++;
    bool fails = records.seen >= records.fail_from && records.seen < records.fail_until;
    if (fails) records.has_failed = true;
    if (!fails) {
        if ((records.count & (records.count - 1)) == 0) { /* full: at each power of two */
            size_t room = records.count ? 2 * records.count : 1;
            records.list = realloc(records.list, room * sizeof *records.list);
            if (!records.list) abort();
        }
        struct recorded_write *write = &records.list[records.count++];
        *write = (struct recorded_write){.offset = offset, .size = size, .mark = records.mark};
        memcpy(write->name, recorded->name, sizeof write->name);
        unsigned char *copy = bytes ? malloc(size) : NULL;
        if (bytes && !copy) abort();
        if (bytes) memcpy(copy, bytes, size);
        write->bytes = copy;
    }
    pthread_mutex_unlock(&records.lock);
    return !fails;
}

static void tell_watch(void)
{
    struct recorded_write write;
    pthread_mutex_lock(&watching.lock);
    if (watching.watch && recorded_writes_get(recorded_writes_count() - 1, &write))
        watching.watch(watching.context, &write);
    pthread_mutex_unlock(&watching.lock);
}

static void tell_pause(sqlite3_file *file, bool is_sync)
{
    const struct recorded_file *recorded = (const struct recorded_file *)file;
    if (!recorded->is_recorded) return;
    pthread_mutex_lock(&pausing.lock);
    if (pausing.pause) pausing.pause(pausing.context, is_sync, recorded->name);
    pthread_mutex_unlock(&pausing.lock);
}

/* ---- The file ----------------------------------------------------------------------------------- */

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    tell_pause(file, false);
    return real_of(file)->pMethods->xRead(real_of(file), bytes, size, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    if (!record(file, offset, bytes, (size_t)size)) return SQLITE_FULL;
    int code = real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
    if (code == SQLITE_OK && ((struct recorded_file *)file)->is_recorded) tell_watch();
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    tell_pause(file, false);
    if (!record(file, size, NULL, 0)) return SQLITE_FULL;
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    tell_pause(file, true);
    return SQLITE_OK; /* a kill leaves what was written, synced or not */
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int kind)
{
    return real_of(file)->pMethods->xLock(real_of(file), kind);
}

static int file_unlock(sqlite3_file *file, int kind)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), kind);
}

static int file_is_locked(sqlite3_file *file, int *is_locked)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_locked);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_traits(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int shared_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

static int shared_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shared_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shared_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

/* ---- The file system ---------------------------------------------------------------------------- */

static int system_open(sqlite3_vfs *system, const char *path, sqlite3_file *file, int flags, int *flags_out)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 2, /* without the third version's memory-mapped files every change is a write */
        .xClose = file_close,
        .xRead = file_read,
        .xWrite = file_write,
        .xTruncate = file_truncate,
        .xSync = file_sync,
        .xFileSize = file_size,
        .xLock = file_lock,
        .xUnlock = file_unlock,
        .xCheckReservedLock = file_is_locked,
        .xFileControl = file_control,
        .xSectorSize = file_sector,
        .xDeviceCharacteristics = file_traits,
        .xShmMap = shared_map,
        .xShmLock = shared_lock,
        .xShmBarrier = shared_barrier,
        .xShmUnmap = shared_unmap,
    };
    struct recorded_file *recorded = (struct recorded_file *)file;
    (void)system;
    const char *name = path ? strrchr(path, '/') : NULL;
    snprintf(recorded->name, sizeof recorded->name, "%s", name ? name + 1 : "");
    recorded->is_recorded = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL);
    int code = real_system->xOpen(real_system, path, &recorded->real, flags, flags_out);
    recorded->head.pMethods = recorded->real.pMethods ? &methods : NULL;
    return code;
}

void recorded_writes_start(void)
{
    static sqlite3_vfs system;
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* as the journal asks for it, too late then */
    real_system = sqlite3_vfs_find(NULL);
    system = *real_system; /* all but opening is passed on as it is: it needs nothing of ours */
    system.zName = "recorded";
    system.szOsFile = (int)sizeof(struct recorded_file) + real_system->szOsFile;
    system.xOpen = system_open;
    sqlite3_vfs_register(&system, 1);
}

/* ---- What was recorded -------------------------------------------------------------------------- */

void recorded_writes_mark(int mark)
{
    pthread_mutex_lock(&records.lock);
    records.mark = mark;
    pthread_mutex_unlock(&records.lock);
}

void recorded_writes_watch(void (*watch)(void *context, const struct recorded_write *write), void *context)
{
    pthread_mutex_lock(&watching.lock);
    watching.watch = watch;
    watching.context = context;
    pthread_mutex_unlock(&watching.lock);
}

void recorded_writes_pause(void (*pause)(void *context, bool is_sync, const char *name), void *context)
{
    pthread_mutex_lock(&pausing.lock);
    pausing.pause = pause;
    pausing.context = context;
    pthread_mutex_unlock(&pausing.lock);
}

void recorded_writes_fail(size_t n, size_t more)
{
    pthread_mutex_lock(&records.lock);
    records.seen = 0;
    records.fail_from = n;
    records.fail_until = n ? n + 1 + more : 0;
    records.has_failed = false;
    pthread_mutex_unlock(&records.lock);
}

bool recorded_writes_failed(void)
{
    pthread_mutex_lock(&records.lock);
    bool failed = records.has_failed;
    pthread_mutex_unlock(&records.lock);
    return failed;
}

size_t recorded_writes_count(void)
{
    pthread_mutex_lock(&records.lock);
    size_t count = records.count;
    pthread_mutex_unlock(&records.lock);
    return count;
}

bool recorded_writes_get(size_t index, struct recorded_write *write)
{
    pthread_mutex_lock(&records.lock);
    bool is_there = index < records.count;
    if (is_there) *write = records.list[index];
    pthread_mutex_unlock(&records.lock);
    return is_there;
}

void recorded_write_repeat(const struct recorded_write *write, size_t part, size_t parts,
                           const char *directory)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, write->name);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) abort();
    size_t size = write->size * part / parts;
    bool done = write->bytes ? pwrite(file, write->bytes, size, write->offset) == (ssize_t)size
                             : ftruncate(file, write->offset) == 0;
    if (!done) abort();
    close(file);
}

void recorded_writes_clear(void)
{
    pthread_mutex_lock(&records.lock);
    for (size_t i = 0; i < records.count; i++)
        free((void *)(uintptr_t)records.list[i].bytes);
    free(records.list);
    records.list = NULL;
    records.count = 0;
    pthread_mutex_unlock(&records.lock);
}
