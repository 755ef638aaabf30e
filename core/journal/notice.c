#include "journal/notice.h"
#include "base/error.h"
#include "base/log.h"
#include <stdio.h>

#define SCOPE_SIZE 192

/* NULL = the program itself speaks. */
static const char *scope_of(const struct notice *notice, char scope[SCOPE_SIZE])
{
    const char *first = notice->account ? notice->account : notice->subject;
    if (!first) return notice_is_of_journal(notice->kind) ? "journal" : NULL;
    bool both = notice->account && notice->subject;
    snprintf(scope, SCOPE_SIZE, "%s%s%s", first, both ? "/" : "", both ? notice->subject : "");
    return scope;
}

void notice_log(const struct notice *notice)
{
    char text[ERROR_TEXT_SIZE], scope[SCOPE_SIZE];
    log_write(notice_trait(notice->kind)->level, scope_of(notice, scope), "%s",
              error_text(notice->message, notice->remedy, text));
}

bool notice_say(struct journal *journal, const struct notice *notice)
{
    notice_log(notice);
    return notice_emit(journal, notice);
}

void notice_tend(struct journal *journal)
{
    char message[96];
    int64_t count = journal_submit_notices(journal);
    if (!count) return;
    snprintf(message, sizeof message, "%lld more notice%s left out", (long long)count,
             count == 1 ? " was" : "s were");
    notice_say(journal,
               &(struct notice){
                   .kind = NOTICE_LEFT_OUT,
                   .message = message,
                   .remedy = "the log tells them all; per_hour of notices { ... } bounds what is stored",
                   .events = count});
}
