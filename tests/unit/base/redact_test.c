/* What goes to a vendor's support holds nothing that opens a door. */
#include "../unit.h"
#include "base/cleanup.h"
#include "base/redact.h"
#include "base/text.h"

static void expect(const char *text, const char *expected)
{
    _cleanup_(buffer_free) struct buffer into = {.limit = 4096};
    assert_true(redact_into(&into, text_of(text)));
    assert_string_equal(buffer_string(&into), expected);
}

static void test_what_is_no_secret_stays(void **state)
{
    (void)state;
    expect("", "");
    expect("line 17 of siem-2026-11-27.json.gz: {\"a\":\"b@example.com\"}",
           "line 17 of siem-2026-11-27.json.gz: {\"a\":\"b@example.com\"}");
    expect("0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcde"); /* 31 */
    expect("https://api.example.com/siem/v1/batch", "https://api.example.com/siem/v1/batch");
}

static void test_links_lose_what_lets_in(void **state)
{
    (void)state;
    expect("at https://s.example.com/a/b.gz?X-Amz-Signature=0a1b&x=1 it ends",
           "at https://s.example.com/a/b.gz?[left out] it ends");
    expect("\"https://u:p@s.example.com/a#key\"", "\"https://s.example.com/a#[left out]\"");
    expect("https://u:p@s.example.com", "https://s.example.com");
    expect("https://s.example.com/a@b/c", "https://s.example.com/a@b/c");
    expect("x://?", "x://?[left out]");
    expect("x://", "x://");
    expect("https://s.example.com/0123456789abcdef0123456789abcdef/x",
           "https://s.example.com/012345[26 more left out]/x");
}

/* JSON may write a character of a link as an escape: slashes by some encoders, & < > by others. */
static void test_escaped_links_lose_it_too(void **state)
{
    (void)state;
    expect("\"https:\\/\\/s.example.com\\/a.gz?sig=0a1b\"}",
           "\"https:\\/\\/s.example.com\\/a.gz?[left out]\"}");
    expect("\"https://s.example.com/a.gz?e=1\\u0026sig=0a1b\",1",
           "\"https://s.example.com/a.gz?[left out]\",1");
    expect("\"https://s.example.com/a\\u003Fsig=0a1b\"", "\"https://s.example.com/a?[left out]\"");
    expect("https:\\u002f\\u002Fu:p\\u0040s.example.com\\u002fa#k",
           "https:\\u002f\\u002Fs.example.com\\u002fa#[left out]");
    expect("\\u003chttps://s.example.com/a?k=1\\u003e k=2",
           "\\u003chttps://s.example.com/a?[left out]\\u003e k=2");
    expect("https://s.example.com/a\\nb?c=d", "https://s.example.com/a\\nb?c=d"); /* another escape ends it */
    expect("https://s.example.com/a\\u00", "https://s.example.com/a\\u00");
    expect("https:\\/", "https:\\/");
}

static void test_tokens_are_cut(void **state)
{
    (void)state;
    expect("token=0123456789abcdef0123456789abcdef!", "token=012345[26 more left out]!");
    expect("a eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhYmNkZWZnaGlqa2xtbm9wIn0.c2ln",
           "a eyJhbG[30 more left out].eyJpc3[29 more left out].c2ln");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_secret_stays),
        cmocka_unit_test(test_links_lose_what_lets_in),
        cmocka_unit_test(test_escaped_links_lose_it_too),
        cmocka_unit_test(test_tokens_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
