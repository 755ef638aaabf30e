#include "truth.h"
#include "batch_store.h"
#include "canonical.h"
#include "endpoint.h"
#include "files.h"

/* The form of API 2.0 as a number: compare makes the same of what it reads. */
static void write_second_form(struct text *out, const struct account *account, const struct event *event)
{
    struct text record = {0}, same = {0};
    event_write_batch(&record, &account->style, event);
    canonical(&same, record.data, record.size);
    text_printf(out, ",\"salvageable_2\":%s,\"form_2\":\"%016llx\"",
                batch_store_keeps(account->store, event) ? "true" : "false",
                (unsigned long long)canonical_number(same.data, same.size));
    text_free(&record);
    text_free(&same);
}

void truth_use(struct text *out, const struct account *account)
{
    text_printf(out, "{\"account\":\"%s\",\"used\":%u}\n", account->keys.account, account->used);
}

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
    if (event->source == SIEM) write_second_form(out, account, event);
    if (!endpoint_over(event->source, API_1)) text_puts(out, ",\"only\":2");
    if (file) text_printf(out, ",\"file\":\"%s\",\"member\":\"%s\"", file, member);
    text_puts(out, ",\"event\":");
    event_write(out, &account->style, event);
    text_puts(out, "}\n");
}

void truth_end(struct text *out, const struct account *account, const struct event *event)
{
    char marker[MARKER_SIZE];
    event_marker(&account->style, event, marker);
    text_printf(out, "{\"account\":\"%s\",\"gone\":\"%s\",\"shown_ms\":%lld}\n", account->keys.account,
                marker, (long long)(event->gone_ms - event->visible_ms));
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
    if (!event->gone_ms || event->gone_ms > now_ms) return;
    truth_end(out, account, event);
    if (event->source == HOLD_QUEUE) truth_line(out, account, &left, true, NULL, NULL);
}

void truth_print(struct text *out, const struct world *world, int64_t now_ms)
{
    for (size_t i = 0; i < world->account_count; i++) {
        const struct account *account = &world->accounts[i];
        if (!account->files) continue;
        if (account->used) truth_use(out, account);
        siem_files_each(account->files, append_line, out);
        batch_store_each(account->store, append_line, out);
        for (int source = AUDIT; source < SOURCES; source++) {
            const struct log *log = &account->logs[source];
            if (source == SIEM_CI) continue; /* in files */
            for (size_t k = 0; k < log->count; k++)
                print_event(out, account, &log->events[k], now_ms);
        }
    }
}
