/* What is not there for ever: a queue whose messages come and go, records of which only the newest version is
 * shown. A client that looks every few minutes sees all of it; one that looks seldom does not, and is not
 * blamed for what it cannot have seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare.h"
#include "random.h"
#include "test_reader.h"
#include "times.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_QUEUE = 4000 };

/* Lines, each once. */
struct lines {
    char *list[LONGEST_QUEUE];
    size_t count;
};

static size_t find_line(const struct lines *lines, const char *line)
{
    size_t i = 0;
    while (i < lines->count && strcmp(lines->list[i], line) != 0)
        i++;
    return i;
}

static void add_line(struct lines *lines, const char *line)
{
    assert_true(lines->count < LONGEST_QUEUE);
    lines->list[lines->count++] = strdup(line);
}

static void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->list[i]);
    lines->count = 0;
}

/* All lines that the reader wrote to its file in the meantime, without repeats. */
static void take_lines(FILE *file, struct lines *lines)
{
    char *line = NULL;
    size_t capacity = 0;
    rewind(file);
    while (getline(&line, &capacity, file) > 0)
        if (find_line(lines, line) == lines->count) add_line(lines, line);
    free(line);
    rewind(file);
    assert_int_equal(ftruncate(fileno(file), 0), 0);
}

struct watcher {
    struct simulator simulator;
    struct reader reader;
    struct lines queue, seen;
    FILE *out;
    char output[128];
    bool forgets_to_tell; /* that something left */
};

static void begin(struct watcher *watcher, const char *const *options)
{
    *watcher = (struct watcher){0};
    simulator_start(&watcher->simulator, true, options);
    snprintf(watcher->output, sizeof watcher->output, "%s/output.ndjson", watcher->simulator.directory);
    watcher->out = fopen(watcher->output, "w");
    watcher->reader = (struct reader){
        .simulator = &watcher->simulator, .out = tmpfile(), .page_size = 100, .curl = curl_easy_init()};
}

/* The queue as it is: what is new in it has appeared, what is gone has left. */
static void watch_queue(struct watcher *watcher)
{
    struct lines now = {0};
    int64_t now_ms = simulator_now(&watcher->simulator);
    reader_read_window(&watcher->reader, HOLD_QUEUE, now_ms - 30 * DAY, now_ms);
    take_lines(watcher->reader.out, &now);
    for (size_t i = 0; i < now.count; i++)
        if (find_line(&watcher->queue, now.list[i]) == watcher->queue.count) fputs(now.list[i], watcher->out);
    for (size_t i = 0; i < watcher->queue.count && !watcher->forgets_to_tell; i++)
        if (find_line(&now, watcher->queue.list[i]) == now.count) fputs(watcher->queue.list[i], watcher->out);
    free_lines(&watcher->queue);
    watcher->queue = now;
}

static void watch_list(struct watcher *watcher, enum source source)
{
    struct lines now = {0};
    int64_t now_ms = simulator_now(&watcher->simulator);
    reader_read_window(&watcher->reader, source, now_ms - 10 * DAY, now_ms);
    take_lines(watcher->reader.out, &now);
    for (size_t i = 0; i < now.count; i++) {
        if (find_line(&watcher->seen, now.list[i]) < watcher->seen.count) continue;
        add_line(&watcher->seen, now.list[i]);
        fputs(now.list[i], watcher->out);
    }
    free_lines(&now);
}

static void watch(struct watcher *watcher, int64_t every_ms, int64_t for_ms)
{
    for (int64_t past_ms = 0; past_ms <= for_ms; past_ms += every_ms) {
        watch_queue(watcher);
        watch_list(watcher, REMEDIATION);
        if (past_ms + every_ms <= for_ms) simulator_advance(&watcher->simulator, every_ms);
    }
    fflush(watcher->out);
}

static int compare(const struct watcher *watcher, const char *shown)
{
    char truth[128];
    snprintf(truth, sizeof truth, "%s/truth.ndjson", watcher->simulator.directory);
    const char *arguments[] = {"compare", "--truth", truth, "--shown", shown, "--output", watcher->output};
    return compare_command(7, (char **)(uintptr_t)arguments);
}

static void end(struct watcher *watcher)
{
    free_lines(&watcher->queue);
    free_lines(&watcher->seen);
    curl_easy_cleanup(watcher->reader.curl);
    fclose(watcher->reader.out);
    fclose(watcher->out);
    simulator_stop(&watcher->simulator);
}

static const char *const options[] = {
    "--events", "1200", "--sources", "hold-queue,remediation", "--live-rate", "2", "--quirks", "off", NULL};

static void looked_at_often(void **state)
{
    (void)state;
    struct watcher watcher;
    begin(&watcher, options);
    watch(&watcher, 10 * MINUTE, 12 * HOUR);
    assert_int_equal(compare(&watcher, "30m"), 0);
    struct text truth = simulator_control(&watcher.simulator, "GET", "truth", NULL);
    assert_non_null(strstr(truth.data, "\"type\":\"hold-queue-left\""));
    assert_non_null(strstr(truth.data, "\"type\":\"restored\""));
    text_free(&truth);
    assert_int_equal(simulator_violations(&watcher.simulator), 0);
    end(&watcher);
}

static void looked_at_seldom(void **state)
{
    (void)state;
    struct watcher watcher;
    begin(&watcher, options);
    watch(&watcher, 4 * HOUR, 12 * HOUR);
    assert_int_equal(compare(&watcher, "5h"), 0);
    assert_int_equal(compare(&watcher, "30m"), 1); /* much came and went between two looks */
    end(&watcher);
}

/* What changes behind the last look cannot have been seen; a world that stands still changes no more, and
 * then all that there is must have been. */
static void what_changes_behind_the_last_look(void **state)
{
    (void)state;
    for (int still = 0; still < 2; still++) {
        struct watcher watcher;
        begin(&watcher, options);
        watch(&watcher, 10 * MINUTE, 4 * HOUR);
        struct text done =
            still ? simulator_control(&watcher.simulator, "POST", "stand-still", "{}") : (struct text){0};
        text_free(&done);
        simulator_advance(&watcher.simulator, HOUR); /* what is late comes */
        watch(&watcher, MINUTE, 0);
        simulator_advance(&watcher.simulator, DAY);
        done = simulator_control(&watcher.simulator, "GET", "statistics", NULL); /* the world moves on */
        text_free(&done);
        assert_int_equal(compare(&watcher, "30m"), still ? 0 : 1);
        end(&watcher);
    }
}

/* The last version is there for good if nothing replaces it, and is insisted on. */
static void what_stays_is_wanted(void **state)
{
    (void)state;
    struct watcher watcher;
    begin(&watcher, options);
    struct text done = simulator_control(&watcher.simulator, "POST", "stand-still", "{}");
    text_free(&done);
    simulator_advance(&watcher.simulator, DAY);
    watch_queue(&watcher);
    fflush(watcher.out);
    assert_int_equal(compare(&watcher, "30d"), 1); /* no incident was read */
    watch_list(&watcher, REMEDIATION);
    fflush(watcher.out);
    assert_int_equal(compare(&watcher, "0s"), 0);
    end(&watcher);
}

static void leaving_is_wanted(void **state)
{
    (void)state;
    struct watcher watcher;
    begin(&watcher, options);
    watcher.forgets_to_tell = true;
    watch(&watcher, 30 * MINUTE, 3 * HOUR);
    assert_int_equal(compare(&watcher, "1h"), 1);
    end(&watcher);
}

/* With quirks the place of a page is counted: what arrives or leaves between two pages shifts the rows. */
static void rows_shift(void **state)
{
    (void)state;
    struct watcher watcher;
    static const char *const shifting[] = {"--events", "600", "--sources", "hold-queue", NULL};
    begin(&watcher, shifting);
    static const char body[] =
        "{\"meta\":{\"pagination\":{\"pageSize\":10%s%s%s}},\"data\":[{\"admin\":true}]}";
    char first[1200], second[1200], token[700];
    struct text pages[2] = {0};
    for (int round = 0; round < 2; round++) {
        snprintf(first, sizeof first, body, "", "", "");
        struct response response =
            simulator_call(&watcher.simulator, &(struct call){.source = HOLD_QUEUE, .body = first}, NULL);
        cJSON *answer = cJSON_Parse(response.body.data);
        const cJSON *pagination = cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "meta"), "pagination");
        assert_true(cJSON_GetObjectItem(pagination, "totalCount")->valueint > 10);
        snprintf(token, sizeof token, "%s", cJSON_GetObjectItem(pagination, "next")->valuestring);
        cJSON_Delete(answer);
        response_free(&response);
        if (round) {
            struct text done = simulator_control(&watcher.simulator, "POST", "publish",
                                                 "{\"events\":3,\"endpoint\":\"hold-queue\"}");
            text_free(&done);
            simulator_advance(&watcher.simulator, 2 * SECOND);
        }
        snprintf(second, sizeof second, body, ",\"pageToken\":\"", token, "\"");
        response =
            simulator_call(&watcher.simulator, &(struct call){.source = HOLD_QUEUE, .body = second}, NULL);
        text_append(&pages[round], response.body.data, response.body.size);
        response_free(&response);
    }
    const char *row = strstr(pages[0].data, "\"data\":[");
    char id[120];
    snprintf(id, sizeof id, "%.100s", row + strlen("\"data\":[{"));
    char *shifted = strstr(pages[1].data, id), *begins = strstr(pages[1].data, "\"data\":[");
    assert_non_null(shifted);
    assert_true(shifted > begins + 400); /* three rows of the page before came again in front of it */
    text_free(&pages[0]);
    text_free(&pages[1]);
    end(&watcher);
}

/* A test can have messages appear and leave when it wants. */
static void at_once(void **state)
{
    (void)state;
    struct watcher watcher;
    static const char *const quiet[] = {"--events", "300", "--sources", "hold-queue",
                                        "--quirks", "off", NULL};
    begin(&watcher, quiet);
    watch_queue(&watcher);
    size_t before = watcher.queue.count;
    struct text done = simulator_control(&watcher.simulator, "POST", "publish",
                                         "{\"events\":3,\"endpoint\":\"hold-queue\"}");
    text_free(&done);
    simulator_advance(&watcher.simulator, SECOND);
    watch_queue(&watcher);
    assert_int_equal(watcher.queue.count, before + 3);
    done = simulator_control(&watcher.simulator, "POST", "release", "{\"messages\":5}");
    text_free(&done);
    fflush(watcher.out);
    assert_int_equal(compare(&watcher, "0s"), 1); /* it was not seen that they left */
    watch_queue(&watcher);
    assert_int_equal(watcher.queue.count, before - 2);
    fflush(watcher.out);
    assert_int_equal(compare(&watcher, "0s"), 0);
    end(&watcher);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests[] = {cmocka_unit_test(looked_at_often),
                                       cmocka_unit_test(looked_at_seldom),
                                       cmocka_unit_test(what_changes_behind_the_last_look),
                                       cmocka_unit_test(what_stays_is_wanted),
                                       cmocka_unit_test(leaving_is_wanted),
                                       cmocka_unit_test(rows_shift),
                                       cmocka_unit_test(at_once)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
