/* A log of idle polls that is damaged. */
#include "base/error.h"
#include "base/log.h"
#include "journal/sqlite/idle_polls.h"

void idle_polls_leave_log(struct idle_polls *polls, const char *words)
{
    postern_error error = ERROR_INIT;
    error_set(
        &error, POSTERN_E_IO,
        "the table of polls that brought nothing new is damaged (%s): it is left alone, those polls are "
        "made again, and later ones are stored one by one, which writes more",
        words);
    error_remedy(&error, "check the disk; a journal from a backup, or a new one, has a whole table again");
    log_error(POSTERN_LOG_ERROR, "journal", &error);
    polls->log_is_damaged = true;
    polls->kept_log.flushes = polls->kept_log.bytes = 0;
}
