/* One exchange and the answer to it, over plain http on loopback: what is above TLS. */
#include "exchange_fixture.h"
#include <dirent.h>

/* ---- Answers */

static void a_post_goes_out_as_it_is(void **state)
{
    struct client_call call;
    static const postern_pair headers[] = {{TEXT("Content-Type"), TEXT("application/json")}};
    struct fixture *fixture = *state;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/echo", fixture->server->port);
    size_t size = (size_t)2 << 20; /* large enough for libcurl to like "Expect: 100-continue" */
    char *body = pattern(size);
    call.exchange.method = "POST";
    call.exchange.body = (postern_text){body, size};
    call.exchange.headers = headers;
    call.exchange.header_count = 1;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.status, 200);
    assert_text(http_header(&call.exchange, "x-got-length"), "2097152");
    assert_text(http_header(&call.exchange, "x-got-type"), "application/json");
    assert_text(http_header(&call.exchange, "x-got-agent"), "postern/" POSTERN_VERSION);
    assert_text(http_header(&call.exchange, "x-got-expect"), "0");
    assert_int_equal(call.exchange.answer_body.size, size);
    assert_memory_equal(call.exchange.answer_body.data, body, size);
    assert_int_equal(call.exchange.tries, 1);
    assert_true(call.exchange.finished_ms >= call.exchange.started_ms);
    free(body);
    client_clear(&call);
}

static void an_empty_post_is_a_post(void **state)
{
    struct client_call call;
    struct fixture *fixture = *state;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/echo", fixture->server->port);
    call.exchange.method = "POST";
    client_perform(&call);
    assert_int_equal(call.exchange.status, 200);
    assert_text(http_header(&call.exchange, "x-got-length"), "0");
    assert_text(http_header(&call.exchange, "x-got-type"), "");
    client_clear(&call);
}

static void statuses_are_answers(void **state)
{
    struct client_call call;
    ask(*state, &call, "/teapot");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.status, 418);
    assert_text(call.exchange.answer_body, "ttl");
    client_clear(&call);
}

static void headers_are_collected(void **state)
{
    struct client_call call;
    ask(*state, &call, "/dated");
    assert_text(http_header(&call.exchange, "x-ratelimit-reset"), "5");
    assert_int_equal(call.exchange.server_date_ms, 1448369411000);
    assert_int_equal(http_header(&call.exchange, "absent").size, 0);
    client_clear(&call);
    ask(*state, &call, "/undated");
    assert_int_equal(call.exchange.server_date_ms, 0);
    client_clear(&call);
    ask(*state, &call, "/early"); /* an interim answer leaves nothing behind */
    assert_int_equal(call.exchange.status, 200);
    assert_int_equal(http_header(&call.exchange, "x-early").size, 0);
    assert_text(http_header(&call.exchange, "x-late"), "1");
    client_clear(&call);
}

static void gzip_is_decoded(void **state)
{
    struct client_call call;
    ask(*state, &call, "/gzip");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_text(call.exchange.answer_body, "squeezed");
    client_clear(&call);
    static const struct {
        const char *path, *words;
    } broken[] = {
        {"/gzip-broken", "/gzip-broken: the answer is not the gzip that it claims to be"},
        {"/gzip-cut", "/gzip-cut: the gzip of the answer ends early"}, /* whole by its length */
        {"/gzip-and-more", "/gzip-and-more: the answer is not the gzip that it claims to be"},
        {"/brotli", "/brotli: the answer has the content coding \"br\", which was not asked for"},
    };
    for (size_t i = 0; i < COUNT(broken); i++) {
        ask(*state, &call, broken[i].path);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, broken[i].words);
        assert_int_equal(call.exchange.answer_body.size, 0);
        assert_true(call.exchange.coding_failed);
        client_clear(&call);
    }
    ask(*state, &call, "/gzip-twice"); /* members follow each other */
    assert_text(call.exchange.answer_body, "squeezedsqueezed");
    client_clear(&call);
    ask(*state, &call, "/gzip-empty");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.answer_body.size, 0);
    client_clear(&call);
}

static void a_coding_is_kept_on_request(void **state)
{
    static const char *const paths[] = {"/stored", "/stored-broken", "/stored-cut", "/stored-and-more",
                                        "/brotli"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct client_call call;
        char url[128];
        snprintf(url, sizeof url, "http://127.0.0.1:%%d%s", paths[i]);
        client_prepare(&call, fixture->network, url, fixture->server->port);
        call.exchange.keeps_coding = true;
        client_perform(&call);
        assert_int_equal(call.exchange.error.code, POSTERN_OK);
        assert_int_equal(call.exchange.answer_body.data[0], i == COUNT(paths) - 1 ? '?' : '\x1f');
        assert_false(call.exchange.coding_failed);
        client_clear(&call);
    }
}

static void an_unknown_coding_of_a_file_is_kept(void **state)
{
    struct client_call call;
    struct fixture *fixture = *state;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/brotli", fixture->server->port);
    call.exchange.credentialless = call.exchange.allow_private = true;
    call.exchange.sign = NULL;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_text(call.exchange.answer_body, "?");
    client_clear(&call);
}

static int files_in(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

static void a_large_body_is_spilled_and_mapped(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    ask(fixture, &call, "/large");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.answer_body.size, LARGE);
    for (size_t i = 0; i < LARGE; i += 977)
        assert_int_equal(call.exchange.answer_body.data[i], pattern_at(i % 65536));
    assert_ptr_equal(call.exchange.answer_body.data, call.exchange.transfer->answer.mapping);
    assert_null(call.exchange.transfer->answer.memory);
    assert_int_equal(http_header(&call.exchange, "x-trailer").size, 0);
    assert_int_equal(files_in(fixture->directory), 0);
    client_clear(&call);
}

static void a_spill_that_fails_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct http_settings settings = client_settings(NULL);
    settings.spill_directory = "/nonexistent/state";
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "http://127.0.0.1:%d/large", fixture->server->port);
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_IO);
    assert_contains(call.exchange.error.message, "no temporary file can be made in /nonexistent/state");
    client_clear(&call);
    network_stop(network);
}

/* ---- Limits */

static void an_answer_beyond_the_limit_is_refused(void **state)
{
    static const char *const paths[] = {
        "/too-large", /* as it comes in chunks */
        "/bomb",      /* after decoding: 64 MiB out of 64 KiB */
        "/announced", /* before a byte of it comes */
    };
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct client_call call;
        ask(*state, &call, paths[i]);
        assert_int_equal(call.exchange.error.code, POSTERN_E_LIMIT);
        assert_contains(call.exchange.error.message, paths[i]);
        assert_contains(call.exchange.error.message, "the answer is larger than 8.0 MiB");
        assert_contains(call.exchange.error.remedy, "response_limit");
        assert_int_equal(call.exchange.answer_body.size, 0);
        assert_int_equal(call.exchange.status, 200); /* the head is kept: it may name the place behind */
        assert_true(http_header(&call.exchange, "content-type").size > 0 ||
                    call.exchange.answer_header_count > 0);
        client_clear(&call);
    }
}

static void too_many_headers_are_refused(void **state)
{
    static const char *const paths[] = {"/many-headers", "/long-headers"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct client_call call;
        ask(*state, &call, paths[i]);
        assert_int_equal(call.exchange.error.code, POSTERN_E_LIMIT);
        assert_false(call.exchange.coding_failed);
        assert_contains(call.exchange.error.message, "headers");
        client_clear(&call);
    }
}

static void an_exchange_can_be_used_again(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/teapot", fixture->server->port);
    for (int i = 0; i < 3; i++) {
        client_perform(&call);
        assert_int_equal(call.exchange.status, 418);
        assert_int_equal(call.exchange.tries, 1);
        http_exchange_clear(&call.exchange);
    }
    assert_int_equal(call.signs, 3);
    client_clear(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_goes_out_as_it_is),
        cmocka_unit_test(an_empty_post_is_a_post),
        cmocka_unit_test(statuses_are_answers),
        cmocka_unit_test(headers_are_collected),
        cmocka_unit_test(gzip_is_decoded),
        cmocka_unit_test(a_coding_is_kept_on_request),
        cmocka_unit_test(an_unknown_coding_of_a_file_is_kept),
        cmocka_unit_test(a_large_body_is_spilled_and_mapped),
        cmocka_unit_test(a_spill_that_fails_is_an_error),
        cmocka_unit_test(an_answer_beyond_the_limit_is_refused),
        cmocka_unit_test(too_many_headers_are_refused),
        cmocka_unit_test(an_exchange_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
