/* Polls that come later than their interval says, in words for the status and the log. */
#ifndef POSTERN_REPORT_LATE_WORDS_H
#define POSTERN_REPORT_LATE_WORDS_H

#include "base/error.h"
#include "base/late_polls.h"

struct late_words {
    char text[ERROR_TEXT_SIZE], remedy[400];
};

/* What there is to say of one cause; its group has streams. */
void late_words(const struct late_polls *polls, enum late_cause cause, struct late_words *words);

#endif
