/* The file sink where a path is not what it should be: paths that no file can have, more files than may be
 * open. One event's path never stops another's. */
#include "file_sink_batch.h"
#include <dirent.h>
#include <unistd.h>

/* ---- Paths that cannot be ---- */

static const char *long_text(char *buffer, size_t size)
{
    memset(buffer, 'x', size);
    buffer[size] = '\0';
    return buffer;
}

static void a_path_that_is_too_long_stops_only_its_events(void **unused)
{
    (void)unused;
    struct world world;
    char name[300], longest[300], whole[3000];
    /* 237 bytes leave room for ".4294967295.gz.tmp". */
    const struct line lines[] = {
        {"acme", "a", NULL},         {"acme", long_text(name, 256), "has 256 bytes"},
        {"acme", "b", NULL},         {"acme", long_text(longest, 238), "has 238 bytes, at most 237"},
        {"acme", longest + 1, NULL}, {"acme", long_text(whole, 2999), "has more than 2047 bytes"}};
    begin(&world, "%{account}/%{type}");
    write_batch(&world, lines, 6);
    expect(&world, "acme/a", "{\"n\":0}\n");
    expect(&world, "acme/b", "{\"n\":2}\n");
    char path[320];
    snprintf(path, sizeof path, "acme/%s", longest + 1);
    expect(&world, path, "{\"n\":4}\n");
    reopen(&world);
    write_batch(&world, lines, 6);
    expect(&world, path, "{\"n\":4}\n{\"n\":4}\n");
    finish(&world);
}

/* The core takes one reason for a whole batch for a mistake of the configuration. A vendor's long type is
 * none: it must not stop what comes behind it. An account's name that does not fit is one. */
static void only_what_the_operator_can_mend_has_one_reason(void **unused)
{
    (void)unused;
    struct world world;
    char type[300], account[60], template[320];
    const struct line types[] = {{"acme", long_text(type, 256), "by values of event id-0"},
                                 {"acme", type, "by values of event id-1"}};
    begin(&world, "%{account}/%{type}");
    write_batch(&world, types, 2);
    finish(&world);

    snprintf(template, sizeof template, "%s%%{account}", long_text(type, 200));
    const struct line accounts[] = {{long_text(account, 50), "a", "has 250 bytes, at most 237 are possible"},
                                    {account, "b", "has 250 bytes, at most 237 are possible"}};
    begin(&world, template);
    write_batch(&world, accounts, 2);
    finish(&world);
}

static void what_stands_in_the_way_stops_only_its_events(void **unused)
{
    (void)unused;
    struct world world;
    const struct line lines[] = {
        {"acme", "a", NULL},
        {"globex", "b", "globex: a file or a link stands where a directory is wanted"},
        {"initech", "b", "initech: a file or a link stands where a directory is wanted"},
        {"acme", "c", "acme/c: a directory stands there"},
        {"acme", "d", NULL}};
    begin(&world, "%{account}/%{type}");
    shell(&world, "echo theirs > globex; mkdir other; ln -s other initech; mkdir -p acme/c");
    for (int i = 0; i < 2; i++) {
        write_batch(&world, lines, 5);
        reopen(&world);
    }
    expect(&world, "acme/d", "{\"n\":4}\n{\"n\":4}\n");
    expect(&world, "globex", "theirs\n");
    shell(&world, "rm globex; test -d acme/c -a -L initech -a -z \"$(ls other)\"");
    const struct line again[] = {{"globex", "b", NULL}};
    write_batch(&world, again, 1);
    expect(&world, "globex/b", "{\"n\":0}\n");
    finish(&world);
}

/* A file that has lines of ours, and then its path cannot be any more: neither the next start nor a rotation
 * in a quiet moment stands still for it. */
static void what_comes_into_the_way_later_stops_only_its_events(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "rotate_age", .type = POSTERN_OPTION_DURATION, .integer = 3600000}};
    struct world world = {.template = "%{account}/%{type}"};
    postern_error error = ERROR_INIT;
    const struct line good[] = {{"acme", "a", NULL}, {"globex", "b", NULL}};
    const struct line lines[] = {{"acme", "a", NULL},
                                 {"globex", "b", "a file or a link stands where a directory is wanted"}};
    start(&world, values, 1);
    must(open_sink(&world, &error) >= 0, error.message);
    write_batch(&world, good, 2);
    shell(&world, "mv globex away; echo theirs > globex");
    world.now_ms += 3600000;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
    postern_call call = call_of(&world, arena);
    postern_status idle;
    while ((idle = world.sink->idle(world.self, &call, &recorder.face, &error)) == POSTERN_COMMIT_STATE)
        commit(&world, &recorder);
    must(idle >= 0, error.message);
    expect(&world, "acme/a.1", "{\"n\":0}\n");
    reopen(&world);
    write_batch(&world, lines, 2);
    reopen(&world);
    write_batch(&world, lines, 2);
    expect(&world, "acme/a", "{\"n\":0}\n{\"n\":0}\n");
    expect(&world, "globex", "theirs\n");
    expect(&world, "away/b", "{\"n\":1}\n");
    finish(&world);
}

/* What holds for every event is no event's fault: the sink is not made at all. */
static void a_template_that_names_no_file_is_configuration(void **unused)
{
    (void)unused;
    char name[300], path[400];
    snprintf(path, sizeof path, "%s%%{account}", long_text(name, 240));
    const char *const templates[] = {"%{account}/", path};
    for (size_t i = 0; i < 2; i++) {
        struct world world = {.template = templates[i]};
        postern_error error = ERROR_INIT;
        plan(&world, NULL, 0);
        assert_int_equal(world.sink->create(&world.module->host, &world.self, &error), POSTERN_E_CONFIG);
        assert_non_null(strstr(error.message, "path must name a file"));
        finish(&world);
    }
}

/* ---- Values that must not meet ---- */

static void different_values_have_different_files(void **unused)
{
    (void)unused;
    static const char *const values[] = {"",    "_",   "__",    "%5F", "%",   "%00",     ".",
                                         "..",  "a",   "a.",    ".a",  "a.b", "A",       "a b",
                                         "a+b", "a/b", "a%2Fb", "%2E", "-",   "\xc3\xa9"};
    struct world world;
    struct line lines[sizeof values / sizeof *values];
    size_t count = sizeof values / sizeof *values, files = 0;
    for (size_t i = 0; i < count; i++)
        lines[i] = (struct line){"acme", values[i], NULL};
    begin(&world, "%{type}");
    write_batch(&world, lines, count);
    DIR *directory = opendir(world.directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        files += entry->d_type == DT_REG;
    closedir(directory);
    assert_int_equal(files, count);
    expect(&world, "_", "{\"n\":0}\n");
    expect(&world, "%5F", "{\"n\":1}\n");
    finish(&world);
}

/* "a" rotates to "a.1", "a.2", ...: a name that another event's values made is nobody's old file. */
static void a_rotated_name_that_is_in_use_is_left_alone(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "rotate_size", .type = POSTERN_OPTION_SIZE, .integer = 8},
        {.name = "keep", .type = POSTERN_OPTION_INTEGER, .integer = 2}};
    struct world world = {.template = "%{type}"};
    postern_error error = ERROR_INIT;
    const struct line dotted[] = {{"acme", "a.1", NULL}}, plain[] = {{"acme", "a", NULL}};
    start(&world, values, 2);
    must(open_sink(&world, &error) >= 0, error.message);
    write_batch(&world, dotted, 1);
    for (int i = 0; i < 6; i++)
        write_batch(&world, plain, 1);
    expect(&world, "a.1", "{\"n\":0}\n");
    expect(&world, "a", "{\"n\":0}\n");
    shell(&world, "test \"$(echo a*)\" = \"a a.1 a.5 a.6\"");
    finish(&world);
}

/* ---- More files than may be open ---- */

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* The limit of the process is such that one file too many fails. */
static void a_batch_opens_few_files_at_once(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "open_files", .type = POSTERN_OPTION_INTEGER, .integer = 3},
        {.name = "rotate_size", .type = POSTERN_OPTION_SIZE, .integer = 20}};
    struct world world = {.template = "%{type}/f"};
    postern_error error = ERROR_INIT;
    struct rlimit before, few;
    char names[60][4];
    struct line lines[60];
    for (int i = 0; i < 60; i++) {
        snprintf(names[i], sizeof names[i], "%d", i % 50); /* 10 files get two lines each */
        lines[i] = (struct line){"acme", names[i], NULL};
    }
    start(&world, values, 2);
    must(open_sink(&world, &error) >= 0, error.message);
    size_t quiet = open_descriptors();
    getrlimit(RLIMIT_NOFILE, &before);
    few =
        (struct rlimit){quiet - 3 + 3 + 3, before.rlim_max}; /* ".", "..", its own; files; two directories */
    for (int round = 0; round < 4; round++) {
        setrlimit(RLIMIT_NOFILE, &few);
        write_batch(&world, lines, 60);
        setrlimit(RLIMIT_NOFILE, &before);
        assert_true(open_descriptors() <= quiet + 3);
        if (round % 2) reopen(&world);
    }
    shell(&world, "for i in $(seq 0 49); do test $(cat $i/f $i/f.* 2>/dev/null | wc -l) -eq "
                  "$((i < 10 ? 8 : 4)) || exit 1; done");
    finish(&world);
}

/* Closed already or not: no file keeps lines of a batch that did not get to its end. */
static void a_batch_over_many_files_is_undone_as_a_whole(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "open_files", .type = POSTERN_OPTION_INTEGER, .integer = 2}};
    struct world world = {.template = "%{type}"};
    postern_error error = ERROR_INIT;
    struct rlimit before, small;
    const struct line good[] = {
        {"acme", "a", NULL}, {"acme", "b", NULL}, {"acme", "c", NULL}, {"acme", "d", NULL}};
    start(&world, values, 1);
    must(open_sink(&world, &error) >= 0, error.message);
    write_batch(&world, good, 4);

    _cleanup_(arena_freep) postern_arena *arena = arena_new(16 << 20);
    postern_sink_event events[4];
    const postern_sink_event *pointers[4];
    for (int i = 0; i < 4; i++) {
        events[i] =
            (postern_sink_event){.size = sizeof(postern_sink_event),
                                 .type = text_of(good[i].type),
                                 .text = i < 3 ? TEXT("{}") : TEXT("{\"too\":\"long for the limit\"}")};
        pointers[i] = &events[i];
    }
    postern_batch batch = {.size = sizeof batch, .attempt = 1, .events = pointers, .count = 4};
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
    postern_call call = call_of(&world, arena);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){16, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    postern_status status = world.sink->write(world.self, &call, &batch, &recorder.face, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, POSTERN_E_RETRY);
    expect(&world, "a", "{\"n\":0}\n");
    expect(&world, "b", "{\"n\":1}\n");
    expect(&world, "c", "{\"n\":2}\n");
    expect(&world, "d", "{\"n\":3}\n");
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_that_is_too_long_stops_only_its_events),
        cmocka_unit_test(only_what_the_operator_can_mend_has_one_reason),
        cmocka_unit_test(what_stands_in_the_way_stops_only_its_events),
        cmocka_unit_test(what_comes_into_the_way_later_stops_only_its_events),
        cmocka_unit_test(a_template_that_names_no_file_is_configuration),
        cmocka_unit_test(different_values_have_different_files),
        cmocka_unit_test(a_rotated_name_that_is_in_use_is_left_alone),
        cmocka_unit_test(a_batch_opens_few_files_at_once),
        cmocka_unit_test(a_batch_over_many_files_is_undone_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
