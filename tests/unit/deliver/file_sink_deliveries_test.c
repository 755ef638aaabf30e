/* Several deliveries that write to the same files through one sink: whatever order their batches come in
 * after a crash, each line stands once. */
#include "file_sink.h"
#include <dirent.h>

#define DELIVERIES 3
#define BATCHES    2 /* of each delivery */
#define MOST_LINES 9
#define LINES      (BATCHES * MOST_LINES)

/* The batches of a delivery: each comes again as it was until it is committed. */
struct course {
    char key[33];
    int sizes[BATCHES];
    int batch; /* that comes next */
    int line;  /* its first */
};

struct model {
    struct world world;
    struct course courses[DELIVERIES];
    int deliveries, files;
    struct option_value options[2];
};

static void open_model(struct model *model, size_t option_count)
{
    postern_error error = ERROR_INIT;
    for (int i = 0; i < model->deliveries; i++)
        snprintf(model->courses[i].key, sizeof model->courses[i].key, "delivery-%d", i);
    model->world.template = "%{type}.ndjson";
    start(&model->world, model->options, option_count);
    must(open_sink(&model->world, &error) >= 0, error.message);
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
        postern_call call = {
            .size = sizeof call, .attempt = 1, .arena = arena, .now_ms = model->world.now_ms};
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

/* ---- The truth ---- */

static void count_lines(char *text, int found[DELIVERIES][LINES])
{
    for (char *line = text, *line_end; *line; line = line_end + 1) {
        int number, delivery;
        line_end = strchr(line, '\n');
        if (!line_end || sscanf(line, "%d delivery-%d ", &number, &delivery) != 2)
            fail_msg("half a line: %.40s", line);
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
        count_lines((char *)(uintptr_t)buffer_string(&text), found);
    }
    closedir(directory);
    for (int i = 0; i < model->deliveries; i++)
        for (int n = 0; n < model->courses[i].line; n++)
            if (found[i][n] != 1) fail_msg("line %d of delivery %d stands %d times", n, i, found[i][n]);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_set_aside_is_found_after_others_have_looked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
