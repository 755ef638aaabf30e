/* Host names, addresses and extensions of files: what is one, and what only looks like one. */
#include "../unit.h"
#include "base/text.h"
#include "parse/domain.h"
#include "parse/email.h"
#include "parse/file_extension.h"
#include <string.h>

#define LABEL_63 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-123456789"

static void hosts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_domain, is_host;
    } rows[] = {
        {"example.com", true, true},
        {"EXAMPLE.co.uk", true, true},
        {"example.com.", true, true},
        {"localhost", true, true},
        {"_dmarc.example.com", true, true},
        {"3com.example", true, true},
        {"xn--bcher-kva.example", true, true},
        {"b\xc3\xbc"
         "cher.example",
         true, true},
        {"\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", true, true},
        {"a.b-c.d", true, true},
        {LABEL_63 ".example", true, true},
        {LABEL_63 "x.example", false, false},
        {LABEL_63 "." LABEL_63 "." LABEL_63 "."
                  "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-1234567",
         true, true},
        {LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63, false, false},
        {"192.0.2.1", false, true},
        {"2001:db8::1", false, true},
        {"[2001:db8::1]", false, true},
        {"[192.0.2.1]", false, false},
        {"[]", false, false},
        {"[", false, false},
        {"300.0.2.1", false, false},
        {"192.0.2", false, false},
        {"12345", false, false},
        {"example.1", false, false},
        {"", false, false},
        {".", false, false},
        {"..", false, false},
        {".example.com", false, false},
        {"example..com", false, false},
        {"example.com..", false, false},
        {"-a.example", false, false},
        {"a-.example", false, false},
        {"a.example-", false, false},
        {"ann@example.com", false, false},
        {"Ann Lee", false, false},
        {"Ann Lee <ann@example.com>", false, false},
        {" example.com", false, false},
        {"example.com\n", false, false},
        {"example.com:443", false, false},
        {"https://example.com", false, false},
        {"example.com/x", false, false},
        {"exam%70le.com", false, false},
        {"a,b.example", false, false},
        {"N/A", false, false},
        {"192.0.2.1, Browser: Firefox", false, false},
        {"exa\xff"
         "mple.com",
         false, false},
        {"\xed\xa0\x80.example", false, false},                /* half of a surrogate pair */
        {"exa\xc2\xa0mple.com", false, false},                 /* a blank that does not break */
        {"exa\xe2\x80\x8bmple.com", false, false},             /* of no width */
        {"moc.elpmaxe\xe2\x80\xae\xe2\x80\xac", false, false}, /* turns the order round */
        {"exa\xe3\x80\x80mple.com", false, false},
        {"\xef\xbb\xbf"
         "example.com",
         false, false},
        {"exa\xef\xbf\xbdmple.com", false, false},
        {"\xf0\x9f\x98\x80.example", false, false}, /* a picture */
        {"\xe2\x98\x83.example", false, false},
        {"a\xf4\x8f\xbf\xbf.example", false, false}, /* no character */
        {"a\xee\x80\x80.example", false, false},     /* for private use */
        {"a\xc2\xb7"
         "b.example",
         true, true}, /* the dot of Catalan */
        {"\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80.example", true, true},
        {"\xf0\xa0\xae\xb7.example", true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (domain_is_valid(text_of(rows[i].text)) != rows[i].is_domain)
            fail_msg("domain: \"%s\"", rows[i].text);
        if (host_is_valid(text_of(rows[i].text)) != rows[i].is_host) fail_msg("host: \"%s\"", rows[i].text);
    }
    assert_false(domain_is_valid((postern_text){"a\0b.example", 11}));
    static char huge[10 << 20];
    memset(huge, 'a', sizeof huge);
    assert_false(host_is_valid((postern_text){huge, sizeof huge}));
    assert_false(domain_is_valid((postern_text){NULL, 0}));
}

/* Names that are looked at sixteen bytes at a time are those that are looked at one by one: dots and hyphens
 * at all places, also where two blocks meet. */
static void many_bytes_at_a_time(void **state)
{
    (void)state;
    static const char bytes[] = "aaaaaaaazZ09_-.-. \xc3\xbc";
    uint64_t random = 1;
    size_t valid = 0;
    for (size_t i = 0; i < 300000; i++) {
        char name[72];
        size_t size = i % sizeof name, odd = i / sizeof name % 4;
        for (size_t at = 0; at < size; at++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bool is_odd = odd && (random >> 40) % (8u << odd) == 0;
            name[at] = is_odd ? bytes[(random >> 33) % (sizeof bytes - 1)] : 'a';
        }
        postern_text text = {name, size};
        bool is_valid = domain_is_valid_slowly(text);
        if (domain_is_valid(text) != is_valid) fail_msg("\"%.*s\"", TEXT_ARGS(text));
        valid += is_valid;
    }
    assert_in_range(valid, 50000, 250000);
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 40; at++) {
            char name[40];
            memset(name, 'a', sizeof name);
            name[at] = (char)byte;
            postern_text text = {name, sizeof name};
            if (domain_is_valid(text) != domain_is_valid_slowly(text)) fail_msg("byte %u at %zu", byte, at);
        }
}

/* What cannot stand in front of the "@" outside quotes is seen at each place, in short addresses and long. */
static void bytes_of_addresses(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        bool is_outside = byte <= ' ' || byte == 0x7f || (byte && strchr("<>,;\":()@", (int)byte));
        for (size_t at = 1; at < 36; at++) {
            char address[48];
            memset(address, 'a', sizeof address);
            address[at] = (char)byte;
            memcpy(address + 36, "@b.example.c", 12);
            struct email_parts parts;
            postern_text text = {address, sizeof address},
                         behind = {address + at - 1, sizeof address - at + 1};
            if (email_parse_alone(text, &parts) == is_outside) fail_msg("byte %u at %zu", byte, at);
            if (email_parse_alone(behind, &parts) == is_outside) fail_msg("byte %u from %zu on", byte, at);
        }
    }
}

static void extensions(void **state)
{
    (void)state;
    static const struct {
        const char *path, *extension;
    } rows[] = {
        {"report.pdf", "pdf"},
        {"mails/backup.tar.gz", "gz"},
        {"a.7z", "7z"},
        {"C:\\mails\\x.EML", "EML"},
        {"Report v1.2 final", ""},
        {"Report v1.2", ""},
        {"2026.11.27", ""},
        {"README", ""},
        {"", ""},
        {".profile", ""},
        {"a/.profile", ""},
        {"a.b/c", ""},
        {"a\\b.c\\.d", ""},
        {"end.", ""},
        {"Dr. Smith", ""},
        {"a.b c", ""},
        {"a.\xc3\xbc"
         "x",
         ""},
        {"x.abcdefghijklmnop", "abcdefghijklmnop"},
        {"x.abcdefghijklmnopq", ""},
        {"x.com>", ""},
        {"abcdefghijklmnopqrstuvwxyz", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        postern_text extension = file_extension_of(text_of(rows[i].path));
        if (!text_is(extension, rows[i].extension))
            fail_msg("\"%s\": \"%.*s\"", rows[i].path, TEXT_ARGS(extension));
        if (extension.size) assert_true(file_extension_is_valid(extension));
    }
    assert_false(file_extension_is_valid((postern_text){"a\0", 2}));
    assert_false(file_extension_is_valid((postern_text){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hosts), cmocka_unit_test(many_bytes_at_a_time),
                                       cmocka_unit_test(bytes_of_addresses), cmocka_unit_test(extensions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
