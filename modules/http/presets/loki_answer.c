/* A refusal that names entries:
 *
 *     entry with timestamp 2026-11-27 10:00:00.123 +0000 UTC ignored, reason: 'entry too far behind ...',
 *     user 'acme', total ignored: 1 out of 3 for stream: {account="acme", source="siem"}
 *
 * The others of that stream are stored. It speaks of one stream, even if entries of several were refused, and
 * of the first ten entries, with the oldest time that is acceptable: what it does not speak of is sent again,
 * and what is stored already does not become two by that: unless it is too far behind by then, which is said
 * of a stored entry as of any other. A push spans less than that. */
#include "loki.h"

#define REMEDY_METADATA                                                                                      \
    "allow structured metadata (limits_config.allow_structured_metadata, schema v13; Loki 3 does by "        \
    "default): the event's id is in it"

struct loki_refusal {
    postern_text stream; /* its labels as the receiver writes them */
    int64_t ignored, of; /* so many of its entries */
};

/* ---- Reading ---- */

/* What stands behind the words, to the end of the text; empty if they are not in it. */
static postern_text behind(postern_text text, const char *words)
{
    size_t size = strlen(words);
    const char *found = text.size ? memmem(text.data, text.size, words, size) : NULL;
    return found ? kit_between(found + size, kit_end(text)) : kit_span(NULL, 0);
}

static postern_text up_to(postern_text text, const char *words)
{
    const char *found = text.size ? memmem(text.data, text.size, words, strlen(words)) : NULL;
    return found ? kit_between(text.data, found) : kit_span(NULL, 0);
}

static postern_text take_line(postern_text *text)
{
    const char *end = text->size ? memchr(text->data, '\n', text->size) : NULL;
    postern_text line = end ? kit_between(text->data, end) : *text;
    *text = end ? kit_between(end + 1, kit_end(*text)) : kit_span(NULL, 0);
    return line;
}

static int64_t read_number(postern_text text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.size && i < 9 && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        number = number * 10 + (text.data[i] - '0');
    return number;
}

static bool read_refusal(postern_text body, struct loki_refusal *refusal)
{
    postern_text total = behind(body, "total ignored: "), stream = behind(total, " for stream: ");
    if (!stream.size) stream = behind(body, " for stream: "); /* of an older server, in each line */
    *refusal = (struct loki_refusal){.stream = take_line(&stream),
                                     .ignored = read_number(total),
                                     .of = read_number(behind(total, " out of "))};
    return refusal->stream.size && refusal->ignored > 0 && refusal->of >= refusal->ignored;
}

/* An entry that a line is about. */
static bool read_entry(postern_text line, int64_t *time, postern_text *reason)
{
    postern_text entry = behind(line, "entry with timestamp ");
    *reason = behind(entry, " ignored, reason: '");
    postern_text words = up_to(*reason, "' for stream: ");
    if (!words.size) words = up_to(*reason, "',");
    if (words.size) *reason = words;
    return reason->size && loki_read_time(entry, time);
}

/* ---- Whose stream it is ---- */

static bool stands_in(postern_text stream, postern_text label)
{
    const char *end = kit_end(stream);
    for (const char *at = stream.data; at < end; at++) {
        at = memmem(at, (size_t)(end - at), label.data, label.size);
        if (!at) return false;
        if (at > stream.data && strchr("{, ", at[-1])) return true;
    }
    return false;
}

/* Every label of the event, and none that it lacks; the receiver may have added others. */
static bool is_of_stream(const struct loki *own, const postern_sink_event *event, postern_text stream)
{
    char value_buffer[LOKI_VALUE_ROOM], buffer[2 * LOKI_VALUE_ROOM];
    for (size_t i = 0; i < own->label_count; i++) {
        struct kit_writer label = kit_writer_in_buffer(buffer, sizeof buffer);
        postern_text value = loki_label_value(&own->labels[i], event, value_buffer);
        kit_write(&label, own->labels[i].name);
        kit_write_string(&label, "=");
        if (value.size) kit_write_json_string(&label, value);
        bool found = stands_in(stream, kit_span(buffer, label.size));
        if (label.failed || found != (value.size > 0)) return false;
    }
    return true;
}

/* The members of a part stand together: first .. end of the body. */
struct members {
    size_t first, end;
};

static struct members find_stream(const struct writing *writing, postern_text stream)
{
    const struct bundle *request = &writing->request;
    struct members found = {0, 0};
    for (size_t i = 0, end; i < request->count && !found.end; i = end) {
        size_t part = writing->parts[request->members[i]];
        for (end = i + 1; end < request->count && writing->parts[request->members[end]] == part;)
            end++;
        if (is_of_stream(writing->sink->own, writing->batch->events[request->members[i]], stream))
            found = (struct members){i, end};
    }
    return found;
}

/* ---- Judging ---- */

static void reject(struct writing *writing, size_t member, postern_text reason)
{
    bool too_far = behind(reason, "too far behind").data || behind(reason, "out of order").data;
    bool may_be_stored = too_far && writing->batch->attempt > 1;
    settle_rejected(writing, member, too_far ? "too far behind" : "refused", "Loki: %s%.*s",
                    may_be_stored ? "(it may be stored already) " : "",
                    (int)(reason.size < 300 ? reason.size : 300), reason.data);
}

/* The entry of that time, and those that are older than is acceptable: they need not be named. Returns how
 * many they are. */
static int64_t reject_entries(struct writing *writing, struct members members, int64_t time,
                              postern_text reason)
{
    int64_t oldest = INT64_MIN, count = 0;
    bool found = false;
    loki_read_time(behind(reason, "oldest acceptable timestamp is: "), &oldest);
    for (size_t i = members.first; i < members.end; i++) {
        int64_t of_event = loki_time(writing->batch->events[writing->request.members[i]]);
        bool is_named = !found && of_event == time;
        if (fate_of(writing, i) != FATE_OPEN || (!is_named && of_event >= oldest)) continue;
        found = found || is_named;
        reject(writing, i, reason);
        count++;
    }
    return count;
}

static enum outcome take_refusal(struct writing *writing, postern_text body,
                                 const struct loki_refusal *refusal)
{
    struct members members = find_stream(writing, refusal->stream);
    int64_t named = 0, time;
    postern_text reason;
    while (body.size)
        if (read_entry(take_line(&body), &time, &reason))
            named += reject_entries(writing, members, time, reason);
    if (!named) return OUTCOME_REFUSED;
    bool all_are_named = named == refusal->ignored && (size_t)refusal->of == members.end - members.first;
    for (size_t i = members.first; all_are_named && i < members.end; i++)
        if (fate_of(writing, i) == FATE_OPEN) settle_accepted(writing, i);
    return OUTCOME_AGAIN;
}

enum outcome loki_judge(struct writing *writing, struct judged_answer *answer)
{
    postern_text body = answer->http->body;
    struct loki_refusal refusal;
    if (answer->status != 400) return OUTCOME_BY_TABLE;
    if (behind(body, "structured metadata, but this feature is disallowed").data) {
        answer->remedy = REMEDY_METADATA;
        return OUTCOME_CONFIGURATION;
    }
    return read_refusal(body, &refusal) ? take_refusal(writing, body, &refusal) : OUTCOME_BY_TABLE;
}
