/* message-finder: looks for mails among the world's mail events, and shows one. */
#include "files.h"
#include "mail.h"
#include "service.h"
#include "times.h"
#include "token.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_ANSWER = 500 }; /* mails; there are no further pages */

/* One mail, as its events tell. */
struct tracked {
    struct event receipt;
    unsigned recipients;
    bool rejected, held, delivered, failed;
};

struct search {
    const struct account *account;
    const char *message_id; /* with angle brackets or without */
    const char *from, *to, *subject, *address, *url;
    int64_t start_ms, end_ms, now_ms;
    const uint32_t *message; /* not NULL: this mail, whatever else is asked */
    struct tracked *mails;
    size_t count, capacity;
};

typedef void visit_event(void *context, const struct account *account, const struct event *event,
                         bool salvageable, const char *file, const char *member);

/* Every mail event, whether its file is published or not: tracking knows at once. */
static void each_mail_event(const struct account *account, visit_event *visit, void *context)
{
    siem_files_each(account->files, visit, context);
    const struct log *log = &account->logs[SIEM];
    for (size_t i = 0; i < log->count; i++)
        visit(context, account, &log->events[i], true, NULL, NULL);
}

static bool same_id(const char *wanted, const char *id)
{
    size_t size = strlen(id);
    if (strcmp(wanted, id) == 0) return true;
    return size > 2 && strlen(wanted) == size - 2 && strncmp(wanted, id + 1, size - 2) == 0;
}

static void write_sender(const struct search *search, const struct event *receipt, const struct mail *mail,
                         struct text *out)
{
    char marker[MARKER_SIZE];
    event_marker(&search->account->style, receipt, marker);
    if (event_without_sender(&search->account->style, receipt))
        text_puts(out, "<>");
    else
        text_printf(out, "bounce+%s@%s", marker, mail->sender_domain);
}

static bool matches(const struct search *search, const struct event *receipt)
{
    if (search->message) return *search->message == receipt->message;
    if (receipt->event_ms < search->start_ms || receipt->event_ms > search->end_ms) return false;
    struct mail mail = mail_of(&search->account->style, receipt);
    if (search->message_id) return !mail.blank_id && same_id(search->message_id, mail.message_id);
    struct text sender = {0};
    write_sender(search, receipt, &mail, &sender);
    text_printf(&sender, " news@%s", mail.sender_domain);
    bool good = (!search->from || strcasestr(sender.data, search->from)) &&
                (!search->to || strcasestr(mail.recipient, search->to)) &&
                (!search->subject || strcasestr(mail.subject, search->subject)) &&
                (!search->address || strcmp(mail.address, search->address) == 0) &&
                !search->url; /* no mail has a link */
    text_free(&sender);
    return good;
}

static void find_receipt(void *context, const struct account *account, const struct event *event,
                         bool salvageable, const char *file, const char *member)
{
    (void)account, (void)salvageable, (void)file, (void)member;
    struct search *search = context;
    if (event->type != RECEIPT || event->variant || event->event_ms > search->now_ms) return;
    for (size_t i = 0; i < search->count; i++)
        if (search->mails[i].receipt.message == event->message) return; /* its equal */
    if (!matches(search, event)) return;
    if (search->count == search->capacity) {
        search->capacity = search->capacity ? search->capacity * 2 : 16;
        search->mails = must_grow(search->mails, search->capacity * sizeof *search->mails);
    }
    search->mails[search->count++] = (struct tracked){.receipt = *event, .recipients = 1};
}

/* What the events of a found mail say about it. */
static void learn(void *context, const struct account *account, const struct event *event, bool salvageable,
                  const char *file, const char *member)
{
    (void)salvageable, (void)file, (void)member;
    struct search *search = context;
    struct tracked *mail = NULL;
    for (size_t i = 0; i < search->count && !mail; i++)
        if (search->mails[i].receipt.message == event->message) mail = &search->mails[i];
    if (!mail || event->event_ms > search->now_ms) return;
    struct text record = {0};
    event_write(&record, &account->style, event);
    if (event->type == RECEIPT) {
        if (event->variant >= mail->recipients) mail->recipients = event->variant + 1u;
        mail->rejected = mail->rejected || strstr(record.data, "\"Act\":\"Rej\"");
    } else if (event->type == PROCESS) {
        mail->held = strstr(record.data, "\"Act\":\"Hld\"") != NULL;
    } else if (event->type == DELIVERY) {
        bool delivered = strstr(record.data, "\"Delivered\":true") != NULL;
        mail->delivered = mail->delivered || delivered;
        mail->failed = mail->failed || !delivered;
    }
    text_free(&record);
}

static int newest_first(const void *left, const void *right)
{
    const struct tracked *a = left, *b = right;
    if (a->receipt.event_ms != b->receipt.event_ms) return a->receipt.event_ms > b->receipt.event_ms ? -1 : 1;
    return a->receipt.message < b->receipt.message ? -1 : 1;
}

static void run(struct search *search)
{
    each_mail_event(search->account, find_receipt, search);
    if (!search->count) return;
    qsort(search->mails, search->count, sizeof *search->mails, newest_first);
    if (search->count > LARGEST_ANSWER) search->count = LARGEST_ANSWER;
    each_mail_event(search->account, learn, search);
}

static const char *status_of(const struct tracked *mail)
{
    return mail->rejected    ? "rejected"
           : mail->held      ? "held"
           : mail->delivered ? "archived"
           : mail->failed    ? "deferred"
                             : "accepted";
}

static void write_address(struct object *object, const char *key, const char *address, const char *name)
{
    struct text json = {0};
    struct object inner;
    object_begin(&inner, &json, false);
    object_text(&inner, "displayableName", name);
    object_text(&inner, "emailAddress", address);
    object_end(&inner);
    object_raw(object, key, json.data);
    text_free(&json);
}

static void write_recipients(struct object *object, const struct mail *mail, unsigned count)
{
    struct text json = {0};
    text_printf(&json, "[{\"displayableName\":\"\",\"emailAddress\":\"%s\"}", mail->recipient);
    for (unsigned i = 1; i < count; i++)
        text_printf(&json, ",{\"emailAddress\":\"team%u@%s\"}", i, mail->domain);
    text_put(&json, ']');
    object_raw(object, "to", json.data);
    text_free(&json);
}

static void write_tracked(struct text *out, const struct service *service, const struct search *search,
                          const struct tracked *tracked, bool with_id)
{
    const struct event_style *style = &search->account->style;
    struct mail mail = mail_of(style, &tracked->receipt);
    struct random random = event_random(style, &tracked->receipt);
    struct text text = {0};
    struct object object;
    object_begin(&object, out, false);
    if (with_id) {
        /* Another text in each answer, for the same mail. */
        struct text content = {0};
        text_printf(&content, "mail %u %u", style->account, tracked->receipt.message);
        token_seal(&text, service->settings->seed, service->nonce, content.data);
        object_text(&object, "id", text.data);
        text_free(&content);
    }
    object_text(&object, "status", status_of(tracked));
    object_date(&object, "received", tracked->receipt.event_ms, &random, style->nasty);
    object_date(&object, "sent", tracked->receipt.event_ms, &random, style->nasty);
    text_clear(&text);
    write_sender(search, &tracked->receipt, &mail, &text);
    write_address(&object, "fromEnv", text.data, "");
    text_clear(&text);
    text_printf(&text, "news@%s", mail.sender_domain);
    write_address(&object, "fromHdr", text.data, mail.first_name);
    write_recipients(&object, &mail, tracked->recipients);
    object_text(&object, "subject", mail.subject);
    object_text(&object, "messageId", mail.blank_id ? "" : mail.message_id);
    object_text(&object, "route",
                mail.direction[0] == 'O'   ? "outbound"
                : mail.direction[2] == 'b' ? "inbound"
                                           : "internal");
    object_text(&object, "senderIP", mail.address);
    object_raw(&object, "attachments", random_chance(&random, 300) ? "true" : "false");
    object_text(&object, "info", tracked->rejected ? "Invalid Recipient" : "");
    object_text(&object, "detectionLevel", "relaxed");
    object_integer(&object, "spamScore", (int64_t)random_below(&random, 29));
    object_end(&object);
    text_free(&text);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(member) ? member->valuestring : NULL;
}

/* Exactly one way of asking, and something to look for in it. */
static bool read_search(const struct caller *caller, const cJSON *item, int64_t now_ms, struct search *search,
                        struct violation *violation)
{
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(item, "advancedTrackAndTraceOptions");
    *search = (struct search){.account = caller->account,
                              .message_id = text_of(item, "messageId"),
                              .from = text_of(options, "from"),
                              .to = text_of(options, "to"),
                              .subject = text_of(options, "subject"),
                              .address = text_of(options, "senderIP"),
                              .url = text_of(options, "url"),
                              .start_ms = now_ms - caller->endpoint->default_days * DAY,
                              .end_ms = now_ms,
                              .now_ms = now_ms};
    const char *start = text_of(item, "start"), *end = text_of(item, "end");
    if (start) time_parse_iso(start, &search->start_ms);
    if (end) time_parse_iso(end, &search->end_ms);
    search->end_ms += SECOND - 1;
    if (!search->message_id == !options)
        return violate(violation, "search-way", 400, "err_validation_invalid", "messageId",
                       "exactly one of messageId and advancedTrackAndTraceOptions is wanted");
    if (options && !search->from && !search->to && !search->subject && !search->address && !search->url)
        return violate(violation, "search-way", 400, "err_validation_null", "advancedTrackAndTraceOptions",
                       "at least one of from, to, subject, senderIP and url is wanted");
    return search->start_ms <= search->end_ms ||
           violate(violation, "range-order", 400, "err_validation_date_range", "start", "lies after end");
}

static bool answer_search(struct service *service, const struct caller *caller, const cJSON *item,
                          int64_t now_ms, struct text *out, struct violation *violation)
{
    struct search search;
    if (!read_search(caller, item, now_ms, &search, violation)) return false;
    run(&search);
    text_printf(out, "{\"meta\":{\"pagination\":{\"pageSize\":%zu},\"status\":200},\"data\":[", search.count);
    if (search.count || !service->settings->quirks) text_puts(out, "{\"trackedEmails\":[");
    for (size_t i = 0; i < search.count; i++) {
        if (i) text_put(out, ',');
        write_tracked(out, service, &search, &search.mails[i], true);
    }
    if (search.count || !service->settings->quirks) text_puts(out, "]}");
    text_puts(out, "],\"fail\":[]}");
    free(search.mails);
    return true;
}

static bool answer_info(struct service *service, const struct caller *caller, const cJSON *item,
                        int64_t now_ms, struct text *out, struct violation *violation)
{
    struct text content = {0};
    unsigned owner = 0;
    uint32_t message = 0;
    bool opened = token_open(service->settings->seed, text_of(item, "id"), &content) &&
                  sscanf(content.data, "mail %u %u", &owner, &message) == 2 &&
                  owner == caller->account->style.account;
    text_free(&content);
    struct search search = {.account = caller->account, .message = &message, .now_ms = now_ms};
    if (opened) run(&search);
    if (!search.count)
        return violate(violation, "mail-id", 404, "err_message_not_found", "id",
                       "is no id that a search of this account gave");
    const struct tracked *mail = &search.mails[0];
    text_printf(out,
                "{\"meta\":{\"status\":200},\"data\":[{\"id\":\"%s\",\"status\":\"%s\",\"recipientInfo\":"
                "{\"messageInfo\":",
                text_of(item, "id"), status_of(mail));
    write_tracked(out, service, &search, mail, false);
    text_printf(out,
                ",\"recipientMetaInfo\":{\"components\":[]},\"txInfo\":{\"queueDetailStatus\":\"%s\","
                "\"transmissionInfo\":\"\"}},\"deliveredMessage\":{},\"retentionInfo\":{\"audits\":[],"
                "\"originalPolicy\":true},\"spamInfo\":{\"spamScore\":0,\"detectionLevel\":\"relaxed\","
                "\"spamProcessingDetail\":{}},\"queueInfo\":{},\"policyInfo\":[]}],\"fail\":[]}",
                mail->held ? "held" : "");
    free(search.mails);
    return true;
}

bool message_finder_answer(struct service *service, const struct caller *caller,
                           const struct question *question, int64_t now_ms, struct http_reply *reply,
                           struct violation *violation)
{
    bool good = caller->endpoint->source == MESSAGE_FINDER
                    ? answer_search(service, caller, question->item, now_ms, &reply->body, violation)
                    : answer_info(service, caller, question->item, now_ms, &reply->body, violation);
    reply->status = 200;
    if (good) http_header(reply, "Content-Type", "application/json");
    return good;
}
