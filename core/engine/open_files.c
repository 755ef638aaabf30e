#include "engine/open_files.h"
#include "base/log.h"
#include "base/smaller.h"
#include <sys/resource.h>

static int64_t needed_for(int64_t connections)
{
    return connections * OPEN_FILES_PER_CONNECTION + OPEN_FILES_BESIDE;
}

int64_t open_files_allow(int64_t connections, int64_t limit)
{
    return larger(1, smaller(connections, (limit - OPEN_FILES_BESIDE) / OPEN_FILES_PER_CONNECTION));
}

static int64_t count_of(rlim_t limit)
{
    return limit == RLIM_INFINITY || limit > INT32_MAX ? INT32_MAX : (int64_t)limit;
}

/* Raised only where it is too low: who needs the usual many keeps the usual limit. */
static int64_t limit_for(int64_t needed)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0) return INT32_MAX;
    int64_t now = count_of(files.rlim_cur), most = count_of(files.rlim_max);
    if (now >= needed || most <= now) return now;
    files.rlim_cur = (rlim_t)smaller(needed, most);
    return setrlimit(RLIMIT_NOFILE, &files) < 0 ? now : (int64_t)files.rlim_cur;
}

int64_t open_files_for_connections(int64_t connections)
{
    int64_t limit = limit_for(needed_for(connections)), allowed = open_files_allow(connections, limit);
    if (allowed < connections)
        log_write(POSTERN_LOG_WARNING, NULL,
                  "this process may have %lld files open: of max_connections = %lld in http { ... } at most "
                  "%lld are "
                  "opened; raise its limit (ulimit -n, or LimitNOFILE of systemd) to %lld, or lower "
                  "max_connections",
                  (long long)limit, (long long)connections, (long long)allowed,
                  (long long)needed_for(connections));
    return allowed;
}
