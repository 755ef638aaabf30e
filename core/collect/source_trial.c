#include "collect/source_trial.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/answer/answer.h"
#include "collect/answer_limits.h"

/* ---- What the source hands over, on its way to the core ---- */

/* As the source sees it comes first. */
struct seen_answer {
    postern_answer face;
    postern_answer *real;
    struct source_outcome *outcome;
};

/* Stands in for the source's instance. */
struct seen_source {
    const struct source_trial *trial;
    struct source_outcome *outcome;
};

static void write_member(struct buffer *into, const char *name, postern_text value)
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
    struct buffer *into = &seen->outcome->handed;
    seen->outcome->events++;
    buffer_append_byte(into, '{');
    write_member(into, "type", event->type);
    buffer_printf(into, ",\"time\":%lld", (long long)event->time_ms);
    if (event->id.size) write_member(into, "id", event->id);
    if (is_one_line(event->json) && event->json.data[0] == '{') {
        buffer_append_string(into, ",\"event\":");
        buffer_append_text(into, event->json);
    } else {
        write_member(into, "text", event->json);
    }
    buffer_append_string(into, "}\n");
    return seen->real->event(seen->real, event);
}

static postern_status see_set_aside(postern_answer *face, const postern_set_aside *what)
{
    struct seen_answer *seen = (struct seen_answer *)face;
    struct buffer *into = &seen->outcome->handed;
    seen->outcome->set_aside++;
    buffer_append_byte(into, '{');
    write_member(into, "set_aside", what->bytes);
    write_member(into, "name", what->name);
    write_member(into, "reason", text_of(what->reason));
    buffer_append_string(into, "}\n");
    return seen->real->set_aside(seen->real, what);
}

static postern_status see_download(postern_answer *face, const postern_download *download)
{
    struct seen_answer *seen = (struct seen_answer *)face;
    struct buffer *into = &seen->outcome->handed;
    seen->outcome->downloads++;
    buffer_append_byte(into, '{');
    write_member(into, "download", download->key);
    write_member(into, "url", download->url);
    write_member(into, "tag", download->tag);
    buffer_append_string(into, "}\n");
    return seen->real->download(seen->real, download);
}

static postern_status see_part(postern_answer *face, postern_text name, bool is_damaged)
{
    const struct seen_answer *seen = (const struct seen_answer *)face;
    return seen->real->part(seen->real, name, is_damaged);
}

static postern_status see_response(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_pass *pass, postern_text position,
                                   const postern_response *response, postern_answer *answer,
                                   postern_error *error)
{
    const struct seen_source *source = self;
    const struct source_trial *trial = source->trial;
    struct seen_answer seen = {.face = {.size = sizeof(postern_answer),
                                        .event = see_event,
                                        .set_aside = see_set_aside,
                                        .download = see_download,
                                        .part = see_part},
                               .real = answer,
                               .outcome = source->outcome};
    atomic_store(trial->step, "on_response");
    postern_status status =
        trial->source->on_response(trial->self, call, stream, pass, position, response, &seen.face, error);
    atomic_store(trial->step, NULL);
    answer->flags = seen.face.flags;
    answer->outcome = seen.face.outcome;
    answer->position = seen.face.position;
    return status;
}

/* ---- The request ---- */

static void write_request(const postern_request *request, struct buffer *into)
{
    buffer_append_byte(into, '{');
    write_member(into, "method", text_of(request->method ? request->method : "GET"));
    write_member(into, "path", request->path);
    if (request->body.size) write_member(into, "body", request->body);
    if (request->content_type) write_member(into, "content_type", text_of(request->content_type));
    if (request->header_count) {
        buffer_append_string(into, ",\"headers\":{");
        for (size_t i = 0; i < request->header_count; i++) {
            if (i) buffer_append_byte(into, ',');
            json_write_string(into, request->headers[i].name);
            buffer_append_byte(into, ':');
            json_write_string(into, request->headers[i].value);
        }
        buffer_append_byte(into, '}');
    }
    buffer_append_byte(into, '}');
}

postern_status source_trial_ask(const struct source_trial *trial, const struct source_question *question,
                                struct buffer *request, postern_error *error)
{
    const struct answer_limits limits = answer_limits_of(trial->config);
    _cleanup_(arena_freep) postern_arena *arena =
        arena_new(question->arena_size ? question->arena_size : limits.arena_size);
    if (!arena) return error_no_memory(error, NULL);
    const postern_call call = {.size = sizeof call,
                               .attempt = question->attempt,
                               .arena = arena,
                               .now_ms = question->now_ms,
                               .random = question->random,
                               .account = TEXT("postern-test")};
    postern_request what = {.size = sizeof what};
    atomic_store(trial->step, "next");
    postern_status status = trial->source->next(trial->self, &call, question->stream, &question->pass,
                                                text_of(question->position), &what, error);
    atomic_store(trial->step, NULL);
    if (status >= 0) write_request(&what, request);
    return status;
}

/* ---- The answer ---- */

static void leave(struct answer *answer)
{
    (void)answer; /* whoever made it reads and frees it */
}

static bool name_download(struct answer *answer, const postern_download *download)
{
    if (!download) return true;
    answer->is_download = true;
    answer->download = (struct answer_download){.url = text_duplicate(download->url),
                                                .key = text_duplicate(download->key),
                                                .tag = {text_duplicate(download->tag), download->tag.size}};
    return answer->download.url && answer->download.key && answer->download.tag.data;
}

/* NULL: no memory. */
static struct answer *new_answer(const struct source_trial *trial, const struct source_question *question,
                                 _Atomic int64_t *held)
{
    struct answer *answer = calloc(1, sizeof *answer);
    if (!answer) return NULL;
    answer->declaration = question->stream;
    answer->pass = question->pass;
    answer->attempt = question->attempt;
    answer->now_ms = answer->received_ms = question->now_ms;
    answer->random = question->random;
    answer->limits = answer_limits_of(trial->config);
    if (question->arena_size) answer->limits.arena_size = question->arena_size;
    answer->held = held;
    answer->done = leave;
    text_to_string(TEXT("postern-test"), answer->account, sizeof answer->account);
    text_to_string(text_of(question->stream->name), answer->stream, sizeof answer->stream);
    bool good = name_download(answer, question->download);
    if (*question->position) {
        answer->record.position = text_duplicate(text_of(question->position));
        good = good && answer->record.position;
    }
    if (good) return answer;
    answer_free(answer);
    return NULL;
}

void source_trial_read(const struct source_trial *trial, const struct source_question *question,
                       struct source_outcome *outcome)
{
    _Atomic int64_t held = 0;
    struct http_exchange exchange = {.status = question->status,
                                     .answer_headers = (postern_pair *)(uintptr_t)question->headers,
                                     .answer_header_count = question->header_count,
                                     .answer_body = question->body};
    postern_source face = {.size = sizeof face,
                           .name = trial->source->name,
                           .streams = trial->source->streams,
                           .on_response = see_response};
    const struct seen_source seen = {trial, outcome};
    *outcome = (struct source_outcome){.error = ERROR_INIT, .handed = {.limit = SOURCE_TRIAL_LIMIT}};
    struct answer *answer = new_answer(trial, question, &held);
    if (!answer) {
        outcome->status = error_no_memory(&outcome->error, NULL);
        return;
    }
    answer->source = &face;
    answer->self = &seen;
    answer->exchange = &exchange;
    answer_read(answer);
    outcome->status = answer->status;
    outcome->error = answer->error;
    outcome->outcome = answer->outcome;
    outcome->keeps_position = answer->keep_position;
    outcome->position = STEAL_POINTER(answer->next_position);
    answer_free(answer);
}

void source_outcome_clear(struct source_outcome *outcome)
{
    free(outcome->position);
    buffer_free(&outcome->handed);
    *outcome = (struct source_outcome){0};
}
