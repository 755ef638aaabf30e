#include "truth.h"
#include "files.h"

void truth_line(struct text *out, const struct account *account, const struct event *event, bool salvageable,
                const char *file, const char *member)
{
    char marker[MARKER_SIZE];
    event_marker(&account->style, event, marker);
    const char *type = event->source == SIEM ? siem_type_name(event->type) : source_name(event->source);
    text_printf(out,
                "{\"account\":\"%s\",\"source\":\"%s\",\"type\":\"%s\",\"marker\":\"%s\",\"event_ms\":%lld,"
                "\"visible_ms\":%lld,\"salvageable\":%s",
                account->keys.account, source_name(event->source), type, marker, (long long)event->event_ms,
                (long long)event->visible_ms, salvageable ? "true" : "false");
    if (file) text_printf(out, ",\"file\":\"%s\",\"member\":\"%s\"", file, member);
    text_puts(out, ",\"event\":");
    event_write(out, &account->style, event);
    text_puts(out, "}\n");
}

static void append_line(void *context, const struct account *account, const struct event *event,
                        bool salvageable, const char *file, const char *member)
{
    truth_line(context, account, event, salvageable, file, member);
}

void truth_print(struct text *out, const struct world *world, int64_t now_ms)
{
    for (size_t i = 0; i < world->account_count; i++) {
        const struct account *account = &world->accounts[i];
        siem_files_each(account->files, append_line, out);
        for (int source = AUDIT; source < SOURCES; source++) {
            const struct log *log = &account->logs[source];
            for (size_t k = 0; k < log->count; k++)
                if (log->events[k].visible_ms <= now_ms)
                    truth_line(out, account, &log->events[k], true, NULL, NULL);
        }
    }
}
