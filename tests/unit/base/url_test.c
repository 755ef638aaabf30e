/* The one reader of URLs: what it accepts, what it refuses, and why each refusal is there. */
#include "../unit.h"
#include "base/address.h"
#include "base/text.h"
#include "base/url.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct accepted_row {
    const char *text, *origin, *path, *query; /* query NULL = there is none */
};

static const struct accepted_row accepted[] = {
    {"https://example.com", "https://example.com", "/", NULL},
    {"https://example.com/", "https://example.com", "/", NULL},
    {"HTTPS://EU-api.Example.COM/Path", "https://eu-api.example.com", "/Path",
     NULL},                                                           /* only the host's case */
    {"https://example.com:443/a", "https://example.com", "/a", NULL}, /* the scheme's own port is none */
    {"http://127.0.0.1:80", "http://127.0.0.1", "/", NULL},
    {"http://127.0.0.1:1800/x", "http://127.0.0.1:1800", "/x", NULL},
    {"http://localhost:8080/x?y=1", "http://localhost:8080", "/x", "y=1"},
    {"https://example.com?x=1", "https://example.com", "/", "x=1"}, /* a query without a path */
    {"https://example.com/?", "https://example.com", "/", ""},
    {"https://example.com/a?b?c/../d", "https://example.com", "/a",
     "b?c/../d"}, /* dots in a query are data */
    {"https://[::1]:8443/a", "https://[::1]:8443", "/a", NULL},
    {"https://[0:0:0:0:0:0:0:1]/", "https://[::1]", "/", NULL}, /* one address, one form */
    {"https://[2001:DB8::A]/", "https://[2001:db8::a]", "/", NULL},
    {"https://bucket_1.store.example/k", "https://bucket_1.store.example", "/k", NULL}, /* storage services */
    {"https://1.example.1a/", "https://1.example.1a", "/", NULL}, /* a digit in front makes no number */
    {"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example", "/", NULL},
    {"https://a/b//c/.d/e./...", "https://a", "/b//c/.d/e./...", NULL}, /* no segment is "." or ".." */
    {"https://a/%41%2f?q=%20", "https://a", "/%41%2f", "q=%20"},        /* nothing is decoded */
    {"https://a/@b:c", "https://a", "/@b:c", NULL},                     /* an '@' behind the host is a byte */
};

static void whole_urls_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct url url;
        char origin[URL_ORIGIN_SIZE];
        enum url_fault fault = url_read(text_of(accepted[i].text), &url);
        if (fault != URL_FINE) fail_msg("%s %s", accepted[i].text, url_fault_words(fault));
        assert_string_equal(url_origin(&url, origin), accepted[i].origin);
        if (!text_is(url.path, accepted[i].path))
            fail_msg("%s: path %.*s", accepted[i].text, TEXT_ARGS(url.path));
        bool same =
            accepted[i].query ? url.query.data && text_is(url.query, accepted[i].query) : !url.query.data;
        if (!same) fail_msg("%s: query %.*s", accepted[i].text, TEXT_ARGS(url.query));
    }
}

struct refused_row {
    const char *text;
    enum url_fault fault;
};

static const struct refused_row refused[] = {
    {"", URL_NO_SCHEME},
    {"example.com/a", URL_NO_SCHEME},
    {"//example.com/a", URL_NO_SCHEME},
    {"example.com/?next=https://other", URL_NO_SCHEME}, /* the scheme stands in the query */
    {"me@example.com#://", URL_NO_SCHEME},
    {"https:/example.com/", URL_NO_SCHEME}, /* libcurl would take it */
    {"https:example.com", URL_NO_SCHEME},
    {"ftp://example.com", URL_OTHER_SCHEME},
    {"file:///etc/passwd", URL_OTHER_SCHEME},
    {" https://example.com", URL_OTHER_SCHEME}, /* a blank in front is no part of a scheme */
    {"://example.com", URL_OTHER_SCHEME},
    /* who reads up to the first '@' and who up to the last see different hosts */
    {"https://user:password@example.com/", URL_USER_INFO},
    {"https://a@b@c/", URL_USER_INFO},
    {"https://@example.com/", URL_USER_INFO},
    {"https://example.com\\@other.example/", URL_USER_INFO},
    {"https:///path", URL_NO_HOST}, /* libcurl would take "path" */
    {"https://", URL_NO_HOST},
    {"https://:80/", URL_NO_HOST},
    /* a backslash is a slash to some */
    {"https://example.com\\.other.example/", URL_BAD_HOST},
    {"https://example.com/a\\b", URL_BAD_BYTE},
    /* other ways to write 127.0.0.1, as getaddrinfo takes them */
    {"http://127.1/", URL_BAD_HOST},
    {"http://2130706433/", URL_BAD_HOST},
    {"http://0x7f000001/", URL_BAD_HOST},
    {"http://0x7f.0.0.1/", URL_BAD_HOST},
    {"http://0177.0.0.1/", URL_BAD_HOST},
    {"http://127.0.0.01/", URL_BAD_HOST},
    {"http://127.0.0.0x1/", URL_BAD_HOST},
    {"http://127.0.0.256/", URL_BAD_HOST},
    {"http://1.2.3.4.5/", URL_BAD_HOST},
    {"http://0x/", URL_BAD_HOST},
    {"https://example.1/", URL_BAD_HOST}, /* its last label is a number */
    {"https://127.0.0.1./", URL_BAD_HOST},
    {"https://example.com./", URL_BAD_HOST}, /* the same host under another name */
    {"https://.example.com/", URL_BAD_HOST},
    {"https://a..b/", URL_BAD_HOST},
    {"https://-a.example/", URL_BAD_HOST},
    {"https://a-.example/", URL_BAD_HOST},
    {"https://a%2eb/", URL_BAD_HOST}, /* who decodes it sees another host */
    {"https://b\xc3\xbc"
     "cher.example/",
     URL_BAD_HOST}, /* what a name in Unicode means differs */
    {"https://a b/", URL_BAD_HOST},
    {"https://a\tb/", URL_BAD_HOST},
    {"https://[::1/", URL_BAD_HOST},
    {"https://[::1]x/", URL_BAD_HOST},
    {"https://[]/", URL_BAD_HOST},
    {"https://[127.0.0.1]/", URL_BAD_HOST},
    {"https://[fe80::1%25eth0]/", URL_BAD_HOST}, /* a zone is no part of an address */
    {"https://::1/", URL_NO_HOST},
    {"https://a:/", URL_BAD_PORT}, /* empty: a default to some */
    {"https://a:0/", URL_BAD_PORT},
    {"https://a:080/", URL_BAD_PORT},
    {"https://a:65536/", URL_BAD_PORT},
    {"https://a:99999999999/", URL_BAD_PORT},
    {"https://a:80x/", URL_BAD_PORT},
    {"https://a:+80/", URL_BAD_PORT},
    {"https://a:80:80/", URL_BAD_PORT},
    {"https://a/b c", URL_BAD_BYTE},
    {"https://a/b\r\nX: y", URL_BAD_BYTE}, /* a header of its own */
    {"https://a/b\x7f", URL_BAD_BYTE},
    {"https://a/\xc3\xbc", URL_BAD_BYTE}, /* must be written %C3%BC */
    {"https://a/?q=a b", URL_BAD_BYTE},
    /* whoever asks resolves them, and then another path is asked than was signed */
    {"https://a/..", URL_DOT_SEGMENT},
    {"https://a/./b", URL_DOT_SEGMENT},
    {"https://a/b/../c?d", URL_DOT_SEGMENT},
    {"https://a/b/%2e%2E/c", URL_DOT_SEGMENT},
    {"https://a/b/.%2e", URL_DOT_SEGMENT},
    {"https://a/b#c", URL_FRAGMENT}, /* never sent */
    {"https://a#@b/", URL_FRAGMENT},
    {"https://a?b#c", URL_FRAGMENT},
};

static void what_readers_may_differ_on_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct url url = {.port = 7};
        enum url_fault fault = url_read(text_of(refused[i].text), &url);
        if (fault != refused[i].fault) fail_msg("\"%s\" %s", refused[i].text, url_fault_words(fault));
        assert_int_equal(url.port, 7); /* untouched */
    }
    struct url url;
    assert_int_equal(url_read(TEXT("https://a\0b/"), &url), URL_BAD_HOST);
    assert_int_equal(url_read(TEXT("https://a/\0"), &url), URL_BAD_BYTE);
}

static void lengths_are_limited(void **state)
{
    (void)state;
    static char text[URL_LIMIT + 2];
    struct url url;
    memset(text, 'a', sizeof text);
    memcpy(text, "https://a/", 10);
    assert_int_equal(url_read((postern_text){text, URL_LIMIT}, &url), URL_FINE);
    assert_int_equal(url_read((postern_text){text, URL_LIMIT + 1}, &url), URL_TOO_LONG);
    assert_int_equal(url_check_path((postern_text){text + 9, URL_LIMIT + 1 - 9}), URL_FINE);

    char host[400],
        whole[420]; /* labels of 63 bytes: four are 255 with their dots, beyond the 253 of a name */
    memset(host, 'a', sizeof host);
    host[63] = host[127] = host[191] = '.';
    snprintf(whole, sizeof whole, "https://%.253s/", host);
    assert_int_equal(url_read(text_of(whole), &url), URL_FINE);
    snprintf(whole, sizeof whole, "https://%.254s/", host);
    assert_int_equal(url_read(text_of(whole), &url), URL_BAD_HOST);
    snprintf(whole, sizeof whole, "https://%.300s/", host);
    assert_int_equal(url_read(text_of(whole), &url), URL_BAD_HOST);
    snprintf(whole, sizeof whole, "https://a%.63s/", host);
    assert_int_equal(url_read(text_of(whole), &url), URL_BAD_HOST); /* a label of 64 */
}

static void paths_stay_below_their_base(void **state)
{
    (void)state;
    static const struct refused_row rows[] = {
        {"/", URL_FINE},
        {"/a/b?c=d", URL_FINE},
        {"//a/b", URL_FINE}, /* behind "https://host" it is still a path */
        {"", URL_BAD_BYTE},
        {"1/steal", URL_BAD_BYTE}, /* behind "http://127.0.0.1:1800" another port */
        {".other.example/", URL_BAD_BYTE},
        {"@other.example/", URL_BAD_BYTE},
        {"?a", URL_BAD_BYTE},
        {"/a\nb", URL_BAD_BYTE},
        {"/a/../b", URL_DOT_SEGMENT},
        {"/a#b", URL_FRAGMENT},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (url_check_path(text_of(rows[i].text)) != rows[i].fault) fail_msg("\"%s\"", rows[i].text);
}

static void origins_are_compared(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"https://a/x", "https://A:443/y", true},
        {"https://a", "http://a", false},
        {"https://a", "https://a:444", false},
        {"http://a:443", "https://a", false},
        {"https://a", "https://b", false},
        {"https://[::1]", "https://[0::1]:443", true},
        {"https://127.0.0.1", "https://[::1]", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct url a, b;
        assert_int_equal(url_read(text_of(rows[i].a), &a), URL_FINE);
        assert_int_equal(url_read(text_of(rows[i].b), &b), URL_FINE);
        if (url_same_origin(&a, &b) != rows[i].same) fail_msg("%s %s", rows[i].a, rows[i].b);
    }
}

static void private_hosts_are_told(void **state)
{
    (void)state;
    assert_true(host_is_private("10.0.0.1"));
    assert_true(host_is_private("[fd00::1]"));
    assert_true(host_is_private("localhost"));
    assert_true(host_is_private("127.0.0.1"));
    assert_false(host_is_private("8.8.8.8"));
    assert_false(host_is_private("example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_urls_are_read),  cmocka_unit_test(what_readers_may_differ_on_is_refused),
        cmocka_unit_test(lengths_are_limited),  cmocka_unit_test(paths_stay_below_their_base),
        cmocka_unit_test(origins_are_compared), cmocka_unit_test(private_hosts_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
