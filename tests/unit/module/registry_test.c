/* Loading modules: what is refused, why, and what the user is told to do about it. */
#include "base/arena.h"
#include "base/error.h"
#include "base/files.h"
#include "module/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const struct module_limits limits = {
    .member_size = 1 << 20, .member_count = 10, .expansion_size = 1 << 20, .record_size = 1 << 20};

static void refused(const postern_error *error, postern_status status, const char *message,
                    const char *remedy)
{
    if (status >= 0) fail_msg("was not refused: \"%s\"", message);
    if (!strstr(error->message, message) || !strstr(error->remedy, remedy) || !*error->remedy)
        fail_msg("\"%s\" (%s) instead of \"%s\" (%s)", error->message, error->remedy, message, remedy);
}

static postern_status load(struct module_registry *registry, const char *toy, postern_error *error)
{
    char *path = path_join(TEST_TOYS, toy);
    *error = ERROR_INIT;
    postern_status status = registry_load(registry, path, error);
    if (status < 0 && !strstr(error->message, path)) fail_msg("the file is not named: %s", error->message);
    free(path);
    return status;
}

static void shared_objects(void **state)
{
    static const struct {
        const char *toy, *message, *remedy;
    } rows[] = {
        {"other_major.so", "was built for module ABI 2.3, and this Postern has 1.0", "build the module anew"},
        {"wrong_magic.so", "wrong magic (0x12345678", "build the module anew"},
        {"too_small.so", "too small (16 bytes", "build the module anew"},
        {"tiny.so", "too small (4 bytes", "build the module anew"},
        {"size_field.so", "too small (24 bytes, ABI 1.0 has", "build the module anew"},
        {"no_entry.so", "has no symbol postern_module_entry", "out of the module directory"},
        {"function_entry.so", "postern_module_entry is not data", "out of the module directory"},
        {"unresolved.so", "needs the symbol function_that_nobody_has", "ldd -r"},
        {"missing_library.so", "needs the shared library libtoy_gone.so, which is not installed",
         "install the package"},
        {"empty.so", "offers neither a source nor a sink", "whoever made the module"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct module_registry *registry = registry_new(&limits);
        postern_error error;
        postern_status status = load(registry, rows[i].toy, &error);
        refused(&error, status, rows[i].message, rows[i].remedy);
        assert_int_equal(registry_module_count(registry), 0);
        registry_free(registry);
    }
}

/* A newer minor version and longer structs are accepted. */
static void a_good_module(void **state)
{
    (void)state;
    struct module_registry *registry = registry_new(&limits);
    postern_error error;
    if (load(registry, "good.so", &error) < 0) fail_msg("%s", error.message);
    assert_int_equal(registry_module_count(registry), 1);
    assert_string_equal(registry_module(registry, 0)->module->name, "toy");
    assert_non_null(strstr(registry_module(registry, 0)->path, "good.so"));
    assert_null(registry_module(registry, 1));
    assert_string_equal(registry_source(registry, "toy")->title, "a toy");
    assert_null(registry_source(registry, "toy-part"));
    assert_null(registry_sink(registry, "toy"));

    refused(&error, load(registry, "good.so", &error), "the module \"toy\" is already offered by",
            "only one");
    refused(&error, load(registry, "duplicate_source.so", &error), "the source \"toy\" is already offered by",
            "only one");
    assert_int_equal(registry_module_count(registry), 1);
    registry_free(registry);
}

/* ---- Files that may not be trusted ---- */

static void copy_toy(const char *toy, const char *to)
{
    struct buffer bytes = {.limit = 64 << 20};
    char *from = path_join(TEST_TOYS, toy);
    assert_int_equal(file_read(from, 64 << 20, &bytes, NULL), POSTERN_OK);
    FILE *file = fopen(to, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
    buffer_free(&bytes);
    free(from);
}

static void unsafe_files(void **state)
{
    (void)state;
    char directory[] = "/tmp/postern-modules-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/good.so", directory);
    copy_toy("good.so", path);
    struct module_registry *registry = registry_new(&limits);
    postern_error error = ERROR_INIT;

    chmod(path, 0666); /* everyone could put code into us */
    refused(&error, registry_load(registry, path, &error), "can be written by others (mode 666)",
            "chmod go-w");
    chmod(path, 0644);
    chmod(directory, 0777); /* everyone could put another file there */
    refused(&error, registry_load(registry, path, &error), "can be written by others (mode 777)",
            "chmod go-w");
    chmod(directory, 0700);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 12345, 12345), 0);
        refused(&error, registry_load(registry, path, &error), "belongs to user 12345", "chown root");
        assert_int_equal(chown(path, 0, 0), 0);
    }
    assert_int_equal(registry_load(registry, path, &error), POSTERN_OK); /* all is well now */
    registry_free(registry);
    unlink(path);
    rmdir(directory);
}

/* ---- Directories ---- */

struct refusals {
    size_t count;
    char paths[8][64];
};

static void note(void *context, const char *path, const postern_error *error)
{
    struct refusals *refusals = context;
    assert_true(error->code < 0 && error->message[0]);
    assert_true(refusals->count < 8);
    snprintf(refusals->paths[refusals->count++], 64, "%s", strrchr(path, '/') + 1);
}

static void directories(void **state)
{
    (void)state;
    char directory[] = "/tmp/postern-modules-XXXXXX", path[64];
    static const char *const toys[][2] = {{"wrong_magic.so", "a.so"},
                                          {"good.so", "b.so"},
                                          {"duplicate_source.so", "c.so"},
                                          {"good.so", ".hidden.so"},
                                          {"good.so", "d.so.old"}};
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, toys[i][1]);
        copy_toy(toys[i][0], path);
        chmod(path, 0644);
    }
    struct module_registry *registry = registry_new(&limits);
    struct refusals refusals = {0};
    postern_error error = ERROR_INIT;
    assert_int_equal(registry_load_directory(registry, directory, true, note, &refusals, &error), POSTERN_OK);
    assert_int_equal(refusals.count, 2); /* one bad file stops no other */
    assert_string_equal(refusals.paths[0], "a.so");
    assert_string_equal(refusals.paths[1], "c.so"); /* in name order: b.so had the name first */
    assert_int_equal(registry_module_count(registry), 1);
    registry_free(registry);

    registry = registry_new(&limits);
    postern_status status = registry_load_directory(registry, directory, true, NULL, NULL, &error);
    refused(&error, status, "a.so: its postern_module_entry has the wrong magic", "build the module anew");
    assert_int_equal(registry_module_count(registry), 1);
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, toys[i][1]);
        unlink(path);
    }
    rmdir(directory);
    assert_int_equal(registry_load_directory(registry, directory, false, note, NULL, &error), POSTERN_OK);
    refused(&error, registry_load_directory(registry, directory, true, note, NULL, &error),
            "cannot read the module directory", "name an existing directory");
    registry_free(registry);
}

/* ---- Tables ---- */

static postern_status source_next(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position, postern_request *request,
                                  postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)request, (void)error;
    return POSTERN_OK;
}

static postern_status source_on_response(const void *self, const postern_call *call,
                                         const postern_stream *stream, const postern_pass *pass,
                                         postern_text position, const postern_response *response,
                                         postern_answer *answer, postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)response, (void)answer,
        (void)error;
    return POSTERN_OK;
}

static postern_status sink_create(const postern_host *host, const postern_options *options, void **self,
                                  postern_error *error)
{
    (void)host, (void)options, (void)self, (void)error;
    return POSTERN_OK;
}

static postern_status sink_open(void *self, const postern_call *call, const postern_pair *entries,
                                size_t count, postern_error *error)
{
    (void)self, (void)call, (void)entries, (void)count, (void)error;
    return POSTERN_OK;
}

static postern_status sink_write(void *self, const postern_call *call, const postern_batch *batch,
                                 postern_result *result, postern_error *error)
{
    (void)self, (void)call, (void)batch, (void)result, (void)error;
    return POSTERN_OK;
}

static void sink_close(void *self)
{
    (void)self;
}

/* A module whose parts a row may spoil. */
struct parts {
    postern_volatile_field fields[2];
    postern_stream stream, second_stream;
    const postern_stream *streams[3];
    postern_option options[3];
    postern_schedule schedule;
    postern_source source, second_source;
    const postern_source *sources[3];
    postern_sink sink, second_sink;
    const postern_sink *sinks[3];
    postern_module module;
};

static void make_parts(struct parts *p)
{
    *p = (struct parts){
        .fields = {{"id", "MTOKEN:"}, {NULL, NULL}},
        .stream = {sizeof p->stream, POSTERN_STREAM_WINDOW, "logs-a", "none", "Read", p->fields},
        .second_stream = {sizeof p->stream, POSTERN_STREAM_TOKEN, "logs-b", "none", "Read", NULL},
        .streams = {&p->stream, &p->second_stream, NULL},
        .options = {{"size", POSTERN_OPTION_SIZE, 0, "64KiB", "a size"},
                    {"wait", POSTERN_OPTION_DURATION, 0, "15m", "a time"},
                    {NULL, 0, 0, NULL, NULL}},
        .schedule = {.size = sizeof p->schedule, .interval_ms = 1000},
        .source = {.size = sizeof p->source,
                   .name = "logs",
                   .title = "Logs",
                   .streams = p->streams,
                   .options = p->options,
                   .schedule = &p->schedule,
                   .next = source_next,
                   .on_response = source_on_response},
        .sources = {&p->source, NULL},
        .sink = {.size = sizeof p->sink,
                 .name = "pipe",
                 .title = "Pipe",
                 .create = sink_create,
                 .open = sink_open,
                 .write = sink_write,
                 .close = sink_close},
        .sinks = {&p->sink, NULL},
        .module = {.size = sizeof p->module,
                   .magic = POSTERN_MODULE_MAGIC,
                   .abi_major = POSTERN_ABI_MAJOR,
                   .name = "parts",
                   .version = "1",
                   .summary = "parts",
                   .sources = p->sources,
                   .sinks = p->sinks},
    };
}

#define SPOIL(name, statement)                                                                               \
    static void name(struct parts *p)                                                                        \
    {                                                                                                        \
        statement;                                                                                           \
    }
SPOIL(nothing, (void)p)
SPOIL(no_name, p->module.name = NULL)
SPOIL(odd_name, p->module.name = "Not A Name")
SPOIL(no_version, p->module.version = NULL)
SPOIL(source_small, p->source.size = 24)
SPOIL(source_odd_name, p->source.name = "lo_gs")
SPOIL(source_no_title, p->source.title = NULL)
SPOIL(source_no_next, p->source.next = NULL)
SPOIL(source_no_on_response, p->source.on_response = NULL)
SPOIL(source_no_streams, p->source.streams = NULL)
SPOIL(source_empty_streams, p->streams[0] = NULL)
SPOIL(stream_small, p->stream.size = 8)
SPOIL(stream_odd_name, p->stream.name = "other")
SPOIL(stream_prefix_only, p->stream.name = "logs-")
SPOIL(stream_no_dash, p->stream.name = "logsa")
SPOIL(stream_kind, p->stream.kind = 3)
SPOIL(stream_no_auth, p->stream.auth = NULL)
SPOIL(stream_no_permission, p->stream.permission = NULL)
SPOIL(stream_twice, p->second_stream.name = "logs-a")
SPOIL(stream_volatile, p->fields[0].name = "")
SPOIL(schedule_small, p->schedule.size = 16)
SPOIL(schedule_negative, p->schedule.slice_ms = -1)
SPOIL(option_name, p->options[0].name = "Size")
SPOIL(option_type, p->options[0].type = 9)
SPOIL(option_required, p->options[0].required = 2)
SPOIL(option_help, p->options[0].help = NULL)
SPOIL(option_long_help, p->options[0].help = "two\nlines")
SPOIL(option_size, p->options[0].default_value = "64")
SPOIL(option_duration, p->options[1].default_value = "a while")
SPOIL(option_integer, (p->options[0].type = POSTERN_OPTION_INTEGER))
SPOIL(option_boolean, (p->options[0].type = POSTERN_OPTION_BOOLEAN))
SPOIL(option_secret, (p->options[0].type = POSTERN_OPTION_SECRET))
SPOIL(option_required_default, p->options[0].required = 1)
SPOIL(option_twice, p->options[1].name = "size")
SPOIL(sink_small, p->sink.size = 40)
SPOIL(sink_name, p->sink.name = "")
SPOIL(sink_title, p->sink.title = "")
SPOIL(sink_write_missing, p->sink.write = NULL)
SPOIL(sink_open_missing, p->sink.open = NULL)
SPOIL(sink_without_create_and_close, (p->sink.create = NULL, p->sink.close = NULL))
SPOIL(offers_nothing, (p->sources[0] = NULL, p->sinks[0] = NULL))
SPOIL(source_twice, (p->second_source = p->source, p->sources[1] = &p->second_source))
SPOIL(sink_twice, (p->second_sink = p->sink, p->sinks[1] = &p->second_sink))
SPOIL(magic, p->module.magic = 7)
SPOIL(major, p->module.abi_major = 9)

static void tables(void **state)
{
    static const struct {
        void (*spoil)(struct parts *parts);
        const char *message; /* NULL: accepted */
    } rows[] = {
        {nothing, NULL},
        {no_name, "\"(no name)\" is no valid module name"},
        {odd_name, "\"Not A Name\" is no valid module name"},
        {no_version, "lacks a version or a summary"},
        {source_small, "has a struct that is too small"},
        {source_odd_name, "source \"lo_gs\" has no valid name"},
        {source_no_title, "source \"logs\" has no title"},
        {source_no_next, "lacks the function next or on_response"},
        {source_no_on_response, "lacks the function next or on_response"},
        {source_no_streams, "has no streams"},
        {source_empty_streams, "has no streams"},
        {stream_small, "stream whose struct is too small"},
        {stream_odd_name, "stream \"other\" is not named as its source"},
        {stream_prefix_only, "stream \"logs-\" is not named as its source"},
        {stream_no_dash, "stream \"logsa\" is not named as its source"},
        {stream_kind, "is of unknown kind"},
        {stream_no_auth, "names no authentication"},
        {stream_no_permission, "names no permission"},
        {stream_twice, "comes twice for one kind of authentication"},
        {stream_volatile, "volatile field without a name"},
        {schedule_small, "schedule whose struct is too small"},
        {schedule_negative, "schedule with a negative time"},
        {option_name, "option \"Size\" has no valid name"},
        {option_type, "option \"size\" has an unknown type"},
        {option_required, "`required` that is not 0 or 1"},
        {option_help, "has no help of one line"},
        {option_long_help, "has no help of one line"},
        {option_size, "default that does not fit its type"},
        {option_duration, "option \"wait\" has a default that does not fit its type"},
        {option_integer, "default that does not fit its type"},
        {option_boolean, "default that does not fit its type"},
        {option_secret, "default that does not fit its type"},
        {option_required_default, "is required and has a default"},
        {option_twice, "option \"size\" comes twice"},
        {sink_small, "has a struct that is too small"},
        {sink_name, "has no valid name"},
        {sink_title, "sink \"pipe\" has no title"},
        {sink_write_missing, "lacks one of the functions"},
        {sink_open_missing, "lacks one of the functions"},
        {sink_without_create_and_close, NULL},
        {offers_nothing, "offers neither a source nor a sink"},
        {source_twice, "the source \"logs\" is already offered by the same module"},
        {sink_twice, "the sink \"pipe\" is already offered by the same module"},
        {magic, "wrong magic"},
        {major, "was built for module ABI 9.0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct module_registry *registry = registry_new(&limits);
        struct parts parts;
        postern_error error = ERROR_INIT;
        make_parts(&parts);
        rows[i].spoil(&parts);
        postern_status status = registry_add(registry, &parts.module, "/modules/parts.so", &error);
        if (rows[i].message) {
            refused(&error, status, rows[i].message, "");
            assert_non_null(strstr(error.message, "module /modules/parts.so: "));
        } else if (status < 0) {
            fail_msg("%s", error.message);
        }
        registry_free(registry);
    }
}

static void names_across_modules(void **state)
{
    (void)state;
    struct parts first, second;
    struct module_registry *registry = registry_new(&limits);
    postern_error error = ERROR_INIT;
    make_parts(&first);
    assert_int_equal(registry_add(registry, &first.module, "first.so", &error), POSTERN_OK);
    make_parts(&second);
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the module \"parts\" is already offered by first.so", "");
    second.module.name = "second";
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the source \"logs\" is already", "");
    second.source.name = second.stream.name = "logs-a"; /* as the first one's stream */
    second.streams[1] = NULL;
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the stream \"logs-a\" is already", "");
    second.source.name = second.stream.name = "others";
    refused(&error, registry_add(registry, &second.module, "second.so", &error),
            "the sink \"pipe\" is already", "");
    second.sink.name = "tube";
    assert_int_equal(registry_add(registry, &second.module, "second.so", &error), POSTERN_OK);
    assert_ptr_equal(registry_sink(registry, "tube"), &second.sink);
    assert_ptr_equal(registry_source(registry, "others"), &second.source);
    registry_free(registry);
}

/* ---- The example ---- */

static char taken[256];

static postern_status take(postern_answer *answer, const postern_event *event)
{
    (void)answer;
    snprintf(taken + strlen(taken), sizeof taken - strlen(taken), "%.*s;", TEXT_ARGS(event->json));
    return POSTERN_OK;
}

static void the_minimal_source(void **state)
{
    (void)state;
    struct module_registry *registry = registry_new(&limits);
    postern_error error = ERROR_INIT;
    if (registry_load(registry, TEST_MINIMAL, &error) < 0) fail_msg("%s", error.message);
    const postern_source *source = registry_source(registry, "minimal");
    postern_arena *arena = arena_new(1 << 20);
    postern_call call = {.size = sizeof call, .attempt = 1, .arena = arena};
    postern_pass pass = {.size = sizeof pass, .from_ms = 5, .until_ms = 7};
    postern_request request = {.size = sizeof request};
    void *self;
    assert_int_equal(source->create(module_host(), NULL, &self, &error), POSTERN_OK);
    assert_int_equal(source->next(self, &call, source->streams[0], &pass, TEXT("p2"), &request, &error),
                     POSTERN_OK);
    assert_true(text_is(request.path, "/events?from=5&until=7&page=p2"));

    postern_answer answer = {.size = sizeof answer, .event = take};
    postern_response response = {.size = sizeof response,
                                 .status = 200,
                                 .body = TEXT("{\"events\":[{\"n\":1.0},{\"n\":2}],\"next\":\"p3\"}")};
    assert_int_equal(
        source->on_response(self, &call, source->streams[0], &pass, TEXT("p2"), &response, &answer, &error),
        POSTERN_OK);
    assert_string_equal(taken, "{\"n\":1.0};{\"n\":2};");
    assert_int_equal(answer.outcome, POSTERN_MORE);
    assert_true(text_is(answer.position, "p3"));
    source->destroy(self);
    arena_free(arena);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_objects),
        cmocka_unit_test(a_good_module),
        cmocka_unit_test(unsafe_files),
        cmocka_unit_test(directories),
        cmocka_unit_test(tables),
        cmocka_unit_test(names_across_modules),
        cmocka_unit_test(the_minimal_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
