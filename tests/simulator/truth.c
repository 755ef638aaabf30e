#include "truth.h"
#include "files.h"

void truth_line(struct text *out, const struct account *account, const struct event *event, bool salvageable,
                const char *file, const char *member)
{
    char marker[MARKER_SIZE];
    event_marker(&account->style, event, marker);
    text_printf(out,
                "{\"account\":\"%s\",\"source\":\"%s\",\"type\":\"%s\",\"marker\":\"%s\",\"event_ms\":%lld,"
                "\"visible_ms\":%lld,\"salvageable\":%s",
                account->keys.account, source_name(event->source), event_type_name(event), marker,
                (long long)event->event_ms, (long long)event_due_ms(event), salvageable ? "true" : "false");
    if (event->gone_ms)
        text_printf(out, ",\"shown_ms\":%lld", (long long)(event->gone_ms - event->visible_ms));
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

static void print_event(struct text *out, const struct account *account, const struct event *event,
                        int64_t now_ms)
{
    struct event left = event_leaving(event);
    if (event->visible_ms <= now_ms) truth_line(out, account, event, true, NULL, NULL);
    if (event->source == HOLD_QUEUE && event->gone_ms && event->gone_ms <= now_ms)
        truth_line(out, account, &left, true, NULL, NULL);
}

void truth_print(struct text *out, const struct world *world, int64_t now_ms)
{
    for (size_t i = 0; i < world->account_count; i++) {
        const struct account *account = &world->accounts[i];
        siem_files_each(account->files, append_line, out);
        for (int source = AUDIT; source < SOURCES; source++) {
            const struct log *log = &account->logs[source];
            for (size_t k = 0; k < log->count; k++)
                print_event(out, account, &log->events[k], now_ms);
        }
    }
}
