/* Texts of outsiders in the key_value format: there is no escaping, and yet none of them may speak for
 * another field, and no record may hold a key twice. */
#include "../sanitized.h"
#include "harness.h"

static const struct {
    const char *why;
    postern_text line;
    const char *event;
} rows[] = {
    {"a subject that ends itself, writes fields and opens a text for its own end",
     TEXT("aCode=k|MsgId=<1@x>|Subject=\\invoice\\|headerFrom=ceo@c.example|Sender=ceo@c.example|Act=Rej|x="
          "\\y\\"
          "|headerFrom=m@bad.example|Sender=m@bad.example|Rcpt=bob@example.net|SpamInfo=[]|Act=Acc"),
     "{\"aCode\":\"k\",\"MsgId\":\"<1@x>\",\"Subject\":\"invoice\\\\|headerFrom=ceo@c.example|Sender=ceo@c."
     "example"
     "|Act=Rej|x=\\\\y\",\"headerFrom\":\"m@bad.example\",\"Sender\":\"m@bad.example\",\"Rcpt\":\"bob@"
     "example.net\","
     "\"SpamInfo\":\"[]\",\"Act\":\"Acc\"}"},
    {"one field is enough, and further texts of the record stay what they are",
     TEXT("aCode=k|Subject=\\a\\|Sender=ceo@c.example|x=\\y\\|headerFrom=m@bad.example|Sender=m@bad.example|"
          "Act=Rej"
          "|RejType=\\t\\|RejInfo=\\no | way\\"),
     "{\"aCode\":\"k\",\"Subject\":\"a\\\\|Sender=ceo@c.example|x=\\\\y\",\"headerFrom\":\"m@bad.example\","
     "\"Sender\":\"m@bad.example\",\"Act\":\"Rej\",\"RejType\":\"t\",\"RejInfo\":\"no | way\"}"},
    {"a key in the other case is the same key",
     TEXT("Subject=\\a\\|sENDER=ceo@c.example|x=\\y\\|headerFrom=m@bad.example|Sender=m@bad.example"),
     "{\"Subject\":\"a\\\\|sENDER=ceo@c.example|x=\\\\y\",\"headerFrom\":\"m@bad.example\",\"Sender\":\"m@"
     "bad.example\"}"},
    {"a closing that nothing opened belongs to the text, even where no key stands twice",
     TEXT("Subject=\\a\\|Hits=9|b=c\\|headerFrom=m@bad.example|Sender=m@bad.example"),
     "{\"Subject\":\"a\\\\|Hits=9|b=c\",\"headerFrom\":\"m@bad.example\",\"Sender\":\"m@bad.example\"}"},
    {"a field in front of all texts of outsiders counts, whatever comes behind",
     TEXT("Act=Acc|Dir=Inbound|Subject=\\a\\|Act=Rej|Dir=Internal|x=\\y\\|Sender=m@bad.example"),
     "{\"Act\":\"Acc\",\"Dir\":\"Inbound\",\"Subject\":\"a\\\\|Act=Rej|Dir=Internal|x=\\\\y\",\"Sender\":\"m@"
     "bad.example\"}"},
    {"an answer of another server that writes fields",
     TEXT("Delivered=true|Sender=a@c.example|ReceiptAck=\\250 "
          "ok\\|Delivered=false|Sender=b@c.example|x=\\y\\|Subject=\\s\\"
          "|Latency=5"),
     "{\"Delivered\":\"true\",\"Sender\":\"a@c.example\",\"ReceiptAck\":\"250 "
     "ok\\\\|Delivered=false|Sender=b@c.example"
     "|x=\\\\y\",\"Subject\":\"s\",\"Latency\":\"5\"}"},
    {"a reason behind a plain subject",
     TEXT("aCode=k|Subject=\\s\\|headerFrom=a@c.example|Act=Rej|RejInfo=\\no\\|Act=Acc|x=\\y\\"),
     "{\"aCode\":\"k\",\"Subject\":\"s\",\"headerFrom\":\"a@c.example\",\"Act\":\"Rej\",\"RejInfo\":\"no\\\\|"
     "Act=Acc"
     "|x=\\\\y\"}"},
    {"two texts, either of which may have written it: text, and no field",
     TEXT("aCode=k|Subject=\\a\\|Sender=a@c.example|RejInfo=\\b\\|Sender=b@c.example|Act=Rej|RejType=\\t\\|"
          "SpamScore=1"),
     "{\"aCode\":\"k\",\"Subject\":\"a\\\\|Sender=a@c.example|RejInfo=\\\\b\\\\|Sender=b@c.example|Act=Rej|"
     "RejType=\\\\t\","
     "\"SpamScore\":\"1\"}"},
    {"two texts, one of which makes a field in front of it text so that the other can write it",
     TEXT("Subject=\\s\\|headerFrom=h@x|Act=Rej|AttNames=a|Snt=1|b.pdf|RejInfo=\\n\\|Act=Acc|x=\\y\\|Snt=5"),
     "{\"Subject\":\"\\\\s\\\\|headerFrom=h@x|Act=Rej|AttNames=a|Snt=1|b.pdf|RejInfo=\\\\n\\\\|Act=Acc\","
     "\"x\":\"y\",\"Snt\":\"5\"}"},
    {"a message id that writes fields",
     TEXT("aCode=k|MsgId=<1@x|Sender=ceo@c.example|y=z>|Subject=\\s\\|headerFrom=m@bad.example|Sender=m@bad."
          "example"),
     "{\"aCode\":\"k\",\"MsgId\":\"<1@x|Sender=ceo@c.example|y=z>\",\"Subject\":\"s\",\"headerFrom\":\"m@bad."
     "example\","
     "\"Sender\":\"m@bad.example\"}"},
    {"a display name that writes fields",
     TEXT("aCode=k|Subject=\\s\\|headerFrom=\"x|Act=Acc|Rcpt=eve@c.example\" "
          "<m@bad.example>|Sender=m@bad.example"
          "|Rcpt=bob@c.example|Act=Rej"),
     "{\"aCode\":\"k\",\"Subject\":\"s\",\"headerFrom\":\"\\\"x|Act=Acc|Rcpt=eve@c.example\\\" "
     "<m@bad.example>\","
     "\"Sender\":\"m@bad.example\",\"Rcpt\":\"bob@c.example\",\"Act\":\"Rej\"}"},
    {"a local part that writes fields", TEXT("Act=Acc|Sender=a|Rcpt=eve@c.example|Rcpt=bob@c.example"),
     "{\"Act\":\"Acc\",\"Sender\":\"a|Rcpt=eve@c.example\",\"Rcpt\":\"bob@c.example\"}"},
    {"a | in a url",
     TEXT("datetime=2026-11-26T12:59:10+0000|acc=C1|reason=malicious|url=https://x.example/"
          "?a=1|b=2|c|d=|route=inbound"
          "|sourceIp=192.0.2.1|sender=a@example.com"),
     "{\"datetime\":\"2026-11-26T12:59:10+0000\",\"acc\":\"C1\",\"reason\":\"malicious\","
     "\"url\":\"https://x.example/?a=1|b=2|c|d=\",\"route\":\"inbound\",\"sourceIp\":\"192.0.2.1\","
     "\"sender\":\"a@example.com\"}"},
    {"a url that writes fields which come behind it, with one that does not",
     TEXT(
         "acc=C1|url=https://x.example/?|Hits=9|sender=ceo@c.example|b=2|route=inbound|sender=a@example.com"),
     "{\"acc\":\"C1\",\"url\":\"https://x.example/?|Hits=9|sender=ceo@c.example|b=2\",\"route\":\"inbound\","
     "\"sender\":\"a@example.com\"}"},
    {"names of attachments that write fields",
     TEXT("aCode=k|Act=Acc|AttCnt=1|AttNames=a|Act=Rej|b.pdf|MsgSize=7|MsgId=<m>"),
     "{\"aCode\":\"k\",\"Act\":\"Acc\",\"AttCnt\":\"1\",\"AttNames\":\"a|Act=Rej|b.pdf\",\"MsgSize\":\"7\","
     "\"MsgId\":\"<m>\"}"},
    {"JSON is whole, whatever its texts hold",
     TEXT("Act=Acc|SpamProcessingDetail={\"rbl\":{\"info\":\"a|Act=Rej|b=c\",\"allow\":true}}|SpamInfo=[\"x|"
          "Sender=y\"]"
          "|Sender=a@x"),
     "{\"Act\":\"Acc\",\"SpamProcessingDetail\":\"{\\\"rbl\\\":{\\\"info\\\":\\\"a|Act=Rej|b=c\\\","
     "\\\"allow\\\":true}}\","
     "\"SpamInfo\":\"[\\\"x|Sender=y\\\"]\",\"Sender\":\"a@x\"}"},
    {"a subject cannot hide fields behind a bracket",
     TEXT("Subject=\\a|x={\"\\|Sender=m@bad.example|SpamProcessingDetail={\"spf\":{\"allow\":true}}|"
          "SpamScore=1"),
     "{\"Subject\":\"a|x={\\\"\",\"Sender\":\"m@bad.example\",\"SpamProcessingDetail\":\"{\\\"spf\\\":{"
     "\\\"allow\\\":true}}\","
     "\"SpamScore\":\"1\"}"},
    {"a field that stands in a text in front of it as well",
     TEXT("Subject=\\fwd: |Act=Rej\\|headerFrom=a@x|Act=Acc"),
     "{\"Subject\":\"fwd: |Act=Rej\",\"headerFrom\":\"a@x\",\"Act\":\"Acc\"}"},
    {"a field that stands in a text behind it as well",
     TEXT("Subject=\\s\\|headerFrom=a@x|Act=Acc|RejInfo=\\x |Act=y\\"),
     "{\"Subject\":\"s\",\"headerFrom\":\"a@x\",\"Act\":\"Acc\",\"RejInfo\":\"x |Act=y\"}"},
    {"a key twice and no text that could hold it: the first", TEXT("a=1|a=2|b=3"),
     "{\"a\":\"1|a=2\",\"b\":\"3\"}"},
    {"one pair", TEXT("Subject=\\\\"), "{\"Subject\":\"\"}"},
    {"one backslash ends a text and opens none", TEXT("Act=Rej|RejInfo=\\no|Act=Acc|x=\\|Subject=\\s|b=\\"),
     "{\"Act\":\"Rej\",\"RejInfo\":\"no|Act=Acc|x=\",\"Subject\":\"s|b=\"}"},
    {"a value that ends with a backslash", TEXT("fileName=C:\\|Act=Acc|Size=1\\"),
     "{\"fileName\":\"C:\\\\\",\"Act\":\"Acc\",\"Size\":\"1\\\\\"}"},
};

static struct outcome *read_line(struct test_source *source, const char *line, size_t size)
{
    struct buffer text = {.limit = 8 << 20};
    buffer_append(&text, line, size);
    buffer_append_byte(&text, '\n');
    struct outcome *got =
        source_answer(source, &(struct question){.token = "t", .attempt = 4, .body = buffer_text(&text)});
    buffer_free(&text);
    return got;
}

static void texts(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got = read_line(&source, rows[i].line.data, rows[i].line.size);
        assert_int_equal(got->event_count, 1);
        if (strcmp(got->events[0].json, rows[i].event)) {
            print_error("%s: %s\n instead of %s\n", rows[i].why, got->events[0].json, rows[i].event);
            wrong++;
        }
        outcome_free(got);
        source_close(&source);
    }
    assert_int_equal(wrong, 0);
}

/* Records as Mimecast writes them. ~ stands where an outsider's text is. */
static const char *const records[] = {
    "datetime=D|aCode=k|acc=C1|SpamLimit=0|IP=192.0.2.1|Dir=Inbound|MsgId=<1~@x>|Subject=\\s~\\|headerFrom="
    "\"A~\" "
    "<m@x>|Sender=m@x|Rcpt=b@y|SpamInfo=[]|Act=Rej|TlsVer=TLSv1|SpamProcessingDetail={\"spf\":{}}|SpamScore=1"
    "|RejType=\\t\\|RejCode=550|RejInfo=\\no~\\",
    "datetime=D|aCode=k|acc=C1|Delivered=true|IP=192.0.2.1|AttCnt=0|Dir=Inbound|ReceiptAck=\\250~ "
    "ok\\|MsgId=<1~@x>"
    "|Subject=\\s~\\|Latency=5|Sender=m@x|Rcpt=b@y|AttSize=0|Attempt=1|TlsVer=TLSv1|Snt=2|UseTls=Yes|Route="
    "\\r\\",
    "datetime=D|acc=C1|reason=malicious|url=https://x.example/?~|route=inbound|sourceIp=192.0.2.1|sender=m@x"
    "|recipient=b@y|urlCategory=Phishing|senderDomain=x|subject=\\s~\\|msgid=<1~@x>|action=Block",
    "datetime=D|aCode=k|acc=C1|AttSize=1267|Act=Acc|AttCnt=2|AttNames=a~.pdf|Subject=\\s~\\|MsgSize=2116|"
    "MsgId=<1~@x>",
    "datetime=D|acc=C1|fileName=a~.exe|sha256=aa|Size=5|IP=192.0.2.1|Recipient=b@y|SenderDomain=x|fileExt="
    "exe~"
    "|Subject=\\s~\\|MsgId=<1~@x>|Sender=m@x|Virus=Eicar|sha1=bb|SenderDomainInternal=false|fileMime=a/"
    "b~|Route=Inbound",
};

/* What an outsider writes; % stands for pairs of keys that the record has. */
static const char *const attacks[] = {
    "\\|%|x=\\y",
    "\\|%|RejInfo=\\y",
    "\\|%",
    "\\|x=y|%|z",
    "|%|x=",
    "|%",
    "|Hits=1|%|x=y\\",
    "\\|Hits=1|%|Err=\\\\",
    "\"|%|\"",
    ">|%|y=<",
    "|q=b\\|%|r=c",
    "|Hits=1|q=b\\|%",
    "\\|q=b\\|%",
    "|q=>|%",
};

static void append_fakes(struct buffer *text, const char *keys)
{
    for (const char *at = keys; *at;) {
        size_t size = strcspn(at, " ");
        buffer_append_string(text, at == keys ? "" : "|");
        buffer_append(text, at, size);
        buffer_append_string(text, "=FAKE");
        at += size + (at[size] == ' ');
    }
}

static void append_attack(struct buffer *text, const char *attack, const char *keys)
{
    for (; *attack; attack++)
        if (*attack == '%')
            append_fakes(text, keys);
        else
            buffer_append_byte(text, *attack);
}

/* True if a key of the record has the outsider's value. */
static bool has_fake(const char *json, const char *record, const char *keys)
{
    for (const char *at = keys; *at;) {
        char in_record[64], in_event[64];
        int size = (int)strcspn(at, " ");
        snprintf(in_record, sizeof in_record, "|%.*s=", size, at);
        snprintf(in_event, sizeof in_event, "\"%.*s\":\"FAKE", size, at);
        if (strcasestr(record, in_record) && strcasestr(json, in_event)) return true;
        at += size + (at[size] == ' ');
    }
    return false;
}

struct attempt {
    const char *record, *keys;
    const char *attack, *other; /* in the first of the texts, in all others */
    unsigned places;            /* a set of texts */
};

/* The record with the attack; false if it has fewer texts. */
static bool make_line(struct buffer *line, const struct attempt *attempt)
{
    buffer_clear(line);
    unsigned text = 1, first = attempt->places & -attempt->places;
    for (const char *at = attempt->record; *at; at++) {
        if (*at != '~') {
            buffer_append_byte(line, *at);
            continue;
        }
        if (attempt->places & text)
            append_attack(line, text == first ? attempt->attack : attempt->other, attempt->keys);
        text <<= 1;
    }
    return attempt->places < text;
}

/* Tries it in every set of the record's texts; returns how often a text spoke for a field. */
static size_t try_attack(struct test_source *source, struct attempt attempt, size_t *tried)
{
    struct buffer line = {.limit = 1 << 16};
    size_t wrong = 0;
    for (attempt.places = 1; make_line(&line, &attempt); attempt.places++) {
        struct outcome *got = read_line(source, line.data, line.size);
        assert_int_equal(got->event_count, 1);
        if (has_fake(got->events[0].json, attempt.record, attempt.keys)) {
            print_error("%.*s\n becomes %s\n", (int)line.size, line.data, got->events[0].json);
            wrong++;
        }
        ++*tried;
        outcome_free(got);
    }
    buffer_free(&line);
    return wrong;
}

enum { ATTACKS = sizeof attacks / sizeof *attacks, RECORDS = sizeof records / sizeof *records };

/* No text speaks for a field that its record has, wherever it stands and however it is made. */
static void no_text_speaks_for_a_field(void **state)
{
    (void)state;
    static const char *const keys[] = {"Sender", "Act Sender headerFrom", "sha256 Recipient",
                                       "route sender action Dir"};
    struct test_source source = source_open("siem", NULL, 0);
    size_t tried = 0, wrong = 0;
    for (size_t r = 0; r < RECORDS; r++)
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            for (size_t a = 0; a < ATTACKS; a++)
                for (size_t b = (r + k + a) % SANITIZED_SHARE; b < ATTACKS; b += SANITIZED_SHARE)
                    wrong += try_attack(
                        &source, (struct attempt){records[r], keys[k], attacks[a], attacks[b], 0}, &tried);
    source_close(&source);
    assert_true(tried > 20000 / SANITIZED_SHARE);
    assert_int_equal(wrong, 0);
}

/* A megabyte of each kind that asks for looking far ahead: were the time not linear, the test would run into
 * its limit. */
static void long_lines(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a=\\|",
        "Act=x|",
        "url=|Act=1|",
        "Subject=\\a\\|Sender=b|",
        "x={\"a\":[|",
        "Sender=\"|Act=|",
        "MsgId=<|RejInfo=\\b\\|Err=\\|",
        "a=\\b\\|c=d|",
        "Sender=a|Rcpt=b|",
        "_=|",
    };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct buffer text = {.limit = 4 << 20};
        while (text.size < 1 << 20)
            buffer_append_string(&text, pieces[i]);
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got = read_line(&source, text.data, text.size);
        assert_int_equal(got->event_count, 1);
        outcome_free(got);
        source_close(&source);
        buffer_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts), cmocka_unit_test(no_text_speaks_for_a_field),
                                       cmocka_unit_test(long_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
