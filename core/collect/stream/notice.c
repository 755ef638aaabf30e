#include "collect/stream/notice.h"

#include "base/error.h"
#include "base/log.h"

void notice_emit(int level, const char *account, const char *message, const char *remedy)
{
    char text[ERROR_TEXT_SIZE];
    log_write(level, account, "%s", error_text(message, remedy, text));
}
