/* Several deliveries that write to the same files through one sink, against a model of the core: batches in
 * any order, crashes at every step and in the midst of a line, rotation, gzip. In whatever order the batches
 * come after a crash, each line stands once. */
#include "file_sink.h"
#include <dirent.h>
#include <unistd.h>

#define DELIVERIES   3
#define BATCHES      12 /* of each delivery */
#define MOST_LINES   9
#define FILES        2
#define LINES        (BATCHES * MOST_LINES)
#define SEEDS        400
#define SMALL_FILE   400
#define CRASHES_LESS 3 /* one of so many writes is not cut short */

/* No power is cut here, and the disk would take most of the time: the module finds these before the system's.
 */
__attribute__((visibility("default"))) int fsync(int fd)
{
    return fd < 0 ? -1 : 0;
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return fd < 0 ? -1 : 0;
}

/* The batches of a delivery: each comes again as it was until it is committed. */
struct course {
    char key[33];
    int sizes[BATCHES];
    int batch; /* that comes next */
    int line;  /* its first */
};

struct model {
    struct world world;
    struct random_source random;
    uint64_t seed;
    struct course courses[DELIVERIES];
    int deliveries, files;
    struct option_value options[2];
};

static int below(struct model *model, int limit)
{
    return (int)random_below(&model->random, (uint64_t)limit);
}

static void open_model(struct model *model, size_t option_count)
{
    postern_error error = ERROR_INIT;
    for (int i = 0; i < model->deliveries; i++)
        snprintf(model->courses[i].key, sizeof model->courses[i].key, "delivery-%d", i);
    model->world.template = "%{type}.ndjson";
    start(&model->world, model->options, option_count);
    must(open_sink(&model->world, &error) >= 0, error.message);
}

static void begin(struct model *model, uint64_t seed)
{
    *model = (struct model){.seed = seed, .random = random_fixed(seed)};
    model->deliveries = 2 + below(model, DELIVERIES - 1);
    model->files = 1 + below(model, FILES);
    for (int i = 0; i < model->deliveries; i++)
        for (int n = 0; n < BATCHES; n++)
            model->courses[i].sizes[n] = 1 + below(model, MOST_LINES);
    model->options[0] = (struct option_value){
        .name = "rotate_size", .type = POSTERN_OPTION_SIZE, .integer = below(model, 3) ? SMALL_FILE : 0};
    model->options[1] = (struct option_value){
        .name = "compress", .type = POSTERN_OPTION_TEXT, .text = below(model, 3) ? "false" : "gzip"};
    open_model(model, 2);
}

static void finish(struct model *model)
{
    model->world.sink->close(model->world.self);
    end(&model->world);
}

/* ---- Batches ---- */

/* As the core writes and commits; `steps` calls and commits happen before a crash (< 0: all). */
static bool write_batch(struct model *model, struct course *course, int steps)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    postern_sink_event events[MOST_LINES];
    const postern_sink_event *pointers[MOST_LINES];
    postern_error error = ERROR_INIT;
    int count = course->sizes[course->batch];
    for (int i = 0; i < count; i++) {
        int number = course->line + i;
        events[i] = (postern_sink_event){.size = sizeof(postern_sink_event),
                                         .type = arena_printf(arena, "f%d", number % model->files),
                                         .received_ms = 1767225600000,
                                         .text = arena_printf(arena, "%d %s %.*s", number, course->key,
                                                              number % 7 * 3, "--------------------------")};
        pointers[i] = &events[i];
    }
    postern_batch batch = {.size = sizeof batch,
                           .attempt = 1,
                           .id = (uint64_t)course->batch + 1,
                           .delivery = text_of(course->key),
                           .events = pointers,
                           .count = (size_t)count};
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
    for (;;) {
        postern_call call = call_of(&model->world, arena);
        if (steps-- == 0) return false;
        postern_status status =
            model->world.sink->write(model->world.self, &call, &batch, &recorder.face, &error);
        must(status >= 0, error.message);
        if (steps-- == 0) return false;
        commit(&model->world, &recorder);
        if (status == POSTERN_OK) break;
    }
    course->line += count;
    course->batch++;
    return true;
}

/* ---- Crashes ---- */

static off_t committed_length(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->world.state_count; i++) {
        intmax_t length;
        if (text_equal(model->world.state[i].name, text_of(name)) &&
            sscanf(model->world.state[i].value.data, "inode=%*u length=%jd", &length) == 1)
            return (off_t)length;
    }
    return 0;
}

/* The process was killed as it wrote: the lines behind the committed ones end somewhere. */
static void cut_short(struct model *model, const off_t before[FILES])
{
    for (int i = 0; i < model->files && i < FILES; i++) {
        char name[32], path[128];
        struct stat status;
        snprintf(name, sizeof name, "f%d.ndjson", i);
        snprintf(path, sizeof path, "%s/%s", model->world.directory, name);
        off_t least = committed_length(model, name);
        if (before[i] > least) least = before[i];
        if (stat(path, &status) < 0 || status.st_size <= least) continue;
        assert_int_equal(truncate(path, least + below(model, (int)(status.st_size - least) + 1)), 0);
    }
}

static void die(struct model *model, const off_t before[FILES])
{
    postern_error error = ERROR_INIT;
    crash(&model->world);
    if (below(model, 2)) cut_short(model, before);
    must(open_sink(&model->world, &error) >= 0, error.message);
}

static void sizes_of_files(const struct model *model, off_t sizes[FILES])
{
    for (int i = 0; i < model->files && i < FILES; i++) {
        char path[128];
        struct stat status;
        snprintf(path, sizeof path, "%s/f%d.ndjson", model->world.directory, i);
        sizes[i] = stat(path, &status) < 0 ? 0 : status.st_size;
    }
}

/* ---- The truth ---- */

static void count_lines(struct model *model, char *text, int found[DELIVERIES][LINES])
{
    for (char *line = text, *line_end; *line; line = line_end + 1) {
        int number = 0, delivery = 0;
        line_end = strchr(line, '\n');
        if (!line_end || sscanf(line, "%d delivery-%d ", &number, &delivery) != 2)
            fail_msg("seed %ju: half a line: %.40s", (uintmax_t)model->seed, line);
        found[delivery][number]++;
    }
}

static void expect_each_line_once(struct model *model)
{
    int found[DELIVERIES][LINES] = {{0}};
    DIR *directory = opendir(model->world.directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        _cleanup_(buffer_free) struct buffer text = {.limit = 1 << 20};
        char path[400];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", model->world.directory, entry->d_name);
        append_file(path, &text);
        count_lines(model, (char *)(uintptr_t)buffer_string(&text), found);
    }
    closedir(directory);
    for (int i = 0; i < model->deliveries; i++)
        for (int n = 0; n < model->courses[i].line; n++)
            if (found[i][n] != 1)
                fail_msg("seed %ju: line %d of delivery %d stands %d times", (uintmax_t)model->seed, n, i,
                         found[i][n]);
}

/* The lines of a batch that nobody confirmed are found when others have looked there before it. */
static void what_was_set_aside_is_found_after_others_have_looked(void **unused)
{
    (void)unused;
    postern_error error = ERROR_INIT;
    struct model model = {.deliveries = 3, .files = 1};
    for (int i = 0; i < model.deliveries; i++)
        model.courses[i].sizes[0] = model.courses[i].sizes[1] = 2;
    open_model(&model, 0);
    assert_true(write_batch(&model, &model.courses[0], -1));
    assert_false(write_batch(&model, &model.courses[0], 1)); /* written, not confirmed */
    crash(&model.world);
    must(open_sink(&model.world, &error) >= 0, error.message);
    assert_true(write_batch(&model, &model.courses[1], -1));
    assert_true(write_batch(&model, &model.courses[2], -1));
    assert_true(write_batch(&model, &model.courses[0], -1));
    expect_each_line_once(&model);
    finish(&model);
}

/* A backup was put back: a batch that was delivered comes again, cut otherwise, and then another's. The line
 * behind what was recognized stays. */
static void lines_behind_recognized_ones_are_compared_too(void **unused)
{
    (void)unused;
    postern_error error = ERROR_INIT;
    struct world backup = {0};
    struct model model = {.deliveries = 2, .files = 1};
    struct course *first = &model.courses[0], *other = &model.courses[1];
    first->sizes[0] = first->sizes[1] = 2;
    other->sizes[0] = 1;
    open_model(&model, 0);
    assert_true(write_batch(&model, first, -1));
    copy_state(&backup, &model.world);
    assert_true(write_batch(&model, first, -1));
    crash(&model.world);
    copy_state(&model.world, &backup);
    must(open_sink(&model.world, &error) >= 0, error.message);
    first->batch = first->sizes[1] = 1;
    first->line = 2;
    assert_true(write_batch(&model, first, -1));
    assert_true(write_batch(&model, other, -1));
    first->line++;
    expect_each_line_once(&model);
    copy_state(&backup, &(struct world){0});
    finish(&model);
}

static bool is_done(const struct model *model)
{
    for (int i = 0; i < model->deliveries; i++)
        if (model->courses[i].batch < BATCHES) return false;
    return true;
}

static void each_line_stands_once(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct model model;
        begin(&model, seed);
        while (!is_done(&model)) {
            struct course *course = &model.courses[below(&model, model.deliveries)];
            off_t before[FILES] = {0};
            if (course->batch == BATCHES) continue;
            int steps = below(&model, CRASHES_LESS) ? below(&model, 6) : -1;
            sizes_of_files(&model, before);
            if (!write_batch(&model, course, steps)) die(&model, before);
        }
        expect_each_line_once(&model);
        finish(&model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_set_aside_is_found_after_others_have_looked),
        cmocka_unit_test(lines_behind_recognized_ones_are_compared_too),
        cmocka_unit_test(each_line_stands_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
