/* What a text mentions. */
#include "../unit.h"
#include "base/buffer.h"
#include "base/text.h"
#include "parse/mentions.h"
#include <stdio.h>

struct row {
    const char *text, *mentions; /* with blanks between them */
};

static void check(enum mention kind, const struct row *rows)
{
    for (; rows->text; rows++) {
        char shown[1024];
        struct buffer out = {.data = shown, .capacity = sizeof shown - 1, .limit = sizeof shown - 1};
        postern_text rest = text_of(rows->text), found;
        while (mention_next(&rest, kind, &found))
            buffer_printf(&out, "%s%.*s", out.size ? " " : "", TEXT_ARGS(found));
        shown[out.size] = '\0';
        if (strcmp(shown, rows->mentions) != 0) fail_msg("\"%s\": %s", rows->text, shown);
    }
}

static void test_addresses(void **unused)
{
    (void)unused;
    check(MENTION_IP, (const struct row[]){
                          {"192.0.2.7", "192.0.2.7"},
                          {"192.0.2.7, 198.51.100.9", "192.0.2.7 198.51.100.9"},
                          {"192.0.2.7 via gateway", "192.0.2.7"},
                          {"192.0.2.7:443", "192.0.2.7"},
                          {"[2001:db8::1]:443 and 2001:db8::2.", "2001:db8::1 2001:db8::2"},
                          {"::1", "::1"},
                          {"(192.0.2.7)|192.0.2.8;192.0.2.9,,", "192.0.2.7 192.0.2.8 192.0.2.9"},
                          {"unknown", ""},
                          {"null", ""},
                          {"192.0.2.256 192.0.2 1.2.3.4.5 192.0.2.7:x 12:30 10.0.0.0/8", ""},
                          {"", ""},
                          {NULL, NULL},
                      });
}

static void test_mail_addresses(void **unused)
{
    (void)unused;
    check(MENTION_EMAIL,
          (const struct row[]){
              {"Successful authentication for ann@example.com <Lee, Ann>", "ann@example.com"},
              {"by Ada <ada@corp.example>.", "ada@corp.example"},
              {"Requested By :ada@corp.example,Export time :now", "ada@corp.example"},
              {"by a@b.example<a@b.example> Date", "a@b.example a@b.example"},
              {"com.x.Address@4a[code=C1,emailAddress=bob@example.net,id=2]", "bob@example.net"},
              {"mailto:a@b.example, x@localhost @b.example a@ a@b..example a@.example a@b.example.",
               "a@b.example "
               "a@b.example"},
              {"", ""},
              {NULL, NULL},
          });
}

static void test_files(void **unused)
{
    (void)unused;
    check(MENTION_FILE,
          (const struct row[]){
              {"Report download requested from portal.example.com by ann@example.com - quarterly.pdf",
               "quarterly.pdf"},
              {"Threat intel feeds download  - grid_csv_2021.zip", "grid_csv_2021.zip"},
              {"Exported file mails_2026-01.tar.gz.", "mails_2026-01.tar.gz"},
              {"/var/export/a.csv and C:\\mails\\B.PST", "a.csv B.PST"},
              {"\"x.xlsx\", 'y.docx'", "x.xlsx y.docx"},
              {"Exported \"Q3 report, final.pdf\", 'a b.csv'.", "Q3 report, final.pdf a b.csv"},
              {"\"C:\\my mails\\the box.pst\"", "the box.pst"},
              {"\"Q3\" and b.pdf \"x\", Ann's and Bob's c.pdf, \"open d.pdf", "b.pdf c.pdf d.pdf"},
              {"\"ann@example.pdf\" \"\" \" x.pdf\" '", "x.pdf"},
              {"example.com www.example.org 192.0.2.1 a.b .pdf pdf x@y.pdf version 1.2", ""},
              {"", ""},
              {NULL, NULL},
          });
}

/* Sorted, or the search in the list finds nothing. */
static void test_every_extension(void **unused)
{
    (void)unused;
    static const char *const some[] = {"7z",  "bz2", "db",   "docx", "eml",  "gz",  "html", "ics",
                                       "jpg", "js",  "key",  "ldif", "mbox", "msg", "nsf",  "p7m",
                                       "pot", "ppt", "pptm", "pptx", "pst",  "rar", "svg",  "tgz",
                                       "tsv", "vcf", "webp", "xls",  "xz",   "yml", "zip"};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        char name[16];
        snprintf(name, sizeof name, "a.%s", some[i]);
        check(MENTION_FILE, (const struct row[]){{name, name}, {NULL, NULL}});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_mail_addresses),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_every_extension),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
