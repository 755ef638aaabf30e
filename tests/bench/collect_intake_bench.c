/* What collecting costs between the answer's bytes and the packed pages, without network and journal:
 *     collect_intake_bench EVENTS.ndjson [WAY [ROUNDS]]     such as `postern-simulator corpus` writes; WAY =
 * one row alone The rows overlap: a walk is what the source does to find the events, `identity` makes their
 * ids, `intake` holds that and the packing, `answer` is all of it. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "collect/answer/event_intake.h"
#include "collect/answer/identity.h"
#include "module/instance.h"
#include "module/registry.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS     7
#define AT_ONCE    1000 /* events of one answer */
#define ARENA_SIZE ((size_t)64 << 20)

static const unsigned char account_key[16] = {1};

/* One answer in each of the shapes that events come in. */
struct shapes {
    postern_text lines;
    struct buffer file, page;
    size_t events;
};

struct bench {
    struct shapes *answers;
    size_t count, events;
    struct module_registry *registry;
    struct module_instance *instance;
    const postern_source *siem, *audit; /* mail, and a list */
    void *self;
};

/* What came out, so that a round that lost something shows. */
struct came {
    postern_answer answer; /* first: the source hands it back */
    struct event_intake *intake;
    size_t events;
};

static void check(postern_status status, const postern_error *error)
{
    if (status >= 0) return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static postern_text next_line(postern_text *lines)
{
    const char *end = lines->data + lines->size, *stop = memchr(lines->data, '\n', lines->size);
    if (!stop) stop = end;
    const postern_text line = text_slice(lines->data, stop);
    *lines = text_slice(stop < end ? stop + 1 : end, end);
    return line;
}

/* ---- Corpus ---- */

static void wrap(struct buffer *into, const char *front, postern_text lines, const char *behind)
{
    into->limit = lines.size * 2 + 1024;
    buffer_append_string(into, front);
    for (bool any = false; lines.size; any = true) {
        if (any) buffer_append_byte(into, ',');
        buffer_append_text(into, next_line(&lines));
    }
    buffer_append_string(into, behind);
}

static void cut_into_answers(struct bench *bench, postern_text text)
{
    while (text.size) {
        bench->answers = realloc(bench->answers, (bench->count + 1) * sizeof *bench->answers);
        if (!bench->answers) exit(1);
        struct shapes *shapes = &bench->answers[bench->count++];
        *shapes = (struct shapes){.lines = text};
        while (text.size && shapes->events < AT_ONCE)
            shapes->events += next_line(&text).size > 0;
        shapes->lines.size -= text.size;
        wrap(&shapes->file, "{\"type\":\"MTA\",\"data\":[", shapes->lines, "]}");
        wrap(&shapes->page, "{\"meta\":{\"status\":200},\"data\":[", shapes->lines, "],\"fail\":[]}");
        bench->events += shapes->events;
    }
}

/* ---- Ways ---- */

static postern_status count_event(postern_answer *answer, const postern_event *event)
{
    (void)event;
    ((struct came *)answer)->events++;
    return POSTERN_OK;
}

static postern_status take_event(postern_answer *answer, const postern_event *event)
{
    struct came *came = (struct came *)answer;
    came->events++;
    return event_intake_add(came->intake, event);
}

static postern_status no_set_aside(postern_answer *answer, const postern_set_aside *what)
{
    (void)answer;
    fprintf(stderr, "set aside: %s\n", what->reason);
    exit(1);
}

static void read_response(const struct bench *bench, const postern_source *source,
                          const postern_stream *stream, const postern_response *response, struct came *came)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(ARENA_SIZE);
    postern_error error = ERROR_INIT;
    const postern_call call = {.size = sizeof call, .attempt = 1, .arena = arena};
    const postern_pass pass = {.size = sizeof pass};
    came->answer.size = sizeof came->answer;
    came->answer.set_aside = no_set_aside;
    if (!came->answer.event) came->answer.event = count_event;
    check(source->on_response(bench->self, &call, stream, &pass, (postern_text){0}, response, &came->answer,
                              &error),
          &error);
}

static void walk_file(const struct bench *bench, const struct shapes *shapes, struct came *came)
{
    static const postern_pair headers[] = {
        {{"content-disposition", 19}, {"attachment; filename=\"receipt_1.json\"", 36}},
        {{"mc-siem-token", 13}, {"token", 5}}};
    const postern_response response = {.size = sizeof response,
                                       .status = 200,
                                       .headers = headers,
                                       .header_count = 2,
                                       .body = {shapes->file.data, shapes->file.size}};
    read_response(bench, bench->siem, bench->siem->streams[0], &response, came);
}

static void walk_batch(const struct bench *bench, const struct shapes *shapes, struct came *came)
{
    const postern_download download = {.size = sizeof download, .key = TEXT("bucket/cg/1.json.gz")};
    const postern_response response = {
        .size = sizeof response, .status = 200, .body = shapes->lines, .download = &download};
    read_response(bench, bench->siem, bench->siem->streams[1], &response, came);
}

static void walk_page(const struct bench *bench, const struct shapes *shapes, struct came *came)
{
    const postern_response response = {
        .size = sizeof response, .status = 200, .body = {shapes->page.data, shapes->page.size}};
    read_response(bench, bench->audit, bench->audit->streams[0], &response, came);
}

static void make_identities(const struct bench *bench, const struct shapes *shapes, struct came *came)
{
    postern_text lines = shapes->lines;
    postern_error error = ERROR_INIT;
    _cleanup_(identity_maker_freep) struct identity_maker *maker =
        identity_maker_new(account_key, "siem", bench->siem->streams[1]->volatile_fields, (size_t)4 << 20);
    while (lines.size) {
        unsigned char id[EVENT_ID_SIZE];
        const postern_text line = next_line(&lines);
        check(identity_make(maker, TEXT("receipt"), line, (postern_text){0}, id, &error), &error);
        came->events++;
    }
}

static struct answer *new_answer(const struct bench *bench)
{
    static _Atomic int64_t held;
    struct answer *answer = calloc(1, sizeof *answer);
    if (!answer) exit(1);
    answer->source = bench->siem;
    answer->declaration = bench->siem->streams[1];
    answer->held = &held;
    answer->limits = (struct answer_limits){.page_size = (size_t)256 << 10,
                                            .page_events = 1000,
                                            .step_size = (size_t)64 << 20,
                                            .held_size = (int64_t)1 << 30,
                                            .record_size = (size_t)4 << 20,
                                            .events = (size_t)10 << 20,
                                            .places = (size_t)1 << 20};
    answer->error = ERROR_INIT;
    trail_begin(&answer->trail, answer->limits.places);
    return answer;
}

static void take_lines(struct event_intake *intake, postern_text lines, struct came *came)
{
    while (lines.size) {
        const postern_event event = {
            .size = sizeof event, .type = TEXT("receipt"), .json = next_line(&lines)};
        check(event_intake_add(intake, &event), &(postern_error){.message = "intake"});
        came->events++;
    }
}

static void take_in(const struct bench *bench, const struct shapes *shapes, struct came *came, bool walks)
{
    struct answer *answer = new_answer(bench);
    struct event_intake *intake = event_intake_new(answer);
    if (!intake) exit(1);
    came->intake = intake;
    came->answer.event = take_event;
    if (walks)
        walk_batch(bench, shapes, came);
    else
        take_lines(intake, shapes->lines, came);
    check(event_intake_finish(intake), &answer->error);
    if (!answer->pages) exit(1);
    event_intake_free(intake);
    answer_free(answer);
}

static void take_events(const struct bench *bench, const struct shapes *shapes, struct came *came)
{
    take_in(bench, shapes, came, false);
}

static void take_answer(const struct bench *bench, const struct shapes *shapes, struct came *came)
{
    take_in(bench, shapes, came, true);
}

static const struct way {
    const char *name, *what;
    void (*run)(const struct bench *bench, const struct shapes *shapes, struct came *came);
} ways[] = {
    {"file", "walk of a log file of API 1.0", walk_file},
    {"batch", "walk of a batch file of API 2.0", walk_batch},
    {"page", "walk of a page of a list", walk_page},
    {"identity", "identity", make_identities},
    {"intake", "intake (identity, packing)", take_events},
    {"answer", "answer (batch file, intake)", take_answer},
};

/* ---- Measuring ---- */

static double processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void measure(const struct bench *bench, const struct way *way, int rounds)
{
    double best = 1e9;
    for (int round = 0; round < rounds; round++) {
        size_t events = 0;
        const double start = processor_seconds();
        for (size_t i = 0; i < bench->count; i++) {
            struct came came = {.events = 0};
            way->run(bench, &bench->answers[i], &came);
            events += came.events;
        }
        const double took = processor_seconds() - start;
        if (took < best) best = took;
        if (events == bench->events) continue;
        fprintf(stderr, "%s: %zu events of %zu\n", way->name, events, bench->events);
        exit(1);
    }
    printf("%-34s %7.3f us\n", way->what, best / (double)bench->events * 1e6);
}

static void open_module(struct bench *bench)
{
    static const struct module_limits limits = {.member_size = (int64_t)512 << 20,
                                                .member_count = 10000,
                                                .expansion_size = (int64_t)1 << 30,
                                                .record_size = (int64_t)4 << 20};
    postern_error error = ERROR_INIT;
    bench->registry = registry_new(&limits);
    check(registry_load(bench->registry, BENCH_MODULE, &error), &error);
    bench->siem = registry_source(bench->registry, "siem");
    bench->audit = registry_source(bench->registry, "audit");
    const struct module_plan plan = {.registry = bench->registry,
                                     .name = "siem",
                                     .data = bench->siem->data,
                                     .table = bench->siem->options};
    check(module_instance_new(&plan, &bench->instance, &error), &error);
    check(bench->siem->create(&bench->instance->host, &bench->self, &error), &error);
}

static void close_bench(struct bench *bench)
{
    bench->siem->destroy(bench->self);
    module_instance_free(bench->instance);
    registry_free(bench->registry);
    for (size_t i = 0; i < bench->count; i++) {
        buffer_free(&bench->answers[i].file);
        buffer_free(&bench->answers[i].page);
    }
    free(bench->answers);
}

int main(int count, char **arguments)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = (size_t)1 << 30};
    postern_error error = ERROR_INIT;
    struct bench bench = {.count = 0};
    if (count < 2 || file_read(arguments[1], text.limit, &text, &error) < 0) {
        fprintf(stderr, "usage: collect_intake_bench EVENTS.ndjson [WAY [ROUNDS]]\n%s\n", error.message);
        return 2;
    }
    const int rounds = count > 3 ? atoi(arguments[3]) : ROUNDS;
    cut_into_answers(&bench, buffer_text(&text));
    open_module(&bench);
    printf("CPU us an event, best of %d rounds; %zu events of %zu bytes\n", rounds, bench.events,
           text.size / bench.events);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (count < 3 || strcmp(arguments[2], ways[i].name) == 0) measure(&bench, &ways[i], rounds);
    close_bench(&bench);
    return 0;
}
