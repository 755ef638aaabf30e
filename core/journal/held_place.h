/* The files on which a daemon stands, its lock, its database and the database's log, and whether their names
 * still lead to them. Who removes or replaces them while it runs would have it write where nobody looks; and
 * its lock would keep no second daemon away. Once they are lost they stay so, whatever is put back. */
#ifndef POSTERN_JOURNAL_HELD_PLACE_H
#define POSTERN_JOURNAL_HELD_PLACE_H

#include <postern/module.h>
#include <stdatomic.h>
#include <sys/types.h>

enum held_kind { HELD_DATABASE, HELD_LOG, HELD_LOCK, HELD_COUNT };

struct held_place {
    struct held_file {
        char *path; /* NULL = not held: a reader holds none */
        dev_t device;
        ino_t inode;
    } files[HELD_COUNT];
    _Atomic(const char *) lost; /* NULL = all is well; what has become of them */
};

/* Notes what the names lead to now: the lock is held, the database is open. */
postern_status held_place_note(struct held_place *place, const char *directory, const char *database,
                               postern_error *error);
void held_place_free(struct held_place *place);
/* POSTERN_E_STOPPED once they are lost, which the first call that sees it logs. Any thread; cheap. */
postern_status held_place_check(struct held_place *place, postern_error *error);

#endif
