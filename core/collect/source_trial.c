#include "collect/source_trial.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/answer/answer.h"
#include "collect/answer_limits.h"
#include "collect/source_seen.h"

/* ---- The request ---- */

static void write_request(const postern_request *request, struct buffer *into)
{
    buffer_append_byte(into, '{');
    source_seen_member(into, "method", text_of(request->method ? request->method : "GET"));
    source_seen_member(into, "path", request->path);
    if (request->body.size) source_seen_member(into, "body", request->body);
    if (request->content_type) source_seen_member(into, "content_type", text_of(request->content_type));
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
    const struct source_handing handing = {
        .arena = arena, .position = text_of(question->position), .request = &what};
    if (status >= 0 && source_hand_over(trial, &handing)) write_request(&what, request);
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
    if (trial->position_size) answer->limits.position_size = trial->position_size;
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

/* `what` NULL: the question's answer. */
static void read_any(const struct source_trial *trial, const struct source_question *question,
                     const postern_set_aside *what, struct source_outcome *outcome)
{
    _Atomic int64_t held = 0;
    struct http_exchange exchange = {.status = question->status,
                                     .answer_headers = (postern_pair *)(uintptr_t)question->headers,
                                     .answer_header_count = question->header_count,
                                     .answer_body = question->body};
    postern_source face = {.size = sizeof face,
                           .name = trial->source->name,
                           .streams = trial->source->streams,
                           .on_response = source_see_response,
                           .on_set_aside = source_see_set_aside_again};
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
    answer->again = what;
    answer_read(answer);
    outcome->status = answer->status;
    outcome->error = answer->error;
    outcome->outcome = answer->outcome;
    outcome->keeps_position = answer->keep_position;
    outcome->position = STEAL_POINTER(answer->next_position);
    outcome->letters = answer->aside;
    answer->aside = (struct set_asides){0};
    answer_free(answer);
}

void source_trial_read(const struct source_trial *trial, const struct source_question *question,
                       struct source_outcome *outcome)
{
    read_any(trial, question, NULL, outcome);
}

void source_trial_read_again(const struct source_trial *trial, const struct source_question *question,
                             const postern_set_aside *what, struct source_outcome *outcome)
{
    read_any(trial, question, what, outcome);
}

bool source_trial_can_read_again(const struct source_trial *trial)
{
    return POSTERN_HAS(trial->source, on_set_aside) && trial->source->on_set_aside;
}

void source_outcome_clear(struct source_outcome *outcome)
{
    free(outcome->position);
    buffer_free(&outcome->handed);
    set_asides_free(&outcome->letters);
    *outcome = (struct source_outcome){0};
}
