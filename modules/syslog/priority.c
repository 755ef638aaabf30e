#include "priority.h"

const char *const facility_names[] = {"kern",   "user",   "mail",   "daemon",   "auth",   "syslog", "lpr",
                                      "news",   "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",
                                      "alert",  "clock",  "local0", "local1",   "local2", "local3", "local4",
                                      "local5", "local6", "local7", NULL};

const char *const severity_names[] = {"emerg",  "alert", "crit",  "err", "warning",
                                      "notice", "info",  "debug", NULL};

/* What products call it. */
static const struct {
    const char *name;
    int severity;
} other_names[] = {
    {"emergency", 0},   {"panic", 0}, {"critical", 2}, {"fatal", 2}, {"error", 3},
    {"high", 3},        {"warn", 4},  {"medium", 4},   {"low", 5},   {"informational", 6},
    {"information", 6}, {"none", 6},  {"trace", 7},
};

static int find(postern_text name, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (kit_is_ignoring_case(name, names[i])) return i;
    return -1;
}

int facility_of(postern_text name)
{
    return find(name, facility_names);
}

int severity_of(postern_text name)
{
    int found = find(name, severity_names);
    if (found >= 0) return found;
    if (name.size == 1 && name.data[0] >= '0' && name.data[0] <= '7') return name.data[0] - '0';
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (kit_is_ignoring_case(name, other_names[i].name)) return other_names[i].severity;
    return -1;
}
