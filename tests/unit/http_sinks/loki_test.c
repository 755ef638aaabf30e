/* Loki: what a push looks like, and refusals that name entries. */
#include "../unit.h"
#include "played_sink.h"
#include "presets/loki.h"
#include <time.h>

#define BODY_SIZE 65536

static char body[BODY_SIZE + 1];
static const char *answers[8]; /* "204", or the words of a 400, in turn */
static size_t answered;

static struct reply receive(postern_arena *arena, postern_text sent)
{
    (void)arena;
    assert_true(sent.size <= BODY_SIZE);
    memcpy(body, sent.data, sent.size);
    body[sent.size] = '\0';
    const char *words = answers[answered++];
    assert_non_null(words); /* else more requests than expected */
    bool good = strcmp(words, "204") == 0;
    return (struct reply){.status = good ? 204 : 400, .body = good ? "" : words};
}

static struct played_sink *make(const char *first, const char *second, const char *third)
{
    static struct played_sink sink;
    static struct option_item metadata[] = {{.name = "who", .text = "%{.a}"}};
    const struct option_value values[] = {
        {.name = "url", .type = POSTERN_OPTION_TEXT, .text = "https://loki.example.com:3100"},
        {.name = "compression", .type = POSTERN_OPTION_TEXT, .text = "none"},
        {.name = "metadata", .type = POSTERN_OPTION_MAP, .items = metadata, .item_count = 1}};
    receiver = receive;
    answered = 0;
    answers[0] = first, answers[1] = second, answers[2] = third;
    assert_true(played_sink_init(&sink, "loki", values, COUNT(values)));
    return &sink;
}

static postern_sink_event event_at(int64_t ms, const char *id, const char *text, bool replayed)
{
    return (postern_sink_event){.size = sizeof(postern_sink_event),
                                .flags = POSTERN_EVENT_JSON | (replayed ? POSTERN_EVENT_REPLAY : 0),
                                .time_ms = ms,
                                .received_ms = 1795752001000,
                                .id = kit_text(id),
                                .account = KIT_TEXT("acme"),
                                .source = KIT_TEXT("siem"),
                                .text = kit_text(text)};
}

static void a_push_has_streams_in_the_order_of_time(void **state)
{
    (void)state;
    struct played_sink *sink = make("204", NULL, NULL);
    const postern_sink_event late = event_at(1795752000124, "1", "{\"a\":\"x\\ny\"}", false),
                             early = event_at(1795752000123, "2", "{}", false),
                             again = event_at(1795752000122, "3", "{\"b\":1}", true),
                             *const list[] = {&late, &again, &early};
    char expected[1024];
    snprintf(expected, sizeof expected,
             "{\"streams\":[{\"stream\":{\"account\":\"acme\",\"source\":\"siem\",\"service_name\":"
             "\"mimecast\",\"replay\":\"1\"},"
             "\"values\":[[\"%lld\",\"{\\\"b\\\":1}\",{\"postern_id\":\"3\"}]]},"
             "{\"stream\":{\"account\":\"acme\",\"source\":\"siem\",\"service_name\":\"mimecast\"},"
             "\"values\":[[\"%lld\",\"{}\",{\"postern_id\":\"2\"}],"
             "[\"%lld\",\"{\\\"a\\\":\\\"x\\\\ny\\\"}\",{\"postern_id\":\"1\",\"who\":\"x\\ny\"}]]}]}",
             (long long)loki_time(&again), (long long)loki_time(&early), (long long)loki_time(&late));
    assert_int_equal(played_write(sink, list, 3, 1), POSTERN_OK);
    assert_string_equal(body, expected);
    played_sink_end(sink);
}

static void the_id_has_its_share_of_the_time(void **state)
{
    (void)state;
    char id[40];
    int64_t seen[100];
    for (size_t i = 0; i < COUNT(seen); i++) {
        snprintf(id, sizeof id, "0123456789abcdef0123456789abcdef-%zu", i);
        const postern_sink_event event = event_at(1795752000123, id, "{}", i % 2);
        seen[i] = loki_time(&event);
        assert_int_equal(seen[i] / 1000000, 1795752000123);
        assert_int_equal(seen[i], loki_time(&event));
        for (size_t n = 0; n < i; n++)
            assert_int_not_equal(seen[n], seen[i]);
    }
}

static void times_are_read_as_the_receiver_writes_them(void **state)
{
    static const struct {
        const char *text;
        int64_t ns; /* 0 = it is none */
    } rows[] = {
        {"2026-11-27 10:00:00 +0000 UTC", 1795773600000000000},
        {"2026-11-27 10:00:00.1234 +0000 UTC ignored", 1795773600123400000},
        {"2026-11-27 11:30:00.000000001 +0130 XYZ", 1795773600000000001},
        {"2026-11-27 02:00:00 -0800 PST", 1795773600000000000},
        {"2024-02-29 00:00:00 +0000 UTC", 1709164800000000000},
        {"2026-11-27T10:00:00Z", 1795773600000000000},
        {"2026-11-27T11:00:00.5+01:00',", 1795773600500000000},
        {"2026-11-27T10:00:00", 0},
        {"2026-11-27T10:00:00+", 0},
        {"2026-13-27 10:00:00 +0000 UTC", 0},
        {"2026-11-27 10:00:00", 0},
        {"then", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ns = 0;
        bool good = loki_read_time(kit_text(rows[i].text), &ns);
        if (good != (rows[i].ns != 0) || ns != rows[i].ns)
            fail_msg("%s: %d, %lld", rows[i].text, good, (long long)ns);
    }
}

/* As Go prints it. */
static void print_time(char *text, size_t size, int64_t ns)
{
    char second[32];
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm parts;
    strftime(second, sizeof second, "%Y-%m-%d %H:%M:%S", gmtime_r(&seconds, &parts));
    snprintf(text, size, "%s.%09lld +0000 UTC", second, (long long)(ns % 1000000000));
}

/* Events 0 .. 5; even ones are of the source audit, odd ones of siem. */
struct refusing {
    struct numbered *events;
    char words[1024];
};

static void refuse(struct refusing *refusing, size_t first, size_t second, const char *total)
{
    char one[64], two[64];
    refusing->events = numbered_new(6);
    print_time(one, sizeof one, loki_time(&refusing->events->events[first]));
    print_time(two, sizeof two, loki_time(&refusing->events->events[second]));
    snprintf(refusing->words, sizeof refusing->words,
             "entry with timestamp %s ignored, reason: 'entry too far behind, it says',\n"
             "entry with timestamp %s ignored, reason: 'entry out of order',\n%s",
             one, two, total);
}

#define SIEM_STREAM                                                                                          \
    "{account=\"acme\", detected=\"x\", service_name=\"mimecast\", source=\"siem\", type=\"receipt\"}"

static void the_named_are_rejected_and_the_others_of_their_stream_are_safe(void **state)
{
    (void)state;
    struct refusing refusing;
    refuse(&refusing, 1, 5, "user 'fake', total ignored: 2 out of 3 for stream: " SIEM_STREAM);
    struct played_sink *sink = make(refusing.words, "204", NULL);
    assert_int_equal(played_write(sink, refusing.events->list, 6, 1), POSTERN_OK);
    assert_int_equal(answered, 2); /* the other stream comes again, since nothing is said of it */
    assert_null(strstr(body, "siem"));
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(sink->verdicts[i], i == 1 || i == 5 ? PLAY_REJECTED : PLAY_ACCEPTED);
    assert_contains(sink->reason, "Loki: entry out of order");
    played_sink_end(sink);
    free(refusing.events);
}

static void what_is_not_named_comes_again(void **state)
{
    (void)state;
    struct refusing refusing;
    refuse(&refusing, 1, 5, "user 'fake', total ignored: 3 out of 3 for stream: " SIEM_STREAM);
    struct played_sink *sink = make(refusing.words, "204", NULL);
    assert_int_equal(played_write(sink, refusing.events->list, 6, 1), POSTERN_OK);
    assert_non_null(strstr(body, refusing.events->ids[3]));
    assert_null(strstr(body, refusing.events->ids[5]));
    played_sink_end(sink);
    free(refusing.events);
}

static void a_stream_of_another_name_is_not_ours(void **state)
{
    static const char *const others[] = {
        "{account=\"acme\", service_name=\"mimecast\", source=\"siem\"}", /* without the type */
        "{account=\"acme\", replay=\"1\", service_name=\"mimecast\", source=\"siem\", type=\"receipt\"}",
        "{account=\"acme\", service_name=\"mimecast\", my_source=\"siem\", type=\"receipt\"}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        char total[256];
        struct refusing refusing;
        snprintf(total, sizeof total, "total ignored: 2 out of 3 for stream: %s", others[i]);
        refuse(&refusing, 1, 5, total);
        struct played_sink *sink = make(refusing.words, "204", "204"); /* in halves */
        assert_int_equal(played_write(sink, refusing.events->list, 6, 1), POSTERN_OK);
        assert_int_equal(answered, 3);
        for (size_t n = 0; n < 6; n++)
            assert_int_equal(sink->verdicts[n], PLAY_ACCEPTED);
        played_sink_end(sink);
        free(refusing.events);
    }
}

static void an_older_server_says_it_in_each_line(void **state)
{
    (void)state;
    struct numbered *events = numbered_new(2);
    char when[64], words[512];
    print_time(when, sizeof when, loki_time(&events->events[1]));
    snprintf(words, sizeof words,
             "entry with timestamp %s ignored, reason: 'entry out of order' for stream: %s,\n"
             "total ignored: 1 out of 1",
             when, SIEM_STREAM);
    struct played_sink *sink = make(words, "204", NULL);
    assert_int_equal(played_write(sink, events->list, 2, 1), POSTERN_OK);
    assert_int_equal(sink->verdicts[1], PLAY_REJECTED);
    assert_string_equal(sink->reason, "Loki: entry out of order");
    assert_int_equal(sink->verdicts[0], PLAY_ACCEPTED);
    played_sink_end(sink);
    free(events);
}

/* Ten are named at most; the oldest time that is acceptable says the rest. */
static void what_is_older_than_acceptable_need_not_be_named(void **state)
{
    (void)state;
    struct numbered *events = numbered_new(50);
    char when[64], oldest[64], words[512];
    for (size_t i = 0; i < 50; i++)
        events->events[i].source = KIT_TEXT("siem"), events->events[i].time_ms += (int64_t)i * 30000;
    print_time(when, sizeof when, loki_time(&events->events[0]));
    print_time(oldest, sizeof oldest, loki_time(&events->events[40]) / 1000000000 * 1000000000);
    snprintf(
        words, sizeof words,
        "entry with timestamp %s ignored, reason: 'entry too far behind, entry timestamp is: then, oldest "
        "acceptable timestamp is: %.10sT%.8sZ',\nuser 'x', total ignored: 40 out of 50 for stream: %s",
        when, oldest, oldest + 11, SIEM_STREAM);
    struct played_sink *sink = make(words, NULL, NULL);
    assert_int_equal(played_write(sink, events->list, 50, 1), POSTERN_OK);
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(sink->verdicts[i], i < 40 ? PLAY_REJECTED : PLAY_ACCEPTED);
    played_sink_end(sink);
    free(events);
}

/* What is repeated after a lost answer is never too far behind what it has stored itself. */
static void a_push_spans_half_an_hour_of_a_stream(void **state)
{
    (void)state;
    struct played_sink *sink = make("204", "204", NULL);
    const int64_t minute = 60000, begin = 1795752000123;
    const postern_sink_event first = event_at(begin, "1", "{}", false),
                             second = event_at(begin + 29 * minute, "2", "{}", false),
                             third = event_at(begin + 31 * minute, "3", "{}", false),
                             old = event_at(begin - 90 * minute, "4", "{}", true),
                             *const list[] = {&third, &second, &first, &old};
    assert_int_equal(played_write(sink, list, 4, 1), POSTERN_OK);
    assert_int_equal(requests_played, 2);
    assert_contains(body, "\"postern_id\":\"3\"");
    assert_null(strstr(body, "\"postern_id\":\"2\""));
    played_sink_end(sink);
}

/* A long value is cut, and not in the midst of a character. */
static void a_value_that_is_too_long_is_cut(void **state)
{
    (void)state;
    static char text[5000] = "{\"a\":\"x";
    for (size_t i = 0; i < 1500; i++)
        strcat(text, "\xc3\xa9");
    strcat(text, "\"}");
    struct played_sink *sink = make("204", NULL, NULL);
    const postern_sink_event event = event_at(1795752000123, "1", text, false), *const list[] = {&event};
    assert_int_equal(played_write(sink, list, 1, 1), POSTERN_OK);
    const char *value = strstr(body, "\"who\":\"x");
    assert_non_null(value);
    assert_int_equal(strcspn(value + 7, "\""), 2047);
    played_sink_end(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_push_has_streams_in_the_order_of_time),
        cmocka_unit_test(the_id_has_its_share_of_the_time),
        cmocka_unit_test(times_are_read_as_the_receiver_writes_them),
        cmocka_unit_test(the_named_are_rejected_and_the_others_of_their_stream_are_safe),
        cmocka_unit_test(what_is_not_named_comes_again),
        cmocka_unit_test(a_stream_of_another_name_is_not_ours),
        cmocka_unit_test(an_older_server_says_it_in_each_line),
        cmocka_unit_test(what_is_older_than_acceptable_need_not_be_named),
        cmocka_unit_test(a_push_spans_half_an_hour_of_a_stream),
        cmocka_unit_test(a_value_that_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
