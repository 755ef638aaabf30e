#include "collect/commits.h"

#include "base/error.h"

#include <stdlib.h>

#define COMMITS_AT_ONCE 512

static void note(struct commits *commits, postern_status status, const postern_error *error)
{
    if (status >= 0 || commits->status < 0) return;
    commits->status = status;
    if (commits->error) *commits->error = *error;
}

static void commit_all(struct commits *commits)
{
    postern_error error = ERROR_INIT;
    if (commits->count)
        note(commits, journal_commit_all(commits->journal, commits->list, commits->count, &error), &error);
    commits->count = 0;
}

void commits_add(struct commits *commits, const struct journal_commit *commit)
{
    if (!commits->list) commits->list = calloc(COMMITS_AT_ONCE, sizeof *commits->list);
    if (!commits->list) {
        postern_error error = ERROR_INIT;
        note(commits, error_no_memory(&error, NULL), &error);
        return;
    }
    commits->list[commits->count++] = *commit;
    if (commits->count == COMMITS_AT_ONCE) commit_all(commits);
}

postern_status commits_end(struct commits *commits)
{
    commit_all(commits);
    free(commits->list);
    commits->list = NULL;
    return commits->status;
}
