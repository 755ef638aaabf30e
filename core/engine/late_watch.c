#include "engine/late_watch.h"
#include "base/log.h"
#include "base/text.h"
#include "report/late_words.h"
#include <string.h>

static void set(struct metrics *metrics, enum late_cause cause, const char *name, const char *help,
                double value)
{
    struct metric_group *group = metrics_group(metrics, "cause", text_of(late_cause_name(cause)));
    if (group) metric_set(metric_find(group, METRIC_GAUGE, name, help, NULL, 0), value);
}

static void show(struct metrics *metrics, const struct late_polls *late)
{
    for (int cause = 0; cause < LATE_CAUSES; cause++) {
        const struct late_group *group = &late->groups[cause];
        int64_t later_ms = group->streams > 0 ? group->every_ms - group->interval_ms : 0;
        set(metrics, (enum late_cause)cause, "postern_late_streams",
            "streams that are polled less often than their interval says", (double)group->streams);
        set(metrics, (enum late_cause)cause, "postern_late_poll_seconds",
            "how much longer than their interval is between their polls on average", (double)later_ms / 1000);
    }
}

static void say(struct late_watch *watch, const struct late_polls *late, enum late_cause cause)
{
    struct late_words words;
    char text[ERROR_TEXT_SIZE];
    watch->is_said_of[cause] = true;
    late_words(late, cause, &words);
    log_write(POSTERN_LOG_WARNING, "polls", "%s", error_text(words.text, words.remedy, text));
}

void late_watch_look(struct late_watch *watch, const struct late_polls *late, struct metrics *metrics,
                     int64_t now_ms)
{
    if (metrics) show(metrics, late);
    bool repeats = watch->is_said && now_ms - watch->said_ms >= LATE_REPEAT_MS, any = false;
    if (repeats) memset(watch->is_said_of, 0, sizeof watch->is_said_of);
    for (int cause = 0; cause < LATE_CAUSES; cause++) {
        if (late->groups[cause].streams <= 0) continue;
        any = true;
        watch->seen_ms = now_ms;
        if (watch->is_said_of[cause]) continue;
        if (!watch->is_said || repeats) watch->said_ms = now_ms;
        watch->is_said = true;
        say(watch, late, (enum late_cause)cause);
    }
    if (any || !watch->is_said || now_ms - watch->seen_ms < LATE_OVER_MS) return;
    log_write(POSTERN_LOG_INFO, "polls", "all streams are polled as often as their interval says again");
    *watch = (struct late_watch){0};
}
