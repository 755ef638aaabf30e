/* Prose with labelled pieces: each row a text, and the pieces that it falls into. */
#include "../unit.h"
#include "base/buffer.h"
#include "base/text.h"
#include "parse/labels.h"
#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {"date", "time", "ip", "application", "from", "to", "subject", "reason"};
static const struct {
    const char *label;
    uint16_t piece;
    bool is_free;
} labels[] = {
    {"Date", 0, false},         {"Time", 1, false},        {"IP", 2, false},          {"remote IP", 2, false},
    {"Remote IP is", 2, false}, {"IP  Address", 2, false}, {"Application", 3, false}, {"From", 4, false},
    {"To", 5, false},           {"Subject", 6, true},      {"Reason", 7, true},
};

static struct label_set *new_set(void)
{
    struct label_set *set = calloc(1, sizeof *set);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        assert_int_equal(label_set_add(set, text_of(labels[i].label), labels[i].piece, labels[i].is_free),
                         LABEL_FINE);
    return set;
}

/* "before|ip=192.0.2.1|~Browser=Firefox": ~ before labels that the set does not have. */
static const char *show(const struct label_set *set, postern_text prose)
{
    static char shown[4096];
    static struct labelled_piece pieces[PIECES_LIMIT];
    struct buffer out = {.data = shown, .capacity = sizeof shown - 1, .limit = sizeof shown - 1};
    postern_text before;
    size_t count = labels_read(prose, set, pieces, &before);
    buffer_append(&out, before.data, before.size);
    for (size_t i = 0; i < count; i++) {
        bool is_known = pieces[i].piece != NO_PIECE;
        postern_text name = is_known ? text_of(names[pieces[i].piece]) : pieces[i].label;
        buffer_printf(&out, "|%s%.*s=%.*s", is_known ? "" : "~", TEXT_ARGS(name), TEXT_ARGS(pieces[i].text));
    }
    shown[out.size] = '\0';
    return shown;
}

struct row {
    const char *prose, *pieces;
};

static void check(const struct row *rows)
{
    struct label_set *set = new_set();
    for (; rows->prose; rows++)
        if (strcmp(show(set, text_of(rows->prose)), rows->pieces) != 0)
            fail_msg("%s\n   gives %s\n not %s", rows->prose, show(set, text_of(rows->prose)), rows->pieces);
    free(set);
}

static void test_log_ons(void **unused)
{
    (void)unused;
    check((const struct row[]){
        {"Successful authentication for a@b.example <Lee, Ann>, Date: 2026-11-26, Time: 09:00:00 GMT, IP: "
         "192.0.2.7, "
         "Browser: Firefox, Application: Web, Method: Two Step Auth, 2FA: TOTP",
         "Successful authentication for a@b.example <Lee, Ann>|date=2026-11-26|time=09:00:00 "
         "GMT|ip=192.0.2.7|"
         "~Browser=Firefox|application=Web|~Method=Two Step Auth|~2FA=TOTP"},
        {"ok, IP: 192.0.2.7, 198.51.100.9, Application: Web",
         "ok|ip=192.0.2.7, 198.51.100.9|application=Web"},
        {"ok, Application: Web, IP: 192.0.2.7 via gateway", "ok|application=Web|ip=192.0.2.7 via gateway"},
        {"no permissions, Date : 2026-11-26, Time : 08:59:00+0000, IP : 192.0.2.7, Application : API, Remote "
         "IP is "
         "192.0.2.8",
         "no permissions|date=2026-11-26|time=08:59:00+0000|~IP=192.0.2.7|application=API|ip=192.0.2.8"},
        {"Failed for a@b.example <Ann>, Time: 08:59:00 GMT, IP: : 192.0.2.7,, Application: SMTP-MTA2, "
         "Reason: Account "
         "locked",
         "Failed for a@b.example <Ann>|time=08:59:00 GMT|ip=192.0.2.7|application=SMTP-MTA2|reason=Account "
         "locked"},
        {"Succesfully enrolled user, Remote IP is 192.0.2.7", "Succesfully enrolled user|ip=192.0.2.7"},
        {"Password reset for user: a@b.example User Password Changed, Remote IP is null",
         "Password reset for user: a@b.example User Password Changed|ip=null"},
        {"Creating the entry, emailAddress :com.x.Address@4a[code=C1,emailAddress=bob@x.example,id=2] remote "
         "IP : "
         "192.0.2.7 application : LFS",
         "Creating the "
         "entry|~emailAddress=com.x.Address@4a[code=C1,emailAddress=bob@x.example,id=2]|ip=192.0.2.7|"
         "application=LFS"},
        {"Deleted Folder by a@b.example<Ann> Date: 2021-10-11 Time: 19:23:10 +0100 IP: 192.0.2.7 "
         "Application: Console",
         "Deleted Folder by a@b.example<Ann>|date=2021-10-11|time=19:23:10 "
         "+0100|ip=192.0.2.7|application=Console"},
        {"x, IP: 192.0.2.7:443, Application: Web", "x|ip=192.0.2.7:443|application=Web"},
        {"x, IP:: 192.0.2.7", "x|ip=192.0.2.7"},
        {"x, IP::192.0.2.7", "x|ip=192.0.2.7"},
        {"x, IP: ::1, Application: Web", "x|ip=::1|application=Web"},
        {"x, IP:::1", "x|ip=::1"},
        {"x, IP: 192.0.2.1, fe80::1, 2001:db8::2, Application: Web",
         "x|ip=192.0.2.1, fe80::1, 2001:db8::2|application=Web"},
        {"x, IP:192.0.2.7,Application:Web", "x|ip=192.0.2.7|application=Web"},
        {"remote   ip\t: 192.0.2.7", "|ip=192.0.2.7"},
        {"x (IP: 192.0.2.7)", "x|ip=192.0.2.7"},
        {"x, Remote IP is IP: 192.0.2.7", "x|ip=192.0.2.7"},
        {"x, Remote IP is Abc : y", "x|ip=Abc : y"},
        {"IP: IP: IP: 192.0.2.7", "|ip=192.0.2.7"},
        {"x (from the web, IP: 192.0.2.7, Application: Web (beta)) y",
         "x (from the web|ip=192.0.2.7|application=Web (beta)"},
        {"x, Application: Web (beta), IP: 192.0.2.7", "x|application=Web (beta)|ip=192.0.2.7"},
        {"x, Subject: hi :) there), IP: 192.0.2.7", "x|subject=hi :) there)|ip=192.0.2.7"},
        {"x (y, IP: 192.0.2.7, Application: Web", "x (y|ip=192.0.2.7|application=Web"},
        {"x, IP:\n192.0.2.7\r\nApplication: Web", "x|ip=192.0.2.7|application=Web"},
        {NULL, NULL},
    });
}

static void test_other_prose(void **unused)
{
    (void)unused;
    check((const struct row[]){
        {"[Export type : Download,Name :list_view,Requested By :a@b.example,Export time :Thu Nov 26 09:00:00 "
         "GMT 2026,IP "
         "Address :192.0.2.7,Columns exported :Name|Email|,File name : export_17.xlsx,File Size: 6864,File "
         "type : "
         ".xlsx], Date: 2026-11-26, Application: matfe",
         "|~Export type=Download|~Name=list_view|~Requested By=a@b.example|~Export time=Thu Nov 26 09:00:00 "
         "GMT 2026|"
         "ip=192.0.2.7|~Columns exported=Name|Email||~File name=export_17.xlsx|~File Size=6864|~File "
         "type=.xlsx|date=2026-11-26|application=matfe"},
        {"Mailbox export downloaded. Download filename (HTML Report recovery id): eNq by a@b.example, Date: "
         "2026-11-26",
         "Mailbox export downloaded. Download filename (HTML Report recovery id): eNq by "
         "a@b.example|date=2026-11-26"},
        {"Executed Search - Source: Search, Search Criteria: "
         "{\"keywords\":\"test\",\"start\":\"2021-04-11T16:34:45+0100\"}, "
         "Date: 2021-10-11",
         "Executed Search|~Source=Search|~Search "
         "Criteria={\"keywords\":\"test\",\"start\":\"2021-04-11T16:34:45+0100\"}|date=2021-10-11"},
        {"Connector creation for O365\nName: Sync - 365, Description: null, App (provider): O365\nSuccess: "
         "true, IP: "
         "192.0.2.7",
         "Connector creation for O365|~Name=Sync - 365|~Description=null|~App (provider)=O365|~Success=true|"
         "ip=192.0.2.7"},
        {"Incident Created -  TR-1, type : manual, IP: 192.0.2.7",
         "Incident Created -  TR-1|~type=manual|ip=192.0.2.7"},
        {"Threat feeds download  - grid_2021.zip, Date: 2021-10-10",
         "Threat feeds download  - grid_2021.zip|date=2021-10-10"},
        {"Policy \"Block, all | of = it\" changed", "Policy \"Block, all | of = it\" changed"},
        {"No changes found.", "No changes found."},
        {"see https://x.example/a:b, http://y.example", "see https://x.example/a:b, http://y.example"},
        {"at 10:00:00, 11:00: lunch", "at 10:00:00, 11:00: lunch"},
        {"x, Old IP: 192.0.2.1, New IP: 192.0.2.2", "x|~Old IP=192.0.2.1|~New IP=192.0.2.2"},
        {"mail for bob IP: 192.0.2.1", "mail for bob|ip=192.0.2.1"},
        {"zip: a, skip: b", "|~zip=a|~skip=b"},
        {"x, Date: , Time:, IP: 192.0.2.7", "x|ip=192.0.2.7"},
        {"Date: soon, Time: now, IP: unknown, Application: , Method:", "|date=soon|time=now|ip=unknown"},
        {"x, Reason: \"case 7\", IP: '192.0.2.7'", "x|reason=case 7|ip=192.0.2.7"},
        {"", ""},
        {":", ":"},
        {"::::", "::::"},
        {": x", ": x"},
        {"IP:", ""},
        {"IP is", "IP is"},
        {"Remote IP is", "Remote IP is"},
        {"a <b, IP: 192.0.2.7", "a <b|ip=192.0.2.7"},
        {"a < b, IP: 192.0.2.7, c > d", "a < b|ip=192.0.2.7, c > d"},
        {NULL, NULL},
    });
}

/* Who writes a subject, a reason or a name writes no piece of the program's. */
static void test_what_people_write(void **unused)
{
    (void)unused;
    check((const struct row[]){
        {"Viewed Message - Source: Search, From: <Bob> bob@x.example, To: <Ann> ann@b.example, Subject: "
         "Hello: again, "
         "Processed: 2026-11-20 07:59:23+0000, Viewed Content: True, Date: 2026-11-26, IP: 192.0.2.7",
         "Viewed Message|~Source=Search|from=<Bob> bob@x.example|to=<Ann> ann@b.example|subject=Hello: again|"
         "~Processed=2026-11-20 07:59:23+0000|~Viewed Content=True|date=2026-11-26|ip=192.0.2.7"},
        {"View, From: b@x.example, To: a@b.example, Subject: Hi, IP: 203.0.113.6, From: evil@x.example, "
         "Subject: other, "
         "Processed: now, IP: 192.0.2.7",
         "View|from=b@x.example|to=a@b.example|subject=Hi, IP: 203.0.113.6, From: evil@x.example, Subject: "
         "other|~Processed=now|ip=192.0.2.7"},
        {"View, From: <x, IP: 203.0.113.6> b@x.example, IP: 192.0.2.7", "View|from=<x, IP: 203.0.113.6> "
                                                                        "b@x.example|ip=192.0.2.7"},
        {"View, Subject: my IP: 203.0.113.6 Remote IP is 203.0.113.7, Date: 2026-11-26",
         "View|subject=my IP: 203.0.113.6 Remote IP is 203.0.113.7|date=2026-11-26"},
        {"Search by Ada <a@b.example> Reason: \"case 7\", Subject: a, b: c, From: x@y.example, To: "
         "z@y.example",
         "Search by Ada <a@b.example>|reason=case 7|subject=a, b: c|from=x@y.example|to=z@y.example"},
        {"x, IP: 203.0.113.6, Browser: a, IP: 192.0.2.7", "x|~IP=203.0.113.6|~Browser=a|ip=192.0.2.7"},
        {"x, Subject: \"a, Date: 2026-11-26, IP: 192.0.2.7", "x|subject=\"a|date=2026-11-26|ip=192.0.2.7"},
        {NULL, NULL},
    });
}

static void test_any_bytes(void **unused)
{
    (void)unused;
    struct label_set *set = new_set();
    static const char nul[] = "a\0b, IP: 192.0.2.7\0, Application: \xff\xfe, Time: \xe2\x80\xae"
                              "00:90\xe2\x80\xac";
    postern_text prose = {nul, sizeof nul - 1};
    assert_string_equal(show(set, (postern_text){NULL, 0}), "");
    struct labelled_piece pieces[PIECES_LIMIT];
    postern_text before;
    assert_int_equal(labels_read(prose, set, pieces, &before), 3);
    assert_int_equal(before.size, 3);
    assert_int_equal(pieces[0].text.size, 9); /* the NUL at its end is white space */
    assert_true(text_is(pieces[1].text, "\xff\xfe"));
    assert_true(text_is(pieces[2].text, "\xe2\x80\xae"
                                        "00:90\xe2\x80\xac"));
    free(set);
}

/* Repeats `what` up to a MiB, between a beginning and an end. */
static postern_text long_text(const char *begin, const char *what, const char *end)
{
    size_t size = 1 << 20, at = strlen(begin);
    char *text = malloc(size + strlen(end) + 1);
    memcpy(text, begin, at);
    for (size_t i = 0; at < size; at++, i++)
        text[at] = what[i % strlen(what)];
    memcpy(text + size, end, strlen(end) + 1);
    return (postern_text){text, size + strlen(end)};
}

/* However many labels there are, the true ones at both ends count. */
static void test_hostile_lengths(void **unused)
{
    (void)unused;
    static const char *const middles[] = {":", "a: ",  "a:",   ", Abc: d", "<a",     "[",
                                          "]", "IP: ", " is ", "\0x",      ", IP: 1"};
    struct label_set *set = new_set();
    struct labelled_piece pieces[PIECES_LIMIT];
    for (size_t i = 0; i < sizeof middles / sizeof *middles; i++) {
        postern_text before,
            prose = long_text("From: a@b.example, Subject: x ", middles[i][0] ? middles[i] : "\x01",
                              ", IP: 192.0.2.7, Application: Web");
        size_t count = labels_read(prose, set, pieces, &before);
        assert_true(count >= 3 && count <= PIECES_LIMIT);
        assert_true(pieces[0].piece == 4 && text_is(pieces[0].text, "a@b.example"));
        assert_true(pieces[1].piece == 6);
        assert_true(pieces[count - 1].piece == 3 && text_is(pieces[count - 1].text, "Web"));
        assert_true(pieces[count - 2].piece == 2 && text_is(pieces[count - 2].text, "192.0.2.7"));
        free((char *)(uintptr_t)prose.data);
    }
    free(set);
}

static void test_sets(void **unused)
{
    (void)unused;
    struct label_set *set = new_set();
    static const char *const bad[] = {"",         " ",   "is",
                                      "a:b",      "a,b", "a b c d e f",
                                      "\xc3\xa4", "x.y", "0123456789012345678901234567890123456789012345678"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strcmp(bad[i], "is") != 0)
            assert_int_equal(label_set_add(set, text_of(bad[i]), 1, false), LABEL_MALFORMED);
    assert_int_equal(label_set_add(set, TEXT(" ip "), 1, false), LABEL_TWICE);
    assert_int_equal(label_set_add(set, TEXT("IP ADDRESS"), 1, false), LABEL_TWICE);
    for (size_t i = set->count; i < LABELS_LIMIT; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%zu", i);
        assert_int_equal(label_set_add(set, text_of(name), 1, false), LABEL_FINE);
    }
    assert_int_equal(label_set_add(set, TEXT("more"), 1, false), LABEL_TOO_MANY);
    assert_string_equal(show(set, TEXT("x, n119: y, n120: z")), "x|time=y|~n120=z");
    free(set);
}

/* A free piece that is closed ends at labels of the set only, though they be of no piece. */
static void test_closed(void **unused)
{
    (void)unused;
    static const struct row rows[] = {
        {"x, Subject: a, Total: 5, Processed: now, Viewed: True, IP: 192.0.2.1",
         "x|subject=a, Total: 5|~Processed=now|~Viewed=True|ip=192.0.2.1"},
        {"x, Subject: a, Processed: no, Total: 5, Processed: now",
         "x|subject=a, Processed: no, Total: 5|~Processed=now"},
        {"x, Reason: a, Total: 5", "x|reason=a|~Total=5"}, /* is not closed */
        {"x, processed : a, Subject: b", "x|~processed=a|subject=b"},
        {NULL, NULL},
    };
    struct label_set *set = new_set();
    label_set_close(set, 6);
    assert_int_equal(label_set_add(set, text_of("Processed"), NO_PIECE, false), LABEL_FINE);
    for (const struct row *row = rows; row->prose; row++)
        assert_string_equal(show(set, text_of(row->prose)), row->pieces);
    free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed),      cmocka_unit_test(test_log_ons),
        cmocka_unit_test(test_other_prose), cmocka_unit_test(test_what_people_write),
        cmocka_unit_test(test_any_bytes),   cmocka_unit_test(test_hostile_lengths),
        cmocka_unit_test(test_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
