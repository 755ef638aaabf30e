/* The parsers over text that the map and the library share: mail addresses, URLs, IP addresses and networks.
 */
#include "base/text.h"
#include "parse/email.h"
#include "parse/network_set.h"
#include "parse/url.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka needs the headers above
#include <cmocka.h>

#define CHECK(row, what, text, expected)                                                                     \
    do {                                                                                                     \
        if (!text_is(text, expected))                                                                        \
            fail_msg("\"%s\": %s is \"%.*s\", not \"%s\"", row, what, TEXT_ARGS(text), expected);            \
    } while (0)

static void emails(void **state)
{
    (void)state;
    static const struct {
        const char *input, *address, *local, *domain, *name; /* address NULL: refused */
    } rows[] = {
        {"ada@example.com", "ada@example.com", "ada", "example.com", ""},
        {"  ada@example.com\r\n", "ada@example.com", "ada", "example.com", ""},
        {"<ada@example.com>", "ada@example.com", "ada", "example.com", ""},
        {"Ada Lovelace <ada@example.com>", "ada@example.com", "ada", "example.com", "Ada Lovelace"},
        {"\"Lovelace, Ada\" <ada@example.com>", "ada@example.com", "ada", "example.com", "Lovelace, Ada"},
        {"a@b@example.com <ada@example.com>", "ada@example.com", "ada", "example.com", "a@b@example.com"},
        {"<Ada Lovelace> ada@example.com", "ada@example.com", "ada", "example.com", "Ada Lovelace"},
        {"ada@example.com <Lovelace, Ada>", "ada@example.com", "ada", "example.com", "Lovelace, Ada"},
        {"ada@example.com (Ada Lovelace)", "ada@example.com", "ada", "example.com", "Ada Lovelace"},
        {"\"a b\"@example.com \"Ada\"", NULL, NULL, NULL, NULL},
        {"ada@example.com <bob@>", NULL, NULL, NULL, NULL}, /* what looks like an address is no name */
        {"ada@example.com (bob@example.com)", NULL, NULL, NULL, NULL},
        {"<bob@example.com> ada@example.com", NULL, NULL, NULL, NULL},
        {"ada@example.com <>", NULL, NULL, NULL, NULL},
        {"<> ada@example.com", NULL, NULL, NULL, NULL},
        {"ada@example.com ()", "ada@example.com", "ada", "example.com", ""},
        {"(ada@example.com)", NULL, NULL, NULL, NULL},
        {"<Ada>", NULL, NULL, NULL, NULL},
        {"<", NULL, NULL, NULL, NULL},
        {")", NULL, NULL, NULL, NULL},
        {"j\xc3\xb6rg@b\xc3\xbc"
         "cher.example",
         "j\xc3\xb6rg@b\xc3\xbc"
         "cher.example",
         "j\xc3\xb6rg",
         "b\xc3\xbc"
         "cher.example",
         ""},
        {"\"a b@c\"@example.com", "\"a b@c\"@example.com", "\"a b@c\"", "example.com",
         ""}, /* quoted local part */
        {"bounce+a=b.c@[192.0.2.1]", "bounce+a=b.c@[192.0.2.1]", "bounce+a=b.c", "[192.0.2.1]", ""},
        {"ada@localhost", "ada@localhost", "ada", "localhost", ""},
        {"ada@[IPv6:2001:db8::1]", "ada@[IPv6:2001:db8::1]", "ada", "[IPv6:2001:db8::1]", ""},
        {"ada@192.0.2.1", "ada@192.0.2.1", "ada", "192.0.2.1", ""},
        {"ada@@example.com", NULL, NULL, NULL, NULL},
        {"mailto:ada@example.com", NULL, NULL, NULL, NULL},
        {"ada(work)@example.com", NULL, NULL, NULL, NULL},
        {"ada@example.com=x|Sender", NULL, NULL, NULL, NULL}, /* no host */
        {"ada@example..com", NULL, NULL, NULL, NULL},
        {"ada@[192.0.2.1", NULL, NULL, NULL, NULL},
        {"ada@[example.com]", NULL, NULL, NULL, NULL},
        {"", NULL, NULL, NULL, NULL},
        {"<>", NULL, NULL, NULL, NULL}, /* the null sender is no address */
        {"< >", NULL, NULL, NULL, NULL},
        {"ada", NULL, NULL, NULL, NULL},
        {"@example.com", NULL, NULL, NULL, NULL},
        {"ada@", NULL, NULL, NULL, NULL},
        {"ada love@example.com", NULL, NULL, NULL, NULL},
        {"ada@example.com, bob@example.com", NULL, NULL, NULL, NULL}, /* a list is not one address */
        {"ada@exa\tmple.com", NULL, NULL, NULL, NULL},
        {"\"\"@example.com", NULL, NULL, NULL, NULL},
        {"ada@example.com>", NULL, NULL, NULL, NULL},
        {"Ada <ada@example.com> x", NULL, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct email_parts parts;
        bool found = email_parse(text_of(rows[i].input), &parts);
        if (found != (rows[i].address != NULL))
            fail_msg("\"%s\" was %s", rows[i].input, found ? "accepted" : "refused");
        if (!found) continue;
        CHECK(rows[i].input, "address", parts.address, rows[i].address);
        CHECK(rows[i].input, "local", parts.local, rows[i].local);
        CHECK(rows[i].input, "domain", parts.domain, rows[i].domain);
        CHECK(rows[i].input, "name", parts.name, rows[i].name);
    }
}

static void email_lists(void **state)
{
    (void)state;
    static const struct {
        const char *input, *items; /* joined with | */
    } rows[] = {
        {"a@x", "a@x"},
        {"a@x,b@y;c@z", "a@x|b@y|c@z"},
        {" a@x , , b@y ,", "a@x|b@y"},
        {"\"Doe, Jo\" <a@x>, b@y", "\"Doe, Jo\" <a@x>|b@y"}, /* a comma inside quotes */
        {"Doe <a,b@x>, c@y", "Doe <a,b@x>|c@y"},             /* and inside brackets */
        {"\"open, a@x, b@y", "\"open, a@x, b@y"},            /* a quote that is never closed */
        {"a@x (Doe, Jo), b@y", "a@x (Doe, Jo)|b@y"},         /* and inside parentheses */
        {"a@x (open, b@y", "a@x (open|b@y"},
        {"a@x (", "a@x ("},
        {"", ""},
        {" ,;, ", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char joined[256] = "";
        postern_text rest = text_of(rows[i].input), item;
        while (email_list_next(&rest, &item)) {
            if (joined[0]) strcat(joined, "|");
            strncat(joined, item.data, item.size);
        }
        assert_string_equal(joined, rows[i].items);
    }
}

static const struct {
    const char *input, *scheme, *user, *password, *domain, *path, *extension, *query,
        *fragment; /* scheme NULL: no */
    int port;
} read_urls[] = {
    {"https://example.com", "https", "", "", "example.com", "", "", "", "", 0},
    {"https://example.com/a/b.html?x=1&y=2#top", "https", "", "", "example.com", "/a/b.html", "html",
     "x=1&y=2", "top", 0},
    {"http://u:p:q@example.com:8080/?", "http", "u", "p:q", "example.com", "/", "", "", "", 8080},
    {"http://u@example.com:/", "http", "u", "", "example.com", "/", "", "", "",
     0}, /* a colon without a port */
    {"http://[2001:db8::1]:443/x", "http", "", "", "[2001:db8::1]", "/x", "", "", "", 443},
    {"HTTP://EXAMPLE.COM/A.B/C", "HTTP", "", "", "EXAMPLE.COM", "/A.B/C", "", "", "",
     0}, /* dot before the slash */
    {"hxxps://bad.example/x", "hxxps", "", "", "bad.example", "/x", "", "", "", 0},
    {"//cdn.example/x", "", "", "", "cdn.example", "/x", "", "", "", 0},
    {"www.example.com/login?next=http://x", "", "", "", "www.example.com", "/login", "", "next=http://x", "",
     0},
    {"www.example.com:8080/x", "", "", "", "www.example.com", "/x", "", "", "", 8080},
    {"example.com#f?q", "", "", "", "example.com", "", "", "", "f?q", 0}, /* '?' behind '#' is fragment */
    {"http://a.example?x@y", "http", "", "", "a.example", "", "", "x@y", "", 0}, /* '@' behind the host */
    {"mailto:ada@example.com", "mailto", "", "", "", "ada@example.com", "", "", "", 0}, /* no path of files */
    {"urn:isbn:0.html", "urn", "", "", "", "isbn:0.html", "", "", "", 0},
    {"data:text/html,<b>a b</b>", "data", "", "", "", "text/html,<b>a b</b>", "", "", "", 0},
    {"data:text/x.y", "data", "", "", "", "text/x.y", "", "", "", 0},
    {"http://example.com/v1.2 final", "http", "", "", "example.com", "/v1.2 final", "", "", "", 0},
    {"http://example.com/2026.11", "http", "", "", "example.com", "/2026.11", "", "", "", 0},
    {"http://example.com/.profile", "http", "", "", "example.com", "/.profile", "", "", "", 0},
    {"http://example.com:99999/x.js", "http", "", "", "example.com", "/x.js", "js", "", "",
     URL_UNUSABLE_PORT},
    {"http://u@example.com:8x/", "http", "u", "", "example.com", "/", "", "", "", URL_UNUSABLE_PORT},
    {"http://example.com:4294967297/", "http", "", "", "example.com", "/", "", "", "", URL_UNUSABLE_PORT},
    {"http://[::1]:-1/", "http", "", "", "[::1]", "/", "", "", "", URL_UNUSABLE_PORT},
    {"example.com:8x/x", "", "", "", "example.com", "/x", "", "", "", URL_UNUSABLE_PORT},
    {"example.com:99999/x", "", "", "", "example.com", "/x", "", "", "", URL_UNUSABLE_PORT},
    /* where browsers go */
    {"https://good.example\\@bad.example/x", "https", "", "", "good.example", "\\@bad.example/x", "", "", "",
     0},
    {"https:\\\\bad.example\\a.b\\c.exe", "https", "", "", "bad.example", "\\a.b\\c.exe", "exe", "", "", 0},
    {"HTTPS:bad.example/x", "HTTPS", "", "", "bad.example", "/x", "", "", "", 0},
    {"http:/bad.example/x", "http", "", "", "bad.example", "/x", "", "", "", 0},
    {"http:////bad.example/x", "http", "", "", "bad.example", "/x", "", "", "", 0},
    {"https://good.example@bad.example/", "https", "good.example", "", "bad.example", "/", "", "", "", 0},
    {"https://good.example:443@bad.example/", "https", "good.example", "443", "bad.example", "/", "", "", "",
     0},
    {"https://a@b@bad.example/", "https", "a@b", "", "bad.example", "/", "", "", "", 0},
    {"https://good.example#@bad.example/", "https", "", "", "good.example", "", "", "", "@bad.example/", 0},
    {"https://good.example?@bad.example/", "https", "", "", "good.example", "", "", "@bad.example/", "", 0},
    {"www.example.com\\x", "", "", "", "www.example.com", "\\x", "", "", "", 0},
    {"soap.beep://host/x", "soap.beep", "", "", "host", "/x", "", "", "", 0},
    {"file:///etc/x.conf", "file", "", "", "", "/etc/x.conf", "conf", "", "", 0},
    {"http://b\xc3\xbc"
     "cher.example/\xc3\xbc",
     "http", "", "",
     "b\xc3\xbc"
     "cher.example",
     "/\xc3\xbc", "", "", "", 0},
    {"http://a.example/with blank", "http", "", "", "a.example", "/with blank", "", "", "", 0},
    {"", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"N/A", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"ada@example.com", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"just words", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"http://", NULL, 0, 0, 0, 0, 0, 0, 0, 0} /* no host */,
    {"http://ex ample.com/", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"http://[::1/", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"http://[::1]x/", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"//", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"://x", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"https:", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"https://:443/", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"Error: no such user", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
    {"Error:", NULL, 0, 0, 0, 0, 0, 0, 0, 0},
};

static void urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof read_urls / sizeof *read_urls; i++) {
        struct url_parts parts;
        bool found = url_parse(text_of(read_urls[i].input), &parts);
        if (found != (read_urls[i].scheme != NULL))
            fail_msg("\"%s\" was %s", read_urls[i].input, found ? "accepted" : "refused");
        if (!found) continue;
        CHECK(read_urls[i].input, "scheme", parts.scheme, read_urls[i].scheme);
        /* absolute URLs are whole ones */
        CHECK(read_urls[i].input, "full", parts.full, parts.scheme.size ? read_urls[i].input : "");
        CHECK(read_urls[i].input, "username", parts.username, read_urls[i].user);
        CHECK(read_urls[i].input, "password", parts.password, read_urls[i].password);
        CHECK(read_urls[i].input, "domain", parts.domain, read_urls[i].domain);
        CHECK(read_urls[i].input, "path", parts.path, read_urls[i].path);
        CHECK(read_urls[i].input, "extension", parts.extension, read_urls[i].extension);
        CHECK(read_urls[i].input, "query", parts.query, read_urls[i].query);
        CHECK(read_urls[i].input, "fragment", parts.fragment, read_urls[i].fragment);
        assert_int_equal(parts.port, read_urls[i].port);
    }
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        int version; /* 0: refused */
        bool private;
    } rows[] = {
        {"192.0.2.1", 4, false},
        {"0.0.0.0", 4, true},
        {"255.255.255.255", 4, false},
        {"10.0.0.1", 4, true},
        {"100.63.255.255", 4, false},
        {"100.64.0.1", 4, true},
        {"100.127.255.255", 4, true},
        {"100.128.0.0", 4, false},
        {"127.0.0.1", 4, true},
        {"169.254.1.1", 4, true},
        {"172.15.255.255", 4, false},
        {"172.16.0.0", 4, true},
        {"192.168.255.255", 4, true},
        {"2001:db8::1", 6, false},
        {"::", 6, true},
        {"::1", 6, true},
        {"::2", 6, false},
        {"fd00::1", 6, true},
        {"fe80::1", 6, true},
        {"fec0::1", 6, false},
        {"::ffff:10.0.0.1", 6, true}, /* a private IPv4 address in IPv6 dress */
        {"::ffff:8.8.8.8", 6, false},
        {"Internal IP", 0, false}, /* Mimecast writes this */
        {"", 0, false},
        {"1.2.3", 0, false},
        {"1.2.3.256", 0, false},
        {"01.2.3.4", 0, false}, /* could be octal */
        {"1.2.3.4 ", 0, false},
        {"1.2.3.4:25", 0, false},
        {"[::1]", 0, false},
        {"fe80::1%eth0", 0, false},
        {"1::2::3", 0, false},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc", 0,
         false}, /* longer than any address */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ip_address address;
        bool found = ip_parse(text_of(rows[i].input), &address);
        if (found != (rows[i].version != 0) || found != ip_is_valid(text_of(rows[i].input)))
            fail_msg("\"%s\" was %s", rows[i].input, found ? "accepted" : "refused");
        if (found && (address.version != rows[i].version || ip_is_private(&address) != rows[i].private))
            fail_msg("\"%s\": version %d, private %d", rows[i].input, address.version,
                     ip_is_private(&address));
    }
    assert_false(ip_is_valid((postern_text){"1.2.3.4\0x", 9})); /* a NUL does not end the text */
    assert_false(ip_is_valid((postern_text){NULL, 0}));
}

static void networks(void **state)
{
    (void)state;
    static const char *const refused[] = {"10.0.0.0/33", "::/129",       "10.0.0.0/", "10.0.0.0/-1",
                                          "10.0.0.0/8x", "/8",           "",          "10/8",
                                          "x/8",         "10.0.0.0/0008"};
    struct ip_network network;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (ip_network_parse(text_of(refused[i]), &network)) fail_msg("\"%s\" was accepted", refused[i]);

    static const struct {
        const char *network, *inside, *outside;
    } rows[] = {
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
        {"10.1.2.3/8", "10.0.0.0", "9.255.255.255"}, /* bits behind the prefix do not count */
        {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
        {"192.0.2.1", "192.0.2.1", "192.0.2.2"}, /* a single address */
        {"192.0.2.1/32", "192.0.2.1", "192.0.2.0"},
        {"0.0.0.0/0", "255.255.255.255", "::1"}, /* all of IPv4 and nothing of IPv6 */
        {"2001:db8::/33", "2001:db8:7fff:ffff::", "2001:db8:8000::"},
        {"::/0", "1.2.3.4", NULL}, /* all of IPv6, so the mapped addresses as well */
        {"::1/128", "::1", "::2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ip_address inside, outside;
        assert_true(ip_network_parse(text_of(rows[i].network), &network));
        assert_true(ip_parse(text_of(rows[i].inside), &inside));
        if (!network_set_contains(&network, 1, &inside))
            fail_msg("%s does not hold %s", rows[i].network, rows[i].inside);
        if (rows[i].outside && ip_parse(text_of(rows[i].outside), &outside) &&
            network_set_contains(&network, 1, &outside))
            fail_msg("%s holds %s", rows[i].network, rows[i].outside);
    }
}

/* The built set answers as a walk over all networks does. */
static void network_sets(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int round = 0; round < 200; round++) {
        struct ip_network all[20], built[20];
        size_t count = (size_t)(round % 20) + 1;
        for (size_t i = 0; i < count; i++) {
            char text[32];
            random = random * 6364136223846793005u + 1442695040888963407u;
            snprintf(text, sizeof text, "10.0.%u.%u/%u", (unsigned)(random >> 60),
                     (unsigned)(random >> 40) & 255, 24 + (unsigned)(random >> 33) % 9);
            assert_true(ip_network_parse(text_of(text), &all[i]));
        }
        memcpy(built, all, sizeof all);
        size_t left = network_set_build(built, count);
        assert_true(left >= 1 && left <= count);
        for (unsigned probe = 0; probe < 4096; probe += 3) {
            struct ip_address address = {.bytes = {[10] = 0xff,
                                                   [11] = 0xff,
                                                   [12] = 10,
                                                   [14] = (unsigned char)(probe >> 8),
                                                   [15] = (unsigned char)probe}};
            bool expected = false;
            for (size_t i = 0; i < count; i++)
                expected |= memcmp(all[i].first, address.bytes, 16) <= 0 &&
                            memcmp(all[i].last, address.bytes, 16) >= 0;
            assert_int_equal(network_set_contains(built, left, &address), expected);
        }
    }
    assert_int_equal(network_set_build(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emails),    cmocka_unit_test(email_lists), cmocka_unit_test(urls),
        cmocka_unit_test(addresses), cmocka_unit_test(networks),    cmocka_unit_test(network_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
