/* Host names by the public suffix list. */
#include "base/text.h"
#include "parse/public_suffix.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
// cmocka needs the headers above
#include <cmocka.h>

struct name {
    const char *host, *registered, *top_level, *subdomain; /* registered NULL: no name */
};

static const struct name names[] = {
    {"example.com", "example.com", "com", ""},
    {"www.east.example.co.uk", "example.co.uk", "co.uk", "www.east"},
    {"WWW.Example.CO.UK.", "example.co.uk", "co.uk", "www"},
    {"co.uk", "", "co.uk", ""},                             /* a suffix is nobody's */
    {"ada.github.io", "ada.github.io", "github.io", ""},    /* owners of subdomains differ */
    {"a.b.c.kobe.jp", "b.c.kobe.jp", "c.kobe.jp", "a"},     /* *.kobe.jp */
    {"www.city.kobe.jp", "city.kobe.jp", "kobe.jp", "www"}, /* and the exception to it */
    {"evil.example", "evil.example", "example", ""},        /* a suffix that no list knows is one label */
    {"dc1.corp.local", "corp.local", "local", "dc1"},
    {"a_b.x-y.example.com", "example.com", "com", "a_b.x-y"},
    {"1.2.3.example4.com", "example4.com", "com", "1.2.3"},
    {"www.xn--55qx5d.cn", "www.xn--55qx5d.cn", "xn--55qx5d.cn", ""}, /* a suffix in Punycode stays in it */
    {"a.www.\u516c\u53f8.cn", "www.\u516c\u53f8.cn", "\u516c\u53f8.cn", "a"},
    {"WWW.B\u00dcCHER.Example", "b\u00fccher.example", "example", "www"},
    {"www\u3002b\u00fccher\uff0eCo\uff61uk", "b\u00fccher.co.uk", "co.uk", "www"}, /* all of them dots */
    {"a.b.c.d.e.f.g.h.i.j.k.example.com", "example.com", "com", "a.b.c.d.e.f.g.h.i.j.k"},

    {"192.0.2.1", NULL, 0, 0},
    {"[2001:db8::1]", NULL, 0, 0},
    {"192.0.2.1.", NULL, 0, 0},
    {"0x7f.1", NULL, 0, 0}, /* an address too, for browsers */
    {"192.0.0xff", NULL, 0, 0},
    {"localhost", NULL, 0, 0},
    {"com", NULL, 0, 0},
    {"", NULL, 0, 0},
    {".", NULL, 0, 0},
    {".com", NULL, 0, 0},
    {"a..com", NULL, 0, 0},
    {"example.com..", NULL, 0, 0},
    {"exa mple.com", NULL, 0, 0},
    {"ex%61mple.com", NULL, 0, 0},
    {"a\xff.com", NULL, 0, 0},
    {"example\uff0fx.com", NULL, 0, 0}, /* a slash once it is lowered */
};

static void check_part(const char *host, const char *part, postern_text found, const char *wanted)
{
    if (!text_is(found, wanted)) fail_msg("\"%s\": %s is \"%.*s\"", host, part, TEXT_ARGS(found));
}

/* With a memo, without one, and with one that knows the names already. */
static void splits_names(void **state)
{
    (void)state;
    struct public_suffix_memo known = {0}, *const memos[] = {NULL, &known, &known};
    size_t count = sizeof names / sizeof *names;
    for (size_t n = 0; n < 3 * count; n++) {
        size_t i = n % count;
        char buffer[PUBLIC_SUFFIX_BUFFER];
        struct public_suffix_parts parts = {.registered = TEXT("untouched")};
        bool found = public_suffix_split(text_of(names[i].host), buffer, memos[n / count], &parts);
        if (found != (names[i].registered != NULL)) fail_msg("\"%s\"", names[i].host);
        check_part(names[i].host, "registered", parts.registered, found ? names[i].registered : "untouched");
        if (!found) continue;
        check_part(names[i].host, "top level", parts.top_level, names[i].top_level);
        check_part(names[i].host, "subdomain", parts.subdomain, names[i].subdomain);
    }
}

/* Up to 253 bytes, before and after a lowering that makes a name longer. */
static void long_names(void **state)
{
    (void)state;
    char host[1024], buffer[PUBLIC_SUFFIX_BUFFER], *at = host;
    struct public_suffix_parts parts;
    for (int i = 0; i < 124; i++)
        at = mempcpy(at, "a.", 2);
    memcpy(at, "b.com", 6);
    assert_true(public_suffix_split(text_of(host), buffer, NULL, &parts));
    assert_int_equal(parts.subdomain.size + 1 + parts.registered.size, 253);
    memcpy(at, "bb.com", 7);
    assert_false(public_suffix_split(text_of(host), buffer, NULL, &parts));
    at = host;
    for (int i = 0; i < 60;
         i++) /* one ligature is a phrase once it is lowered, of 33 bytes and with blanks */
        at = mempcpy(at, "\ufdfa.", 4);
    memcpy(at, "com", 4);
    assert_false(public_suffix_split(text_of(host), buffer, NULL, &parts));
    at = host;
    for (int i = 0; i < 60; i++) /* three bytes of Roman numerals are four letters */
        at = mempcpy(at, "\u2167.", 4);
    memcpy(at, "com", 4);
    assert_false(public_suffix_split(text_of(host), buffer, NULL, &parts));
    memcpy(host + 4L * 40, "com", 4);
    assert_true(public_suffix_split(text_of(host), buffer, NULL, &parts));
    assert_true(text_is(parts.registered, "viii.com"));
}

/* Two names with one place in the memo, again and again. */
static void a_memo_tells_names_apart(void **state)
{
    (void)state;
    struct public_suffix_memo memo = {0};
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 1000; i++) {
            char host[32], buffer[PUBLIC_SUFFIX_BUFFER], registered[32];
            struct public_suffix_parts parts;
            snprintf(host, sizeof host, "w%d.a%d.%s", i % 7, i, i % 2 ? "co.uk" : "com");
            snprintf(registered, sizeof registered, "a%d.%s", i, i % 2 ? "co.uk" : "com");
            assert_true(public_suffix_split(text_of(host), buffer, &memo, &parts));
            check_part(host, "registered", parts.registered, registered);
        }
}

static void *split_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++) {
        char buffer[PUBLIC_SUFFIX_BUFFER];
        struct public_suffix_parts parts;
        if (!public_suffix_split(TEXT("www.b\u00fccher.co.uk"), buffer, NULL, &parts)) return NULL;
        if (!text_is(parts.registered, "b\u00fccher.co.uk")) return NULL;
    }
    return &pthread_self;
}

/* Workers ask at the same time; the first of them loads the list. */
static void on_many_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, split_often, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        void *right;
        assert_int_equal(pthread_join(threads[i], &right), 0);
        assert_non_null(right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_many_threads), /* before the list is there */
        cmocka_unit_test(splits_names),
        cmocka_unit_test(long_names),
        cmocka_unit_test(a_memo_tells_names_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
