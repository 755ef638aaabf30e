#include "commands/daemon_request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include <stdlib.h>
#include <time.h>

#define LOOK_MS 100

static postern_status wait_for_outcome(struct journal *journal, const struct daemon_request *request,
                                       int64_t id, char **outcome, postern_error *error)
{
    for (;;) {
        _cleanup_(freep) char *words = NULL;
        bool runs = journal_daemon_runs(request->directory); /* asked first: its last answer is not missed */
        postern_status status = journal_request_look(journal, id, outcome, &words, error);
        if (status < 0 || *outcome) return status;
        if (!runs) {
            error_set(error, POSTERN_E_RETRY, "the daemon ended before it answered");
            error_remedy(error, "it goes on with it as soon as it runs again");
            return POSTERN_E_RETRY;
        }
        if (words && request->progress) request->progress(request->context, words);
        nanosleep(&(struct timespec){0, LOOK_MS * 1000000L}, NULL);
    }
}

postern_status daemon_request(const struct daemon_request *request, char **outcome, postern_error *error)
{
    struct journal *journal = NULL;
    int64_t id = 0;
    *outcome = NULL;
    postern_status status = journal_open_reader(request->directory, clock_process(), &journal, error);
    if (status >= 0) status = journal_request_put(journal, request->kind, request->arguments, &id, error);
    if (status >= 0) status = wait_for_outcome(journal, request, id, outcome, error);
    if (journal) journal_close(journal);
    return status;
}
