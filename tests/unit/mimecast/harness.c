#include "harness.h"
#include "base/arena.h"
#include "base/error.h"
#include <stdlib.h>

static const struct module_limits limits = {
    .member_size = 16 << 20, .member_count = 1000, .expansion_size = 64 << 20, .record_size = 4 << 20};

struct module_registry *harness_registry(void)
{
    static struct module_registry *registry;
    if (registry) return registry;
    postern_error error = ERROR_INIT;
    registry = registry_new(&limits);
    if (registry_load(registry, TEST_MODULE, &error) < 0) fail_msg("%s (%s)", error.message, error.remedy);
    return registry;
}

struct test_source source_open(const char *name, const struct option_value *values, size_t count)
{
    struct test_source opened = {.source = registry_source(harness_registry(), name)};
    postern_error error = ERROR_INIT;
    if (!opened.source) fail_msg("there is no source %s", name);
    opened.stream = opened.source->streams[0];
    const struct module_plan plan = {.registry = harness_registry(),
                                     .name = name,
                                     .data = opened.source->data,
                                     .table = opened.source->options,
                                     .values = values,
                                     .value_count = count};
    if (module_instance_new(&plan, &opened.module, &error) < 0 ||
        opened.source->create(&opened.module->host, &opened.self, &error) < 0)
        fail_msg("%s", error.message);
    return opened;
}

void source_choose(struct test_source *source, const char *stream)
{
    for (const postern_stream *const *at = source->source->streams; *at; at++) {
        source->stream = *at;
        if (strcmp(source->stream->name, stream) == 0) return;
    }
    fail_msg("there is no stream %s", stream);
}

void source_use(struct test_source *source, const char *stream, int api)
{
    const char *auth = api == 2 ? "mimecast/2.0" : "mimecast/1.0";
    for (const postern_stream *const *at = source->source->streams; *at; at++) {
        if (strcmp((*at)->name, stream) != 0 || strcmp((*at)->auth, auth) != 0) continue;
        source->stream = *at;
        return;
    }
    fail_msg("%s has no stream %s of %s", source->source->name, stream, auth);
}

void source_close(struct test_source *source)
{
    source->source->destroy(source->self);
    module_instance_free(source->module);
}

static postern_call call_with(postern_arena *arena, unsigned attempt)
{
    return (postern_call){
        .size = sizeof(postern_call),
        .attempt = attempt ? attempt : 1,
        .arena = arena,
        .now_ms = 1767225600000,
        .account = TEXT("acme"),
    };
}

/* The request, in an arena of its own. */
static postern_request ask(const struct test_source *source, const postern_pass *pass, const char *position,
                           postern_arena *arena)
{
    postern_call call = call_with(arena, 1);
    postern_error error = ERROR_INIT;
    postern_request request = {.size = sizeof request};
    postern_status status =
        source->source->next(source->self, &call, source->stream, pass, text_of(position), &request, &error);
    if (status < 0) fail_msg("%s", error.message);
    return request;
}

char *source_request(const struct test_source *source, const postern_pass *pass, const char *position,
                     char path[512])
{
    postern_arena *arena = arena_new(1 << 20);
    postern_request request = ask(source, pass, position, arena);
    assert_string_equal(request.method, "POST");
    if (path) text_to_string(request.path, path, 512);
    char *body = text_duplicate(request.body);
    arena_free(arena);
    return body;
}

char *source_get(const struct test_source *source, const char *position)
{
    postern_arena *arena = arena_new(1 << 20);
    postern_pass pass = {.size = sizeof pass};
    postern_request request = ask(source, &pass, position, arena);
    assert_string_equal(request.method, "GET");
    assert_int_equal(request.body.size, 0);
    char *path = text_duplicate(request.path);
    arena_free(arena);
    return path;
}

/* The answer that the module fills, with the outcome behind it. */
struct test_answer {
    postern_answer answer;
    struct outcome *outcome;
    postern_status fail_events;
};

static postern_status keep_event(postern_answer *answer, const postern_event *event)
{
    struct test_answer *test = (struct test_answer *)(void *)answer;
    if (test->fail_events < 0) return test->fail_events;
    assert_true(test->outcome->event_count < KEPT);
    assert_int_equal(event->size, sizeof *event);
    struct kept_event *kept = &test->outcome->events[test->outcome->event_count++];
    kept->time_ms = event->time_ms;
    text_to_string(event->type, kept->type, sizeof kept->type);
    kept->json = text_duplicate(event->json);
    kept->id = text_duplicate(event->id);
    return POSTERN_OK;
}

static postern_status keep_aside(postern_answer *answer, const postern_set_aside *what)
{
    struct test_answer *test = (struct test_answer *)(void *)answer;
    assert_true(test->outcome->aside_count < KEPT);
    struct kept_aside *kept = &test->outcome->aside[test->outcome->aside_count++];
    text_to_string(what->name, kept->name, sizeof kept->name);
    snprintf(kept->reason, sizeof kept->reason, "%s", what->reason);
    kept->bytes = text_duplicate(what->bytes);
    kept->size = what->bytes.size;
    return POSTERN_OK;
}

static postern_status keep_download(postern_answer *answer, const postern_download *download)
{
    struct outcome *outcome = ((struct test_answer *)(void *)answer)->outcome;
    assert_true(outcome->download_count < 16);
    struct kept_download *kept = &outcome->downloads[outcome->download_count++];
    text_to_string(download->url, kept->url, sizeof kept->url);
    text_to_string(download->key, kept->key, sizeof kept->key);
    text_to_string(download->tag, kept->tag, sizeof kept->tag);
    kept->bytes = download->bytes;
    return POSTERN_OK;
}

static postern_status keep_part(postern_answer *answer, postern_text name, bool is_damaged)
{
    struct outcome *outcome = ((struct test_answer *)(void *)answer)->outcome;
    assert_true(name.size || is_damaged);
    outcome->parts++;
    outcome->damaged_parts += is_damaged;
    return POSTERN_OK;
}

static size_t set_headers(const struct question *question, postern_pair headers[5])
{
    const postern_pair all[] = {
        {TEXT("x-other"), TEXT("1")},
        {TEXT("mc-siem-token"), text_of(question->token)},
        {TEXT("x-mc-threat-feed-next-token"), text_of(question->feed_token)},
        {TEXT("content-type"), text_of(question->content_type)},
        {TEXT("content-disposition"), text_of(question->disposition)},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].value.data) headers[count++] = all[i];
    return count;
}

struct outcome *source_answer(const struct test_source *source, const struct question *question)
{
    postern_arena *arena = arena_new(64 << 20);
    postern_call call = call_with(arena, question->attempt);
    postern_pass pass = {.size = sizeof pass};
    struct outcome *outcome = calloc(1, sizeof *outcome);
    struct test_answer test = {.outcome = outcome, .fail_events = question->fail_events};
    postern_pair headers[5];
    /* Exact allocations, so that a sanitizer sees every read behind an end. */
    char *body = malloc(question->body.size ? question->body.size : 1);
    if (question->body.size) memcpy(body, question->body.data, question->body.size);
    postern_response response = {
        .size = sizeof response,
        .status = question->status ? question->status : 200,
        .headers = headers,
        .header_count = set_headers(question, headers),
        .body = {body, question->body.size},
    };
    const postern_download download = {
        .size = sizeof download, .key = text_of(question->download), .tag = text_of(question->tag)};
    if (question->download) response.download = &download;
    test.answer = (postern_answer){.size = sizeof(postern_answer),
                                   .event = keep_event,
                                   .set_aside = keep_aside,
                                   .download = keep_download,
                                   .part = keep_part};
    outcome->error = ERROR_INIT;
    outcome->status =
        source->source->on_response(source->self, &call, source->stream, &pass, text_of(question->position),
                                    &response, &test.answer, &outcome->error);
    outcome->outcome = test.answer.outcome;
    outcome->position = text_duplicate(test.answer.position);
    outcome->keep_position = (test.answer.flags & POSTERN_ANSWER_KEEP_POSITION) != 0;
    outcome->read_on = (test.answer.flags & POSTERN_ANSWER_READ_ON) != 0;
    free(body);
    arena_free(arena);
    return outcome;
}

struct outcome *source_reread(const struct test_source *source, const char *name, const char *type,
                              postern_text bytes)
{
    postern_arena *arena = arena_new(64 << 20);
    postern_call call = call_with(arena, 1);
    struct outcome *outcome = calloc(1, sizeof *outcome);
    struct test_answer test = {.answer = {.size = sizeof(postern_answer),
                                          .event = keep_event,
                                          .set_aside = keep_aside,
                                          .download = keep_download},
                               .outcome = outcome};
    char *exact = malloc(bytes.size ? bytes.size : 1);
    if (bytes.size) memcpy(exact, bytes.data, bytes.size);
    const postern_set_aside what = {.size = sizeof what,
                                    .name = text_of(name),
                                    .bytes = {exact, bytes.size},
                                    .reason = "",
                                    .type = text_of(type)};
    outcome->error = ERROR_INIT;
    outcome->status = source->source->on_set_aside(source->self, &call, source->stream, &what, &test.answer,
                                                   &outcome->error);
    free(exact);
    arena_free(arena);
    return outcome;
}

void outcome_free(struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->event_count; i++)
        free(outcome->events[i].json), free(outcome->events[i].id);
    for (size_t i = 0; i < outcome->aside_count; i++)
        free(outcome->aside[i].bytes);
    free(outcome->position);
    free(outcome);
}
