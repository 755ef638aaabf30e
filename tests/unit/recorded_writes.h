/* For tests of what a kill leaves behind: all that SQLite writes, in order, and any write made to fail.
 *
 *     recorded_writes_start();                       // before the first database is opened
 *     ... what is tested; recorded_writes_mark(n) says how far it has come ...
 *     struct recorded_write write;
 *     for (size_t i = 0; recorded_writes_get(i, &write); i++) {
 *         recorded_write_repeat(&write, 1, 1, directory);   // the files as they were behind write i
 *         ... what was done before mark write.mark is there ...
 *     }
 *
 * A program that is killed leaves its files as its writes so far have made them, so that every point at which
 * it could be killed is looked at in one run. The shared memory of a write-ahead log is not recorded: who
 * opens the files next makes it anew. */
#ifndef TESTS_UNIT_RECORDED_WRITES_H
#define TESTS_UNIT_RECORDED_WRITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorded_write {
    char name[32]; /* of the file, in its directory */
    int64_t offset;
    size_t size;
    const unsigned char *bytes; /* NULL: the file is cut to `offset` */
    int mark;
};

/* From now on, for all databases that are opened; SQLite must not have been used before. */
void recorded_writes_start(void);
/* Whatever is written next carries this mark. */
void recorded_writes_mark(int mark);
/* Called behind each write but a cut, on the thread that writes and in the middle of what it does; it may
 * read the database through another connection, not write to it. When this returns, the one before is not
 * running. NULL = nothing. */
void recorded_writes_watch(void (*watch)(void *context, const struct recorded_write *write), void *context);
/* Called before each read, sync and cut of a recorded file, so between two writes: what another program does
 * to the file at that moment. It may not touch it by way of SQLite; otherwise as above. */
void recorded_writes_pause(void (*pause)(void *context, bool is_sync, const char *name), void *context);
/* The n-th write (1 = the next) fails as on a full disk, and those up to `more` behind it; 0 = none. */
void recorded_writes_fail(size_t n, size_t more);
/* True if one has failed since. */
bool recorded_writes_failed(void);
size_t recorded_writes_count(void);
bool recorded_writes_get(size_t index, struct recorded_write *write);
/* Does it again to the file of that name in `directory`, `part` of `parts` of its bytes. */
void recorded_write_repeat(const struct recorded_write *write, size_t part, size_t parts,
                           const char *directory);
/* Forgets what was recorded. */
void recorded_writes_clear(void);

#endif
