/* Series are what their names and labels say, count exactly from many threads, and come back from the file.
 */
#include "../unit.h"
#include "base/error.h"
#include "base/text.h"
#include "report/metrics_file.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LABEL(name, value)                                                                                   \
    {                                                                                                        \
        TEXT(name), TEXT(value)                                                                              \
    }

struct seen {
    size_t count;
    double last;
    char labels[256];
};

static void see(void *context, const struct metric_sample *sample)
{
    struct seen *seen = context;
    size_t used = 0;
    seen->count++;
    seen->last = sample->value;
    for (size_t i = 0; i < sample->label_count; i++)
        used += (size_t)snprintf(seen->labels + used, sizeof seen->labels - used, "%.*s=%.*s;",
                                 TEXT_ARGS(sample->labels[i].name), TEXT_ARGS(sample->labels[i].value));
}

static struct seen look(struct metrics *metrics)
{
    struct seen seen = {0};
    metrics_each(metrics, see, &seen);
    return seen;
}

static void a_series_is_its_name_and_labels(void **state)
{
    (void)state;
    static const postern_pair ab[] = {LABEL("a", "1"), LABEL("b", "2")},
                              ba[] = {LABEL("b", "2"), LABEL("a", "1")};
    static const postern_pair other[] = {LABEL("a", "1"), LABEL("b", "3")};
    struct metrics *metrics = metrics_new();
    struct metric_group *files = metrics_group(metrics, "sink", TEXT("files"));
    struct metric_group *http = metrics_group(metrics, "sink", TEXT("http"));
    assert_ptr_equal(metrics_group(metrics, "sink", TEXT("files")), files);
    assert_ptr_not_equal(http, files);

    struct postern_metric *first = metric_find(files, METRIC_COUNTER, "sent_total", "what was sent", ab, 2);
    assert_non_null(first);
    assert_ptr_equal(metric_find(files, METRIC_COUNTER, "sent_total", NULL, ba, 2), first);
    assert_string_equal(look(metrics).labels, "sink=files;a=1;b=2;");
    assert_ptr_not_equal(metric_find(files, METRIC_COUNTER, "sent_total", NULL, other, 2), first);
    assert_ptr_not_equal(metric_find(files, METRIC_COUNTER, "sent_total", NULL, ab, 1), first);
    assert_ptr_not_equal(metric_find(http, METRIC_COUNTER, "sent_total", NULL, ab, 2), first);
    assert_int_equal(look(metrics).count, 4);
    metrics_free(metrics);
}

static void what_is_not_allowed_is_not_made(void **state)
{
    static const char *const names[] = {"",     "Sent_total", "1_total",   "_total",
                                        "sent", "sent-total", "sent total"};
    static const postern_pair label_rows[][2] = {
        {LABEL("A", "1"), LABEL("b", "2")},
        {LABEL("sink", "1"), LABEL("b", "2")},
        {LABEL("b", "1"), LABEL("b", "2")},
        {LABEL("a", "\xff"), LABEL("b", "2")},
        {LABEL("a", "1\0"
                    "2"),
         LABEL("b", "2")},
    };
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric_group *group = metrics_group(metrics, "sink", TEXT("x"));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_null(metric_find(group, METRIC_COUNTER, names[i], "", NULL, 0));
    for (size_t i = 0; i < COUNT(label_rows); i++)
        assert_null(metric_find(group, METRIC_GAUGE, "fine", "", label_rows[i], 2));
    assert_null(metric_find(group, METRIC_GAUGE, NULL, "", NULL, 0));
    assert_int_equal(look(metrics).count, 0);

    /* a name is of one kind, in all groups */
    assert_non_null(metric_find(group, METRIC_COUNTER, "sent_total", "", NULL, 0));
    assert_null(metric_find(group, METRIC_GAUGE, "sent_total", "", NULL, 0));
    assert_null(
        metric_find(metrics_group(metrics, "sink", TEXT("y")), METRIC_GAUGE, "sent_total", "", NULL, 0));
    metrics_free(metrics);
}

static void the_number_of_series_has_a_limit(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric_group *group = metrics_group(metrics, "sink", TEXT("x"));
    char value[16];
    for (int i = 0; i <= METRIC_SERIES_LIMIT; i++) {
        snprintf(value, sizeof value, "%d", i);
        postern_pair label = {TEXT("number"), text_of(value)};
        struct postern_metric *metric = metric_find(group, METRIC_GAUGE, "many", "", &label, 1);
        assert_int_equal(metric != NULL, i < METRIC_SERIES_LIMIT);
    }
    assert_int_equal(look(metrics).count, METRIC_SERIES_LIMIT);
    /* those that stand are still found, and other groups have room */
    postern_pair label = {TEXT("number"), TEXT("7")};
    assert_non_null(metric_find(group, METRIC_GAUGE, "many", "", &label, 1));
    assert_non_null(
        metric_find(metrics_group(metrics, "sink", TEXT("y")), METRIC_GAUGE, "many", "", &label, 1));
    metrics_free(metrics);
}

static void counters_only_grow(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric_group *group = metrics_group(metrics, "sink", TEXT("x"));
    struct postern_metric *counter = metric_find(group, METRIC_COUNTER, "sent_total", "", NULL, 0);
    metric_add(counter, 2.5);
    metric_add(counter, -1);
    metric_add(counter, (double)NAN);
    metric_add(counter, (double)INFINITY);
    metric_set(counter, 0);
    metric_add(NULL, 1);
    metric_set(NULL, 1);
    assert_true(look(metrics).last == 2.5);
    struct postern_metric *gauge = metric_find(group, METRIC_GAUGE, "depth", "", NULL, 0);
    metric_set(gauge, 10);
    metric_add(gauge, -12);
    assert_true(look(metrics).last == -2);
    metrics_free(metrics);
}

#define THREADS 4
#define ADDS    20000

static void *add_often(void *argument)
{
    struct metric_group *group = argument;
    for (int i = 0; i < ADDS; i++)
        metric_add(metric_find(group, METRIC_COUNTER, "sent_total", "", NULL, 0), 1);
    return NULL;
}

static void threads_count_exactly(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metric_group *group = metrics_group(metrics, "sink", TEXT("x"));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_often, group), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_true(look(metrics).last == THREADS * ADDS);
    assert_int_equal(look(metrics).count, 1);
    metrics_free(metrics);
}

/* ---- The file ---- */

static ino_t inode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    return status.st_ino;
}

static void the_file_shows_them_to_others(void **state)
{
    (void)state;
    char directory[] = "/tmp/postern-metrics-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/metrics.json", directory);
    struct metrics *metrics = metrics_new();
    struct metrics_file file;
    postern_error error = ERROR_INIT;
    cJSON *root = NULL;
    assert_int_equal(metrics_file_read(directory, &root, &error), POSTERN_OK);
    assert_null(root);
    assert_int_equal(metrics_file_open(&file, directory, &error), POSTERN_OK);
    postern_pair label = {TEXT("code"), TEXT("\"200\"")};
    struct postern_metric *metric = metric_find(metrics_group(metrics, "sink", TEXT("x")), METRIC_COUNTER,
                                                "sent_total", "what was sent", &label, 1);
    metric_add(metric, 123456789012345.0);
    assert_int_equal(metrics_file_write(&file, metrics, 1500, &error), POSTERN_OK);
    ino_t first = inode_of(path);
    assert_int_equal(metrics_file_write(&file, metrics, 2500, &error), POSTERN_OK);
    assert_int_equal(inode_of(path), first); /* nothing has changed */

    assert_int_equal(metrics_file_read(directory, &root, &error), POSTERN_OK);
    char *text = cJSON_PrintUnformatted(root);
    assert_string_equal(text,
                        "{\"written\":1500,\"series\":[{\"name\":\"sent_total\",\"kind\":\"counter\","
                        "\"help\":\"what was sent\",\"labels\":{\"sink\":\"x\",\"code\":\"\\\"200\\\"\"},"
                        "\"value\":123456789012345}]}");
    free(text);
    cJSON_Delete(root);

    metric_set(metric_find(metrics_group(metrics, "sink", TEXT("x")), METRIC_GAUGE, "odd", "", NULL, 0),
               (double)NAN);
    assert_int_equal(metrics_file_write(&file, metrics, 3500, &error), POSTERN_OK);
    assert_int_equal(metrics_file_read(directory, &root, &error), POSTERN_OK);
    assert_int_equal(cJSON_GetObjectItem(root, "written")->valuedouble, 3500);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "series")), 2);
    cJSON_Delete(root);
    metrics_file_close(&file);
    metrics_free(metrics);
    unlink(path);
    assert_int_equal(rmdir(directory), 0); /* no other file was left */
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct metrics_file file;
    postern_error error = ERROR_INIT;
    assert_int_equal(metrics_file_open(&file, "/nonexistent/state", &error), POSTERN_OK);
    assert_int_equal(metrics_file_write(&file, metrics, 1500, &error), POSTERN_E_IO);
    assert_contains(error.message, "/nonexistent/state/metrics.json");
    metrics_file_close(&file);
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_is_its_name_and_labels),
        cmocka_unit_test(what_is_not_allowed_is_not_made),
        cmocka_unit_test(the_number_of_series_has_a_limit),
        cmocka_unit_test(counters_only_grow),
        cmocka_unit_test(threads_count_exactly),
        cmocka_unit_test(the_file_shows_them_to_others),
        cmocka_unit_test(a_file_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
