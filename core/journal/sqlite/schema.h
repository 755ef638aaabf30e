/* The database file: made, recognised, brought up to date. */
#ifndef POSTERN_JOURNAL_SQLITE_SCHEMA_H
#define POSTERN_JOURNAL_SQLITE_SCHEMA_H

#include "journal/sqlite/database.h"

#define JOURNAL_APPLICATION_ID 0x50535431 /* "PST1" */
#define SCHEMA_VERSION         12

/* Makes `path` an empty journal of schema `version` if it is absent or has no bytes: built beside it and
 * renamed, so that there is never half a journal. */
postern_status schema_create(const char *directory, const char *path, int version, postern_error *error);
/* Refuses, by the bytes of the file alone and without touching it, what is not a journal of ours. The process
 * must have no connection to it: closing a descriptor of our own would drop SQLite's POSIX locks. */
postern_status schema_check_file(const char *path, postern_error *error);
/* The version that the open database has; refuses foreign and newer ones. */
postern_status schema_version(struct database *database, int *version, postern_error *error);
/* Runs the steps from the present version to `version`, each in a transaction of its own. */
postern_status schema_migrate(struct database *database, int version, postern_error *error);
/* Looks for damage in all but the large tables (pages carry checksums of their own). */
postern_status schema_check_tables(struct database *database, postern_error *error);
/* The table of notices is only a memory of what was told, the log of idle polls one of what brought nothing:
 * damage there must not keep the journal shut. False: `words` says what is damaged. */
bool schema_notices_are_whole(struct database *database, char words[200]);
bool schema_idle_log_is_whole(struct database *database, char words[200]);

#endif
