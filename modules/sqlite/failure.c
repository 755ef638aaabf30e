#include "sqlite_sink.h"

static const struct code_meaning {
    int code; /* the primary one */
    postern_status status;
    const char *remedy;
} meanings[] = {
    {SQLITE_BUSY, POSTERN_E_RETRY, "another program holds the file locked; Postern goes on when it lets go"},
    {SQLITE_LOCKED, POSTERN_E_RETRY, NULL},
    {SQLITE_INTERRUPT, POSTERN_E_RETRY, NULL},
    {SQLITE_FULL, POSTERN_E_RETRY, "make room on the disk, or lower retain; Postern goes on by itself"},
    {SQLITE_IOERR, POSTERN_E_IO, "look into the system's log for errors of the disk"},
    {SQLITE_NOMEM, POSTERN_E_MEMORY, NULL},
    {SQLITE_CANTOPEN, POSTERN_E_IO, "check that the directory is there and that Postern may write to it"},
    {SQLITE_READONLY, POSTERN_E_IO, "let the user that runs Postern write to the file and its directory"},
    {SQLITE_PERM, POSTERN_E_IO, "let the user that runs Postern write to the file and its directory"},
    {SQLITE_NOTADB, POSTERN_E_CONFIG,
     "the path leads to a file of another kind: name another, or move that one away"},
    {SQLITE_CORRUPT, POSTERN_E_CONFIG,
     "move the file with its -wal and -shm away (a new one is begun) and rescue what is in it with sqlite3's "
     ".recover"},
    {SQLITE_ERROR, POSTERN_E_CONFIG,
     "check that the table has the columns of the guide, and that id is unique"},
    {SQLITE_AUTH, POSTERN_E_CONFIG, NULL},
    {SQLITE_CONSTRAINT, EVENT_REFUSED, NULL},
    {SQLITE_MISMATCH, EVENT_REFUSED, NULL},
    {SQLITE_TOOBIG, EVENT_REFUSED, NULL},
};

postern_status failure_of(int code, const char **remedy)
{
    *remedy = NULL;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].code != (code & 0xff)) continue;
        *remedy = meanings[i].remedy;
        return meanings[i].status;
    }
    return POSTERN_E_RETRY;
}

postern_status failure_take(const struct sqlite_sink *sink, int code, const char *action,
                            postern_error *error)
{
    const char *remedy;
    postern_status status = failure_of(code, &remedy);
    const char *words = sink->database ? sqlite3_errmsg(sink->database) : sqlite3_errstr(code);
    return kit_fail(error, status, remedy, "%s: %.300s", action, words);
}
