#include "batches.h"
#include "random.h"
#include "times.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETENTION_DAYS = 7, PAGE_LIMIT = 100, USUAL_PAGE = 25 };

static const char code[] = "Request Validation Failed";

static bool refuse(struct violation *violation, const char *rule, const char *parameter, const char *what)
{
    return violate(violation, rule, 400, code, parameter, "%s: %s", parameter, what);
}

/* Exactly 2026-01-31. */
static bool read_day(const char *text, int64_t *ms)
{
    char spelled[40];
    if (strlen(text) != 10 || snprintf(spelled, sizeof spelled, "%sT00:00:00+0000", text) != 24) return false;
    return time_parse_iso(spelled, ms);
}

static bool read_type(const char *text, enum source source, struct batch_question *question,
                      struct violation *violation)
{
    unsigned first = source == SIEM ? 0 : SIEM_TYPES, end = source == SIEM ? SIEM_TYPES : BATCH_TYPES;
    for (unsigned type = first; type < end; type++) {
        const char *name = source == SIEM ? batch_type_name((enum siem_type)type)
                                          : ci_type_name((enum ci_type)(type - SIEM_TYPES));
        size_t size = strlen(name);
        if (strncmp(text, name, size) != 0) continue;
        if (text[size] == ':')
            return refuse(violation, "filter", "type",
                          "a collector that filters loses events; the simulator does not filter");
        question->type = type;
        if (text[size] == '\0') return true;
    }
    return refuse(violation, "batch-type", "type", "must be one known type: one call for each");
}

static bool read_page_size(const char *text, struct batch_question *question, struct violation *violation)
{
    char *end;
    unsigned long size = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || size < 1 || size > PAGE_LIMIT)
        return refuse(violation, "page-size", "pageSize", "must be a number from 1 to 100");
    question->page_size = size;
    return true;
}

static bool check_range(const struct batch_question *question, int64_t now_ms, struct violation *violation)
{
    int64_t today_ms = now_ms / DAY * DAY;
    if (question->start_ms && question->start_ms < today_ms - RETENTION_DAYS * DAY)
        return refuse(violation, "date-range", "dateRangeStartsAt", "events are kept for 7 days");
    if (question->start_ms > today_ms || question->end_ms > today_ms + DAY)
        return refuse(violation, "range-in-future", "dateRangeEndsAt", "lies in the future");
    return !question->end_ms || question->end_ms > question->start_ms ||
           refuse(violation, "range-order", "dateRangeStartsAt", "lies after dateRangeEndsAt");
}

enum parameter { TYPE, STARTS, ENDS, NEXT_PAGE, PAGE_SIZE, PARAMETERS };

static bool read_parameter(enum parameter parameter, const char *value, enum source source,
                           struct batch_question *question, struct violation *violation)
{
    switch (parameter) {
    case TYPE:
        return read_type(value, source, question, violation);
    case STARTS:
        return read_day(value, &question->start_ms) ||
               refuse(violation, "date-spelling", "dateRangeStartsAt", "must look like 2026-01-31");
    case ENDS:
        if (!read_day(value, &question->end_ms))
            return refuse(violation, "date-spelling", "dateRangeEndsAt", "must look like 2026-01-31");
        question->end_ms += DAY;
        return true;
    case NEXT_PAGE:
        question->token = value;
        return true;
    default:
        return read_page_size(value, question, violation);
    }
}

bool batch_question_read(const struct http_request *request, enum source source, int64_t now_ms,
                         struct batch_question *question, struct violation *violation)
{
    static const char *const names[PARAMETERS] = {"type", "dateRangeStartsAt", "dateRangeEndsAt", "nextPage",
                                                  "pageSize"};
    bool seen[PARAMETERS] = {false};
    *question = (struct batch_question){.page_size = USUAL_PAGE};
    for (size_t i = 0; i < request->argument_count && i < HTTP_ARGUMENTS; i++) {
        const struct http_argument *one = &request->arguments[i];
        int parameter = 0;
        while (parameter < PARAMETERS && strcmp(one->name, names[parameter]) != 0)
            parameter++;
        if (parameter == PARAMETERS)
            return refuse(violation, "unknown-parameter", one->name, "there is no such parameter");
        if (seen[parameter]) return refuse(violation, "repeated-parameter", one->name, "is there twice");
        if (!*one->value) return refuse(violation, "blank-parameter", one->name, "is empty: leave it out");
        seen[parameter] = true;
        if (!read_parameter((enum parameter)parameter, one->value, source, question, violation)) return false;
    }
    if (!seen[TYPE]) return refuse(violation, "missing-parameter", "type", "is missing");
    /* Dates beside a token are tolerated, and mean nothing. */
    return question->token || check_range(question, now_ms, violation);
}

void batch_link_sign(uint64_t seed, const struct batch_link *link, char signature[LINK_SIGNATURE])
{
    char text[160];
    int size = snprintf(text, sizeof text, "%u %u %" PRIu64 " %" PRId64 " %" PRId64, link->account,
                        link->type, link->number, link->issued_ms, link->life_ms);
    snprintf(signature, LINK_SIGNATURE, "%016llx%016llx",
             (unsigned long long)mix_text(seed ^ 1, text, (size_t)size),
             (unsigned long long)mix_text(seed ^ 2, text, (size_t)size));
}

void batch_link_write(struct text *out, uint64_t seed, unsigned port, const struct batch_link *link,
                      const char *between)
{
    char signature[LINK_SIGNATURE];
    batch_link_sign(seed, link, signature);
    text_printf(out,
                "https://localhost:%u/siem-batch-eu/%u/%u/events-%" PRIu64
                ".json.gz?X-Amz-Algorithm=AWS4-HMAC-SHA256%sX-Amz-Date=%" PRId64 "%sX-Amz-Expires=%" PRId64
                "%sX-Amz-SignedHeaders=host%sX-Amz-Signature=%s",
                port, link->account, link->type, link->number, between, link->issued_ms, between,
                link->life_ms, between, between, signature);
}

bool batch_link_read(const struct http_request *request, uint64_t seed, struct batch_link *link, bool *good)
{
    *link = (struct batch_link){0};
    *good = false;
    int end = 0;
    if (sscanf(request->path, "/siem-batch-eu/%u/%u/events-%" SCNu64 ".json.gz%n", &link->account,
               &link->type, &link->number, &end) != 3 ||
        !end || request->path[end])
        return false;
    const char *signature = "";
    for (size_t i = 0; i < request->argument_count && i < HTTP_ARGUMENTS; i++) {
        const struct http_argument *one = &request->arguments[i];
        if (strcmp(one->name, "X-Amz-Date") == 0) link->issued_ms = strtoll(one->value, NULL, 10);
        if (strcmp(one->name, "X-Amz-Expires") == 0) link->life_ms = strtoll(one->value, NULL, 10);
        if (strcmp(one->name, "X-Amz-Signature") == 0) signature = one->value;
    }
    char expected[LINK_SIGNATURE];
    batch_link_sign(seed, link, expected);
    *good = request->argument_count == 5 && strcmp(signature, expected) == 0;
    return true;
}
