/* Source threat-intel: files of STIX objects instead of pages, and a header that names the place behind. */
#include "../module/zip_builder.h"
#include "harness.h"
#include <stdlib.h>

#define INDICATOR "{\"type\":\"indicator\",\"id\":\"indicator--1\",\"modified\":\"2026-01-01T00:01:02.345Z\"}"
#define MALWARE   "{\"type\":\"malware\",\"id\":\"malware--1\",\"created\":\"2026-01-01T00:01:02Z\"}"
#define BUNDLE(objects)                                                                                      \
    "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"spec_version\":\"2.0\",\"objects\":[" objects "]}"
#define NO_RESULT                                                                                            \
    "{\"meta\":{\"status\":200},\"data\":[],\"fail\":[{\"errors\":[{\"code\":\"err_threat_intel_feed_no_"    \
    "result_found\",\"message\":\"No results\",\"retryable\":false}]}]}"

static struct test_source open_feed(void)
{
    return source_open("threat-intel", NULL, 0);
}

static void requests(void **state)
{
    (void)state;
    static const struct {
        const char *stream, *position, *body;
    } rows[] = {
        {"threat-intel-malware-customer", NULL,
         "{\"data\":[{\"feedType\":\"malware_customer\",\"fileType\":\"stix\",\"compress\":true}]}"},
        {"threat-intel-malware-grid", "a\"b",
         "{\"data\":[{\"feedType\":\"malware_grid\",\"fileType\":\"stix\",\"compress\":true,\"token\":"
         "\"a\\\"b\"}]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int api = 1; api <= 2; api++) {
            struct test_source source = open_feed();
            source_use(&source, rows[i].stream, api);
            char path[512], *body = source_request(&source, &(postern_pass){.size = sizeof(postern_pass)},
                                                   rows[i].position, path);
            assert_string_equal(path, "/api/ttp/threat-intel/get-feed");
            assert_string_equal(body, rows[i].body);
            assert_string_equal(source.stream->permission, "Services | Gateway | Tracking | Read");
            assert_int_equal(source.stream->kind, POSTERN_STREAM_TOKEN);
            if (api == 2) assert_string_equal(source.stream->product, "Threat Management");
            free(body);
            source_close(&source);
        }
}

/* ---- Answers ---- */

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *why, *position, *token, *body;
        int http;
        int32_t outcome;
        const char *next;
        bool keeps;
        size_t events, aside;
    } rows[] = {
        {"objects and a token", NULL, "t1", BUNDLE(INDICATOR "," MALWARE), 200, POSTERN_MORE, "t1", false, 2,
         0},
        {"objects without a token: the place stays", "t1", NULL, BUNDLE(MALWARE), 200, POSTERN_END, "", true,
         1, 0},
        {"a token that was sent leads nowhere", "t1", "t1", BUNDLE(MALWARE), 200, POSTERN_END, "t1", false, 1,
         0},
        {"no objects", "t1", "t2", BUNDLE(""), 200, POSTERN_MORE, "t2", false, 0, 0},
        {"a bundle without a list", "t1", NULL, "{\"type\":\"bundle\",\"id\":\"bundle--1\"}", 200,
         POSTERN_END, "", true, 0, 0},
        {"no result is nothing new", "t1", NULL, NO_RESULT, 200, POSTERN_NOTHING_NEW, "", true, 0, 0},
        {"with a 404, too", "t1", NULL, NO_RESULT, 404, POSTERN_NOTHING_NEW, "", true, 0, 0},
        {"without a failure, too", NULL, NULL, "{\"meta\":{\"status\":200},\"data\":[],\"fail\":[]}", 200,
         POSTERN_NOTHING_NEW, "", true, 0, 0},
        {"objects before the type", NULL, "t1", "{\"objects\":[" MALWARE ",7],\"type\":\"bundle\"}", 200,
         POSTERN_MORE, "t1", false, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = open_feed();
        struct outcome *got = source_answer(&source, &(struct question){.position = rows[i].position,
                                                                        .status = rows[i].http,
                                                                        .feed_token = rows[i].token,
                                                                        .body = text_of(rows[i].body)});
        if (got->status < 0) fail_msg("%s: %s", rows[i].why, got->error.message);
        if (got->outcome != rows[i].outcome || strcmp(got->position, rows[i].next) ||
            got->keep_position != rows[i].keeps || got->event_count != rows[i].events ||
            got->aside_count != rows[i].aside)
            fail_msg("%s: outcome %d, next \"%s\", %zu events, %zu set aside", rows[i].why, got->outcome,
                     got->position, got->event_count, got->aside_count);
        outcome_free(got);
        source_close(&source);
    }
}

static void check_objects(const struct outcome *got)
{
    assert_int_equal(got->event_count, 2);
    assert_string_equal(got->events[0].type, "indicator");
    assert_string_equal(got->events[0].json, INDICATOR);
    assert_true(got->events[0].time_ms == 1767225662345);
    assert_string_equal(got->events[1].type, "malware"); /* each object's own, not the bundle's */
    assert_true(got->events[1].time_ms == 1767225662000);
}

static void objects_are_events(void **state)
{
    (void)state;
    struct test_source source = open_feed();
    struct outcome *got = source_answer(
        &source, &(struct question){.feed_token = "t", .body = text_of(BUNDLE(INDICATOR "," MALWARE))});
    check_objects(got);
    outcome_free(got);
    source_close(&source);
}

/* ---- Archives and damage ---- */

static postern_text zip_of_bundle(struct zip_builder *zip)
{
    *zip = zip_new();
    zip_add(zip, 0, "malware_customer.json", text_of(BUNDLE(INDICATOR "," MALWARE)));
    return zip_finish(zip);
}

static void archives(void **state)
{
    (void)state;
    struct zip_builder zip;
    postern_text whole = zip_of_bundle(&zip);
    struct test_source source = open_feed();
    struct outcome *got = source_answer(&source, &(struct question){.feed_token = "t", .body = whole});
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->outcome, POSTERN_MORE);
    check_objects(got);
    outcome_free(got);
    source_close(&source);
    zip_free(&zip);
}

/* Cut at every byte: an event that comes is one that was in it, at the first tries it is asked again, and at
 * the last the place moves. */
static void archives_that_are_cut(void **state)
{
    (void)state;
    struct zip_builder zip;
    postern_text whole = zip_of_bundle(&zip);
    struct test_source source = open_feed();
    for (size_t size = 4; size + 1 < whole.size; size++)
        for (unsigned attempt = 1; attempt <= 4; attempt += 3) {
            const struct question question = {
                .feed_token = "t", .attempt = attempt, .body = {whole.data, size}};
            struct outcome *got = source_answer(&source, &question);
            for (size_t i = 0; i < got->event_count; i++)
                assert_true(!strcmp(got->events[i].json, INDICATOR) || !strcmp(got->events[i].json, MALWARE));
            bool lacks = got->event_count < 2;
            if (lacks && attempt == 1) assert_int_equal(got->status, POSTERN_E_PROTOCOL);
            if (attempt == 4) assert_int_equal(got->status, POSTERN_OK);
            if (lacks) assert_true(got->aside_count > 0);
            outcome_free(got);
        }
    source_close(&source);
    zip_free(&zip);
}

static void answers_that_are_no_file(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "<html>", "{\"other\":1}", "a|b|c\n1|2|3\n", "PK\5\6x"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct test_source source = open_feed();
        struct outcome *got = source_answer(&source, &(struct question){.body = text_of(bodies[i])});
        assert_int_equal(got->status, POSTERN_E_PROTOCOL);
        outcome_free(got);
        got = source_answer(&source, &(struct question){.attempt = 4, .body = text_of(bodies[i])});
        assert_int_equal(got->status, POSTERN_E_PROTOCOL); /* there is no way around it */
        outcome_free(got);
        got = source_answer(&source,
                            &(struct question){.attempt = 4, .feed_token = "t", .body = text_of(bodies[i])});
        assert_int_equal(got->status, POSTERN_OK);
        assert_string_equal(got->position, "t");
        assert_int_equal(got->aside_count, 1);
        outcome_free(got);
        source_close(&source);
    }
}

/* A bundle that breaks off: what is whole comes at every try. */
static void bundles_that_are_cut(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"type\":\"bundle\",\"objects\":[" MALWARE ",{\"type\":\"ind",
                                         "{\"type\":\"bundle\",\"objects\":[" MALWARE "]"};
    for (size_t i = 0; i < 2; i++) {
        struct test_source source = open_feed();
        struct question question = {.feed_token = "t", .body = text_of(bodies[i])};
        struct outcome *got = source_answer(&source, &question);
        assert_int_equal(got->status, POSTERN_E_PROTOCOL);
        assert_int_equal(got->event_count, 1);
        outcome_free(got);
        question.attempt = 4;
        got = source_answer(&source, &question);
        assert_int_equal(got->status, POSTERN_OK);
        assert_int_equal(got->event_count, 1);
        assert_int_equal(got->aside_count, i ? 0 : 1);
        outcome_free(got);
        source_close(&source);
    }
}

/* ---- Refusals ---- */

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *position, *body;
        int http;
        postern_status status;
        const char *remedy;
    } rows[] = {
        {NULL, "{\"fail\":[{\"code\":\"app_forbidden\"}]}", 403, POSTERN_E_PERMISSION, "Threat Management"},
        {NULL, "{\"fail\":[{\"errors\":[{\"code\":\"err_insufficient_permission\"}]}]}", 403,
         POSTERN_E_PERMISSION, "Services | Gateway | Tracking | Read"},
        {NULL, "{\"fail\":[{\"errors\":[{\"code\":\"err_threat_intel_feed_not_enabled\"}]}]}", 403,
         POSTERN_E_LICENSE, "not switched on"},
        {NULL, "{\"fail\":[{\"errors\":[{\"code\":\"err_threat_intel_feed_not_enabled\"}]}]}", 200,
         POSTERN_E_LICENSE, "not switched on"},
        {NULL, "{\"fail\":[{\"errors\":[{\"code\":\"err_new\"}]}]}", 403, POSTERN_E_LICENSE,
         "not switched on"},
        {NULL, "", 403, POSTERN_E_LICENSE, "enabled = false"},
        {"t", "{\"fail\":[{\"errors\":[{\"code\":\"err_x\",\"field\":\"token\"}]}]}", 400, POSTERN_E_POSITION,
         "nothing to do"},
        {NULL, "{\"fail\":[{\"code\":\"token_expired\"}]}", 401, POSTERN_E_CREDENTIALS, "Client ID"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = open_feed();
        source_use(&source, "threat-intel-malware-grid", 2);
        struct outcome *got = source_answer(&source, &(struct question){.position = rows[i].position,
                                                                        .status = rows[i].http,
                                                                        .body = text_of(rows[i].body)});
        if (got->status != rows[i].status || !strstr(got->error.remedy, rows[i].remedy))
            fail_msg("%s: %d %s (%s)", rows[i].body, got->status, got->error.message, got->error.remedy);
        outcome_free(got);
        source_close(&source);
    }
}

static void set_aside_is_read_again(void **state)
{
    (void)state;
    struct zip_builder zip;
    postern_text whole = zip_of_bundle(&zip);
    struct test_source source = open_feed();
    const postern_text texts[] = {whole, TEXT(BUNDLE(INDICATOR "," MALWARE)), TEXT(INDICATOR "\n" MALWARE)};
    for (size_t i = 0; i < 3; i++) {
        struct outcome *got = source_reread(&source, "file", "", texts[i]);
        check_objects(got);
        assert_int_equal(got->aside_count, 0);
        outcome_free(got);
    }
    struct outcome *got = source_reread(&source, "file", "", TEXT("a|b"));
    assert_int_equal(got->aside_count, 1);
    outcome_free(got);
    source_close(&source);
    zip_free(&zip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(answers),
        cmocka_unit_test(objects_are_events),
        cmocka_unit_test(archives),
        cmocka_unit_test(archives_that_are_cut),
        cmocka_unit_test(answers_that_are_no_file),
        cmocka_unit_test(bundles_that_are_cut),
        cmocka_unit_test(refusals),
        cmocka_unit_test(set_aside_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
