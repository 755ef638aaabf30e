/* Loading modules: what is refused, why, and what the user is told to do about it. */
#include "base/arena.h"
#include "base/error.h"
#include "base/files.h"
#include "module/instance.h"
#include "module/registry.h"
#include "parts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

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
        {"other_major.so", "was built for module ABI 2.3, and this Postern has 1.3", "build the module anew"},
        {"wrong_magic.so", "wrong magic (0x12345678", "build the module anew"},
        {"too_small.so", "too small (24 bytes", "build the module anew"},
        {"tiny.so", "too small (4 bytes", "build the module anew"},
        {"size_field.so", "too small (24 bytes, ABI 1.3 has", "build the module anew"},
        {"no_entry.so", "has no symbol postern_module_entry", "out of the module directory"},
        {"function_entry.so", "postern_module_entry is not data", "out of the module directory"},
        {"unresolved.so", "needs the symbol function_that_nobody_has", "ldd -r"},
        {"missing_library.so", "needs the shared library libtoy_gone.so, which is not installed",
         "install the package"},
        {"empty.so", "offers no source, no sink, no authentication profile and no lookup",
         "whoever made the module"},
        {"needs_minor.so", "it needs ABI 1.6, and this Postern has 1.3",
         "install a Postern that has ABI 1.6"},
        {"later_option.so",
         "its option \"colour\" has an unknown type: it needs ABI 1.5, and this Postern has 1.3",
         "install a Postern that has ABI 1.5"},
        {"push_stream.so", "its stream \"toy-hook\" is fed by requests from outside", "newer Postern"},
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

    assert_int_equal(load(registry, "good.so", &error), POSTERN_OK); /* the same file again */
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
    static const char *const toys[][2] = {{"wrong_magic.so", "a.so"},      {"good.so", "b.so"},
                                          {"duplicate_source.so", "c.so"}, {"good.so", ".hidden.so"},
                                          {"good.so", "d.so.old"},         {"good.so", "e.so"}};
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, toys[i][1]);
        copy_toy(toys[i][0], path);
        chmod(path, 0644);
    }
    struct module_registry *registry = registry_new(&limits);
    struct refusals refusals = {0};
    postern_error error = ERROR_INIT;
    assert_int_equal(registry_load_directory(registry, directory, true, note, &refusals, &error), POSTERN_OK);
    assert_int_equal(refusals.count, 3); /* one bad file stops no other */
    assert_string_equal(refusals.paths[0], "a.so");
    assert_string_equal(refusals.paths[1], "c.so"); /* in name order: b.so had the name first */
    assert_string_equal(refusals.paths[2], "e.so"); /* a copy is another file */
    assert_int_equal(registry_module_count(registry), 1);

    /* Met again, by another path too: the files that are loaded are passed over. */
    char again[] = "/tmp/postern-modules-XXXXXX";
    struct refusals others = {0};
    assert_non_null(mkdtemp(again));
    assert_int_equal(rmdir(again), 0);
    assert_int_equal(symlink(directory, again), 0);
    assert_int_equal(registry_load_directory(registry, directory, true, note, &others, &error), POSTERN_OK);
    assert_int_equal(registry_load_directory(registry, again, true, note, &others, &error), POSTERN_OK);
    assert_int_equal(others.count, 6); /* a.so, c.so and e.so, as before */
    assert_int_equal(registry_module_count(registry), 1);
    snprintf(path, sizeof path, "%s/b.so", directory);
    assert_int_equal(unlink(again), 0);
    assert_int_equal(link(path, again), 0);
    assert_int_equal(registry_load(registry, again, &error), POSTERN_OK);
    assert_int_equal(registry_module_count(registry), 1);
    unlink(again);
    registry_free(registry);

    registry = registry_new(&limits);
    postern_status status = registry_load_directory(registry, directory, true, NULL, NULL, &error);
    refused(&error, status, "a.so: its postern_module_entry has the wrong magic", "build the module anew");
    assert_int_equal(registry_module_count(registry), 1);
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, toys[i][1]);
        unlink(path);
    }
    rmdir(directory);
    assert_int_equal(registry_load_directory(registry, directory, false, note, NULL, &error), POSTERN_OK);
    refused(&error, registry_load_directory(registry, directory, true, note, NULL, &error),
            "cannot read the module directory", "name an existing directory");
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
    const struct module_plan plan = {.registry = registry, .name = "minimal"};
    struct module_instance *instance;
    assert_int_equal(module_instance_new(&plan, &instance, &error), POSTERN_OK);
    assert_int_equal(source->create(&instance->host, &self, &error), POSTERN_OK);
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
    module_instance_free(instance);
    arena_free(arena);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_objects),     cmocka_unit_test(a_good_module),
        cmocka_unit_test(unsafe_files),       cmocka_unit_test(directories),
        cmocka_unit_test(the_minimal_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
