/* Which addresses are private, which hosts loopback, and which proxy a host is reached through. */
#include "../unit.h"
#include "base/address.h"
#include "http/proxy_choice.h"
#include <stdlib.h>
#include <sys/socket.h>

struct address_row {
    const char *address;
    bool private, loopback;
};

static const struct address_row addresses[] = {
    /* public */
    {"8.8.8.8", false, false},
    {"172.15.255.255", false, false},
    {"172.32.0.0", false, false},
    {"192.167.255.255", false, false},
    {"100.63.255.255", false, false},
    {"100.128.0.0", false, false},
    {"223.255.255.255", false, false},
    {"2606:4700::1", false, false},
    {"::ffff:8.8.8.8", false, false},
    {"2002:0808:0808::1", false, false},
    {"[2606:4700::1]", false, false},
    /* unspecified, loopback */
    {"0.0.0.0", true, false},
    {"127.0.0.1", true, true},
    {"127.255.255.254", true, true},
    {"::", true, false},
    {"::1", true, true},
    {"[::1]", true, true},
    /* private, shared, link-local (cloud metadata) */
    {"10.0.0.1", true, false},
    {"172.16.0.1", true, false},
    {"172.31.255.255", true, false},
    {"192.168.1.1", true, false},
    {"100.64.0.1", true, false},
    {"169.254.169.254", true, false},
    {"fe80::1", true, false},
    {"fec0::1", true, false},
    {"fd00::1", true, false},
    {"fc00::1", true, false},
    /* multicast, broadcast, reserved */
    {"224.0.0.1", true, false},
    {"255.255.255.255", true, false},
    {"ff02::1", true, false},
    /* a private IPv4 address inside an IPv6 one: mapped, compatible, NAT64, 6to4 */
    {"::ffff:10.0.0.1", true, false},
    {"::ffff:127.0.0.1", true, false},
    {"::10.0.0.1", true, false},
    {"64:ff9b::169.254.169.254", true, false},
    {"2002:c0a8:0101::1", true, false},
    {"64:ff9b::8.8.8.8", false, false},
    /* the NAT64 prefix of a network's own, the translated form, Teredo */
    {"64:ff9b:1::8.8.8.8", true, false},
    {"::ffff:0:10.0.0.1", true, false},
    {"2001::f5ff:fffe", true, false},
    {"2001:1ff::1", true, false},
    {"2001:200::1", false, false},
    /* documentation, discard, segment routing, and what nobody was given yet */
    {"192.0.2.1", true, false},
    {"198.51.100.1", true, false},
    {"203.0.113.1", true, false},
    {"2001:db8::1", true, false},
    {"3fff:fff::1", true, false},
    {"100::1", true, false},
    {"5f00::1", true, false},
    {"4000::1", true, false},
};

static void addresses_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct sockaddr_storage address;
        if (!address_parse(addresses[i].address, &address)) fail_msg("%s is not read", addresses[i].address);
        const struct sockaddr *generic = (const struct sockaddr *)&address;
        if (address_is_private(generic) != addresses[i].private)
            fail_msg("%s: private", addresses[i].address);
        if (address_is_loopback(generic) != addresses[i].loopback)
            fail_msg("%s: loopback", addresses[i].address);
    }
    struct sockaddr local = {.sa_family = AF_UNIX};
    assert_true(address_is_private(&local));
}

static void names_are_no_addresses(void **state)
{
    (void)state;
    static const char *const names[] = {"",          "localhost", "10.0.0", "10.0.0.1.example.com",
                                        "1.2.3.4.5", "[",         "[]"};
    struct sockaddr_storage address;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_false(address_parse(names[i], &address));
    assert_true(host_is_loopback("localhost"));
    assert_true(host_is_loopback("LocalHost."));
    assert_true(host_is_loopback("127.1.2.3"));
    assert_false(host_is_loopback("localhost.example.com"));
    assert_false(host_is_loopback("127.0.0.1.example.com"));
    assert_false(host_is_loopback("10.0.0.1"));
}

struct no_proxy_row {
    const char *list, *host;
    bool covers;
};

static const struct no_proxy_row no_proxy_rows[] = {
    {NULL, "a.example", false},
    {"", "a.example", false},
    {"*", "a.example", true},
    /* a name covers itself and what is below, with or without the dot, in any case */
    {"example.com", "example.com", true},
    {"example.com", "eu-api.example.com", true},
    {".example.com", "eu-api.example.com", true},
    {".example.com", "example.com", true},
    {"EXAMPLE.com", "eu-api.Example.COM", true},
    {"example.com", "eu-api.example.com.", true},
    {"example.com", "notexample.com", false},
    {"eu-api.example.com", "example.com", false},
    /* lists */
    {"a.test, example.com", "x.example.com", true},
    {"a.test example.com", "x.example.com", true},
    {",, ,example.com,", "example.com", true},
    {"a.test,b.test", "c.test", false},
    /* addresses and networks */
    {"10.0.0.1", "10.0.0.1", true},
    {"10.0.0.1", "10.0.0.2", false},
    {"10.0.0.0/8", "10.9.8.7", true},
    {"10.0.0.0/8", "11.0.0.1", false},
    {"10.128.0.0/9", "10.127.0.1", false},
    {"10.128.0.0/9", "10.200.0.1", true},
    {"0.0.0.0/0", "8.8.8.8", true},
    {"10.0.0.1/32", "10.0.0.1", true},
    {"10.0.0.0/33", "10.0.0.0", false},
    {"10.0.0.0/x", "10.0.0.0", false},
    {"fd00::/8", "fd12::1", true},
    {"fd00::/8", "10.0.0.1", false},
    {"::1", "[::1]", true},
    {"0.1", "10.0.0.1", false}, /* no suffixes of addresses */
};

static void no_proxy_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(no_proxy_rows); i++)
        if (no_proxy_covers(no_proxy_rows[i].list, no_proxy_rows[i].host) != no_proxy_rows[i].covers)
            fail_msg("\"%s\" and %s", no_proxy_rows[i].list ? no_proxy_rows[i].list : "NULL",
                     no_proxy_rows[i].host);
}

static void clear_environment(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",   "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
}

static void setting_comes_before_environment(void **state)
{
    (void)state;
    clear_environment();
    assert_string_equal(proxy_for_host(NULL, NULL, "a.test"), "");
    assert_string_equal(proxy_for_host("http://set:1", NULL, "a.test"), "http://set:1");
    setenv("ALL_PROXY", "http://all:2", 1);
    assert_string_equal(proxy_for_host(NULL, NULL, "a.test"), "http://all:2");
    setenv("HTTPS_PROXY", "http://upper:3", 1);
    assert_string_equal(proxy_for_host(NULL, NULL, "a.test"), "http://upper:3");
    setenv("https_proxy", "http://lower:4", 1);
    assert_string_equal(proxy_for_host(NULL, NULL, "a.test"), "http://lower:4");
    assert_string_equal(proxy_for_host("http://set:1", NULL, "a.test"), "http://set:1");
    /* the environment's proxy is not for loopback, the setting's is */
    assert_string_equal(proxy_for_host(NULL, NULL, "127.0.0.1"), "");
    assert_string_equal(proxy_for_host(NULL, NULL, "localhost"), "");
    assert_string_equal(proxy_for_host("http://set:1", NULL, "127.0.0.1"), "http://set:1");
    /* no_proxy: the setting's replaces the environment's */
    setenv("no_proxy", "a.test", 1);
    assert_string_equal(proxy_for_host(NULL, NULL, "a.test"), "");
    assert_string_equal(proxy_for_host("http://set:1", NULL, "a.test"), "");
    assert_string_equal(proxy_for_host(NULL, "b.test", "a.test"), "http://lower:4");
    assert_string_equal(proxy_for_host(NULL, "b.test", "b.test"), "");
    clear_environment();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_told_apart),
        cmocka_unit_test(names_are_no_addresses),
        cmocka_unit_test(no_proxy_is_read),
        cmocka_unit_test(setting_comes_before_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
