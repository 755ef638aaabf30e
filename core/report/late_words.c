#include "report/late_words.h"
#include "base/plural.h"
#include "base/units.h"
#include <stdio.h>

/* Each behind "because", and what to do about it; a setting is named with its value. */
static const struct {
    const char *why, *setting, *remedy;
} causes[LATE_CAUSES] = {
    [LATE_CONNECTIONS] = {"all connections are in use", "max_connections",
                          "Raise max_connections in http { ... }, which needs a restart, or lengthen"},
    [LATE_HOST_CONNECTIONS] =
        {"all connections to their host are in use", "max_connections_per_host",
         "Raise max_connections_per_host in http { ... }, which needs a restart, or lengthen"},
    [LATE_HOST] = {"their host answers no faster over more connections, or refuses some", NULL, "Lengthen"},
    [LATE_TURN] = {"their account may not send more requests in a second", "requests_per_second",
                   "Raise requests_per_second in http { ... }, or lengthen"},
    [LATE_LIMIT] = {"the vendor's rate limit makes them wait", NULL,
                    "Have the vendor raise the limit, or lengthen"},
    [LATE_ANSWER] = {"the vendor's answers take so long", NULL, "Lengthen"},
    [LATE_MACHINE] = {"Postern does not keep up on this machine", NULL,
                      "Give it more processor time or a faster disk, or lengthen"},
};

void late_words(const struct late_polls *polls, enum late_cause cause, struct late_words *words)
{
    const struct late_group *group = &polls->groups[cause];
    char every[32], interval[32], setting[96] = "";
    duration_format(group->every_ms, every);
    duration_format(group->interval_ms, interval);
    if (causes[cause].setting && polls->settings[cause])
        snprintf(setting, sizeof setting, " (%s = %lld)", causes[cause].setting,
                 (long long)polls->settings[cause]);
    snprintf(words->text, sizeof words->text,
             "%lld stream%s %s polled every %s on average instead of every %s, because %s%s%s%s",
             (long long)group->streams, plural(group->streams), plural_are(group->streams), every, interval,
             causes[cause].why, setting, group->example[0] ? ", such as " : "", group->example);
    snprintf(words->remedy, sizeof words->remedy, "%s `interval` of their sources to %s or more",
             causes[cause].remedy, every);
}
