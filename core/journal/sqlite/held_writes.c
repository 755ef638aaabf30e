#include "journal/sqlite/held_writes.h"
#include <stdint.h>

static struct held_writes *writes_of(sqlite3_file *file)
{
    return (struct held_writes *)(uintptr_t)file->pMethods;
}

static int write_held(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    struct held_writes *writes = writes_of(file);
    if (!held_place_begin_writing(writes->place)) return SQLITE_IOERR_WRITE;
    int code = writes->real->xWrite(file, bytes, size, offset);
    held_place_end_writing(writes->place);
    return code;
}

static int truncate_held(sqlite3_file *file, sqlite3_int64 size)
{
    struct held_writes *writes = writes_of(file);
    if (!held_place_begin_writing(writes->place)) return SQLITE_IOERR_TRUNCATE;
    int code = writes->real->xTruncate(file, size);
    held_place_end_writing(writes->place);
    return code;
}

/* The file stays the file system's own: only two of its methods are others. */
void held_writes_start(struct held_writes *writes, sqlite3 *handle, struct held_place *place)
{
    sqlite3_file *file = NULL;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&file);
    *writes = (struct held_writes){.methods = *file->pMethods, .real = file->pMethods, .place = place};
    writes->methods.xWrite = write_held;
    writes->methods.xTruncate = truncate_held;
    file->pMethods = &writes->methods;
}
