/* Asking the daemon for something, through the journal, and waiting for what came of it. */
#ifndef POSTERN_COMMANDS_DAEMON_REQUEST_H
#define POSTERN_COMMANDS_DAEMON_REQUEST_H

#include "journal/journal.h"

struct daemon_request {
    const char *directory;
    const char *kind, *arguments;
    void (*progress)(void *context, const char *words); /* what it says meanwhile; NULL = nobody listens */
    void *context;
};

/* *outcome: malloc'ed; how it reads is the request's. Fails if the daemon ends before it answered. */
postern_status daemon_request(const struct daemon_request *request, char **outcome, postern_error *error);

#endif
