/* The files on which a daemon stands, its lock, its database and the database's log, and whether their names
 * still lead to them. Who removes or replaces them while it runs would have it write where nobody looks; and
 * its lock would keep no second daemon away. Nor may anybody else write to the database: with a backup copied
 * over it, our log would make one file of two. Once they are lost they stay so, whatever is put back. */
#ifndef POSTERN_JOURNAL_HELD_PLACE_H
#define POSTERN_JOURNAL_HELD_PLACE_H

#include <postern/module.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/types.h>

enum held_kind { HELD_DATABASE, HELD_LOG, HELD_LOCK, HELD_COUNT };

struct held_place {
    struct held_file {
        char *path; /* NULL = not held: a reader holds none */
        dev_t device;
        ino_t inode;
    } files[HELD_COUNT];
    int database;               /* the file itself, wherever it is moved; -1 = not held */
    pthread_mutex_t writing;    /* held while we write to the database */
    struct stat left;           /* as we left the database; only its size and when it was changed count */
    _Atomic(const char *) lost; /* NULL = all is well; what has become of them */
};

void held_place_start(struct held_place *place);

/* Notes what the names lead to now: the lock is held, the database is open. */
postern_status held_place_note(struct held_place *place, const char *directory, const char *database,
                               postern_error *error);
void held_place_free(struct held_place *place);
/* POSTERN_E_STOPPED once they are lost, which the first call that sees it logs. Any thread; cheap. */
postern_status held_place_check(struct held_place *place, postern_error *error);
/* Around each write to the database's file itself, and nothing longer: what others write to it between the
 * two is taken for our own, and so is what has the size of ours and comes within the same tick of the
 * kernel's clock (some milliseconds). False if it was written over. One that was moved takes what is in the
 * log still. */
bool held_place_begin_writing(struct held_place *place);
void held_place_end_writing(struct held_place *place);
/* Somebody else has written to the database: it must stay as it is now. */
bool held_place_is_written_over(const struct held_place *place);

#endif
