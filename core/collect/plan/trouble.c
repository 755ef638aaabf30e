#include "collect/plan/trouble.h"

#include "base/backoff.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/units.h"

enum reaction reaction_to(postern_status status)
{
    switch (status) {
    case POSTERN_E_CREDENTIALS:
        return REACTION_REFUSED;
    case POSTERN_E_PERMISSION:
        return REACTION_NOT_PERMITTED;
    case POSTERN_E_LICENSE:
        return REACTION_NOT_LICENSED;
    case POSTERN_E_CONFIG:
    case POSTERN_E_UNSUPPORTED:
        return REACTION_CONFIGURE;
    case POSTERN_E_POSITION:
        return REACTION_RESTART;
    default:
        return REACTION_RETRY;
    }
}

void trouble_of_source(const postern_error *error, postern_status status, struct trouble *trouble)
{
    *trouble = (struct trouble){.reaction = reaction_to(status), .error = *error};
    trouble->error.code = status;
    if (!trouble->error.message[0]) error_set(&trouble->error, status, "%s", status_name(status));
    trouble->raises_attempt = status == POSTERN_E_PROTOCOL; /* what was understood counts for nothing */
    if (trouble->reaction == REACTION_RETRY) trouble->wait_ms = backoff_asked(error->retry_after_ms);
}

void trouble_of_progress(const char *words, struct trouble *trouble)
{
    *trouble = (struct trouble){.reaction = REACTION_STALLED, .error = ERROR_INIT};
    error_set(&trouble->error, POSTERN_E_PROTOCOL, "%s", words);
    error_remedy(&trouble->error,
                 "Postern asks again by itself, less and less often. If it lasts, show the vendor's support "
                 "this message: nothing behind that place can be read until it is mended");
}

void trouble_of_full_list(int64_t waiting, const struct snapshot_room *most, struct trouble *trouble)
{
    char size[32];
    *trouble = (struct trouble){.reaction = REACTION_OVERFULL, .error = ERROR_INIT};
    error_set(&trouble->error, POSTERN_E_LIMIT,
              "%lld item%s of the list wait%s: no more than %lld (limits.snapshot_items) of %s "
              "(limits.snapshot_size) together are remembered",
              (long long)waiting, plural(waiting), plural_verb(waiting), (long long)most->items,
              size_format(most->bytes, size));
    error_remedy(
        &trouble->error,
        "Raise the limit that is reached. Each becomes an event as soon as there is room for it; what "
        "leaves the list before is never seen");
}

static void journal_full_remedy(postern_error *error)
{
    error_remedy(error, "Mend the sink that stands still (see `postern status`) or raise journal.max_size. "
                        "Collecting goes on by itself; the vendor keeps the events meanwhile.");
}

/* Retries after a failed commit do not come faster than this: the journal, not the vendor, is in trouble. */
#define COMMIT_RETRY_MS 5000

void trouble_of_commit(const postern_error *error, postern_status status, struct trouble *trouble)
{
    *trouble = (struct trouble){.reaction = status == POSTERN_E_LIMIT ? REACTION_FULL : REACTION_RETRY,
                                .wait_ms = COMMIT_RETRY_MS,
                                .error = *error};
    trouble->error.code = status;
    if (trouble->reaction == REACTION_FULL && !trouble->error.remedy[0]) journal_full_remedy(&trouble->error);
}

void trouble_no_space(const struct journal_space *space, postern_error *error)
{
    switch (space->kind) {
    case SPACE_JOURNAL_FULL:
        error_set(error, POSTERN_E_LIMIT, "the journal is full of events that no sink has taken yet");
        journal_full_remedy(error);
        return;
    case SPACE_DISK_FULL:
        error_set(error, POSTERN_E_LIMIT, "the disk of the state directory is full");
        error_remedy(
            error, "Free space there. Collecting goes on by itself; the vendor keeps the events meanwhile.");
        return;
    case SPACE_READ_ONLY:
        error_set(error, POSTERN_E_LIMIT, "the state directory is on a read-only file system");
        error_remedy(
            error, "See in the system's log why, then remount it read-write. Collecting goes on by itself.");
        return;
    case SPACE_LOG_STUCK:
        error_set(error, POSTERN_E_LIMIT,
                  "another process reads the journal without an end and keeps it growing");
        error_remedy(error, "End that process. Collecting goes on by itself.");
        return;
    case SPACE_CANNOT_WRITE:
    case SPACE_FINE: /* it has just ended, or the journal is lost */
        break;
    }
    error_set(error, POSTERN_E_LIMIT, "the journal cannot be written%s%s", space->words[0] ? ": " : "",
              space->words);
    error_remedy(error, "See in the system's log what is wrong with the disk. Collecting goes on by itself.");
}

enum stream_state reaction_state(enum reaction reaction)
{
    switch (reaction) {
    case REACTION_WAIT:
        return STREAM_WAITING;
    case REACTION_NOT_PERMITTED:
        return STREAM_NOT_PERMITTED;
    case REACTION_NOT_LICENSED:
        return STREAM_NOT_LICENSED;
    case REACTION_CONFIGURE:
        return STREAM_FAILED;
    case REACTION_FULL:
        return STREAM_FULL;
    case REACTION_RETRY:
    case REACTION_REFUSED:
    case REACTION_RESTART:
    case REACTION_STALLED:
    case REACTION_OVERFULL:
        break;
    }
    return STREAM_RETRYING;
}

bool reaction_is_lasting(enum reaction reaction)
{
    return reaction == REACTION_NOT_PERMITTED || reaction == REACTION_NOT_LICENSED ||
           reaction == REACTION_CONFIGURE;
}
