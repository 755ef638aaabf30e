#include "collect/notice.h"

#include "base/log.h"

void notice_emit(int level, const char *account, const char *message, const char *remedy)
{
    if (remedy && remedy[0])
        log_write(level, account, "%s. %s", message, remedy);
    else
        log_write(level, account, "%s", message);
}
