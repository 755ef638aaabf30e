#include "collect/source_seen.h"
#include "base/json.h"
#include "base/text.h"

/* As the source sees it comes first. */
struct seen_answer {
    postern_answer face;
    postern_answer *real;
    const struct seen_source *source;
};

/* Where it puts what is handed over in the middle of a call. */
static struct source_outcome *outcome_of(const struct seen_answer *seen)
{
    const struct source_watch *watch = &seen->source->trial->watch;
    if (watch->hands_over) watch->hands_over(watch->context);
    return seen->source->outcome;
}

void source_seen_member(struct buffer *into, const char *name, postern_text value)
{
    buffer_printf(into, "%s\"%s\":", into->size && into->data[into->size - 1] != '{' ? "," : "", name);
    json_write_string(into, value);
}

static bool is_one_line(postern_text json)
{
    return json.size && !memchr(json.data, '\n', json.size) && !memchr(json.data, '\r', json.size);
}

static postern_status see_event(postern_answer *face, const postern_event *event)
{
    struct seen_answer *seen = (struct seen_answer *)face; /* its first member */
    struct source_outcome *outcome = outcome_of(seen);
    struct buffer *into = &outcome->handed;
    outcome->events++;
    buffer_append_byte(into, '{');
    source_seen_member(into, "type", event->type);
    buffer_printf(into, ",\"time\":%lld", (long long)event->time_ms);
    if (event->id.size) source_seen_member(into, "id", event->id);
    if (is_one_line(event->json) && event->json.data[0] == '{') {
        buffer_append_string(into, ",\"event\":");
        buffer_append_text(into, event->json);
    } else {
        source_seen_member(into, "text", event->json);
    }
    buffer_append_string(into, "}\n");
    return seen->real->event(seen->real, event);
}

static postern_status see_set_aside(postern_answer *face, const postern_set_aside *what)
{
    struct seen_answer *seen = (struct seen_answer *)face;
    struct source_outcome *outcome = outcome_of(seen);
    struct buffer *into = &outcome->handed;
    outcome->set_aside++;
    buffer_append_byte(into, '{');
    source_seen_member(into, "set_aside", what->bytes);
    source_seen_member(into, "name", what->name);
    source_seen_member(into, "reason", text_of(what->reason));
    buffer_append_string(into, "}\n");
    return seen->real->set_aside(seen->real, what);
}

static postern_status see_download(postern_answer *face, const postern_download *download)
{
    struct seen_answer *seen = (struct seen_answer *)face;
    struct source_outcome *outcome = outcome_of(seen);
    struct buffer *into = &outcome->handed;
    outcome->downloads++;
    buffer_append_byte(into, '{');
    source_seen_member(into, "download", download->key);
    source_seen_member(into, "url", download->url);
    source_seen_member(into, "tag", download->tag);
    buffer_append_string(into, "}\n");
    return seen->real->download(seen->real, download);
}

static postern_status see_part(postern_answer *face, postern_text name, bool is_damaged)
{
    const struct seen_answer *seen = (const struct seen_answer *)face;
    return seen->real->part(seen->real, name, is_damaged);
}

static struct seen_answer seen_answer(const struct seen_source *source, postern_answer *real)
{
    return (struct seen_answer){.face = {.size = sizeof(postern_answer),
                                         .event = see_event,
                                         .set_aside = see_set_aside,
                                         .download = see_download,
                                         .part = see_part},
                                .real = real,
                                .source = source};
}

bool source_hand_over(const struct source_trial *trial, const struct source_handing *handing)
{
    const struct source_watch *watch = &trial->watch;
    return !watch->handed_over || watch->handed_over(watch->context, handing);
}

postern_status source_see_response(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_pass *pass, postern_text position,
                                   const postern_response *response, postern_answer *answer,
                                   postern_error *error)
{
    const struct seen_source *source = self;
    const struct source_trial *trial = source->trial;
    struct seen_answer seen = seen_answer(source, answer);
    atomic_store(trial->step, "on_response");
    postern_status status =
        trial->source->on_response(trial->self, call, stream, pass, position, response, &seen.face, error);
    atomic_store(trial->step, NULL);
    const struct source_handing handing = {.arena = call->arena,
                                           .position = position,
                                           .response = response,
                                           .next_position = seen.face.position};
    bool may_look = status < 0 || source_hand_over(trial, &handing);
    answer->flags = seen.face.flags;
    answer->outcome = seen.face.outcome;
    if (may_look) answer->position = seen.face.position;
    return status;
}

postern_status source_see_set_aside_again(const void *self, const postern_call *call,
                                          const postern_stream *stream, const postern_set_aside *what,
                                          postern_answer *answer, postern_error *error)
{
    const struct seen_source *source = self;
    const struct source_trial *trial = source->trial;
    struct seen_answer seen = seen_answer(source, answer);
    atomic_store(trial->step, "on_set_aside");
    postern_status status = trial->source->on_set_aside(trial->self, call, stream, what, &seen.face, error);
    atomic_store(trial->step, NULL);
    return status;
}
