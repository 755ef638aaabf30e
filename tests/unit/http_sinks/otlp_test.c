/* OTLP: the published request byte for byte, values of all types, parts, and what answers mean. The bytes
 * that are expected were written by protoc from a description of our own. */
#include "../unit.h"
#include "message.h"
#include "played_sink.h"

#define BODY_SIZE 65536

static char body[BODY_SIZE + 1];
static size_t body_size;
static struct reply reply;

static struct reply receive(postern_arena *arena, postern_text sent)
{
    (void)arena;
    assert_true(sent.size <= BODY_SIZE);
    memcpy(body, sent.data, sent.size);
    body[body_size = sent.size] = '\0';
    return reply;
}

static struct played_sink *make(const char *encoding, const char *form, const char *partial)
{
    static struct played_sink sink;
    const struct option_value values[] = {
        {.name = "url", .type = POSTERN_OPTION_TEXT, .text = "https://logs.example.com:4318"},
        {.name = "compression", .type = POSTERN_OPTION_TEXT, .text = "none"},
        {.name = "encoding", .type = POSTERN_OPTION_TEXT, .text = encoding},
        {.name = "body", .type = POSTERN_OPTION_TEXT, .text = form},
        {.name = "partial", .type = POSTERN_OPTION_TEXT, .text = partial},
        {.name = "tries_after_500", .type = POSTERN_OPTION_INTEGER, .integer = 2}};
    receiver = receive;
    reply = (struct reply){.status = 200, .body = ""};
    assert_true(played_sink_init(&sink, "otlp", values, COUNT(values)));
    return &sink;
}

/* The event of the published request. */
static postern_sink_event event_of(const char *text)
{
    return (postern_sink_event){.size = sizeof(postern_sink_event),
                                .flags = POSTERN_EVENT_JSON,
                                .time_ms = 1795752000123,
                                .received_ms = 1795752001000,
                                .id = KIT_TEXT("00000000000000000000000000000001"),
                                .text = kit_text(text)};
}

static void send_one(const char *encoding, const char *form, const char *text)
{
    struct played_sink *sink = make(encoding, form, "accept");
    const postern_sink_event event = event_of(text), *const list[] = {&event};
    assert_int_equal(played_write(sink, list, 1, 1), POSTERN_OK);
    assert_int_equal(sink->verdicts[0], PLAY_ACCEPTED);
    played_sink_end(sink);
}

static void assert_holds_bytes(const char *hex)
{
    unsigned char bytes[1024];
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (unsigned char)byte;
    }
    assert_non_null(memmem(body, body_size, bytes, size));
}

static void the_published_request_in_bytes(void **state)
{
    (void)state;
    send_one("protobuf", "text", "{\"a\":1}");
    assert_int_equal(body_size, 145);
    assert_holds_bytes(
        "0a8e010a1b0a190a0c736572766963652e6e616d6512090a07706f737465726e126f0a090a07706f737465"
        "726e126209c0540708eecaeb1810091a0b496e666f726d6174696f6e2a090a077b2261223a317d32340a0e"
        "6c6f672e7265636f72642e75696412220a20303030303030303030303030303030303030303030303030303"
        "030303030303159004a4d3ceecaeb18");
}

static void the_published_request_in_json(void **state)
{
    (void)state;
    send_one("json", "text", "{\"a\":1}");
    assert_string_equal(
        body,
        "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{"
        "\"stringValue\":\"postern\"}}]},\"scopeLogs\":[{\"scope\":{\"name\":\"postern\"},\"logRecords\":"
        "[{\"timeUnixNano\":\"1795752000123000000\",\"severityNumber\":9,\"severityText\":\"Information\","
        "\"body\":{\"stringValue\":\"{\\\"a\\\":1}\"},\"attributes\":[{\"key\":\"log.record.uid\","
        "\"value\":{\"stringValue\":\"00000000000000000000000000000001\"}}],"
        "\"observedTimeUnixNano\":\"1795752001000000000\"}]}]}]}");
}

static const char all_types[] =
    " { \"text\" : \"a\\\"\\u00e9\\ud800\" , \"n\":-7, \"f\":1.50, \"big\":12345678901234567890, \"no\":null,"
    "\"t\":true,\"off\":false, \"empty\":\"\", \"l\":[1, {\"k\":[ ]} ,{}] } ";

static void a_map_in_json(void **state)
{
    (void)state;
    send_one("json", "map", all_types);
    assert_non_null(strstr(
        body, "\"body\":{\"kvlistValue\":{\"values\":["
              "{\"key\":\"text\",\"value\":{\"stringValue\":\"a\\\"\\u00e9\xef\xbf\xbd\"}},"
              "{\"key\":\"n\",\"value\":{\"intValue\":\"-7\"}},"
              "{\"key\":\"f\",\"value\":{\"doubleValue\":1.50}},"
              "{\"key\":\"big\",\"value\":{\"stringValue\":\"12345678901234567890\"}},"
              "{\"key\":\"no\",\"value\":{}},{\"key\":\"t\",\"value\":{\"boolValue\":true}},"
              "{\"key\":\"off\",\"value\":{\"boolValue\":false}},"
              "{\"key\":\"empty\",\"value\":{\"stringValue\":\"\"}},"
              "{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},"
              "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":[]}}}]"
              "}},{\"kvlistValue\":{\"values\":[]}}]}}}]}}"));
}

static void a_map_in_bytes(void **state)
{
    (void)state;
    send_one("protobuf", "map", all_types);
    assert_holds_bytes("329b010a110a047465787412090a076122c3a9efbfbd0a100a016e120b18f9ffffffffffffffff010a0e"
                       "0a0166120921000000000000f83f0a1d0a0362696712160a143132333435363738393031323334353637"
                       "3839300a060a026e6f12000a070a0174120210010a090a036f6666120210000a0b0a05656d7074791202"
                       "0a000a1c0a016c12172a150a0218010a0b32090a070a016b12022a000a023200");
}

static void what_lies_too_deep_is_a_text(void **state)
{
    char deep[256] = {0};
    (void)state;
    memset(deep, '[', 40);
    memset(deep + 40, ']', 40);
    send_one("json", "map", deep);
    assert_non_null(strstr(body, "{\"stringValue\":\"[[[[[[[[]]]]]]]]\"}"));
}

/* Reads a field that must be there. */
static struct message_value take(postern_text *text, uint32_t number)
{
    struct message_value value;
    assert_true(message_take(text, &value));
    assert_int_equal(value.number, number);
    return value;
}

static void each_resource_has_its_records(void **state)
{
    (void)state;
    struct played_sink *sink = make("protobuf", "text", "accept");
    struct numbered *events = numbered_new(300);
    size_t records[2] = {0};
    for (size_t i = 0; i < 300; i++)
        events->events[i].account = i % 3 ? KIT_TEXT("globex") : KIT_TEXT("acme");
    assert_int_equal(played_write(sink, events->list, 300, 1), POSTERN_OK);
    assert_int_equal(requests_played, 1);
    postern_text rest = kit_span(body, body_size);
    for (size_t part = 0; part < 2; part++) {
        postern_text inside = take(&rest, 1).bytes, resource = take(&inside, 1).bytes;
        const char *account = part ? "globex" : "acme";
        assert_non_null(memmem(resource.data, resource.size, account, strlen(account)));
        postern_text logs = take(&inside, 2).bytes;
        assert_int_equal(inside.size, 0);
        for (take(&logs, 1); logs.size; records[part]++)
            take(&logs, 2);
    }
    assert_int_equal(rest.size, 0);
    assert_int_equal(records[0], 100);
    assert_int_equal(records[1], 200);
    played_sink_end(sink);
    free(events);
}

static void what_answers_mean(void **state)
{
    static const struct {
        const char *partial;
        int status;
        const char *body;
        size_t size;
        postern_status code;
        size_t rejected;
        const char *words;
    } rows[] = {
        {"accept", 200, "", 0, POSTERN_OK, 0, NULL},
        {"accept", 200, "{}", 0, POSTERN_OK, 0, NULL},
        {"accept", 200, "\x0a\x00", 2, POSTERN_OK, 0, NULL},
        {"accept", 200, "<html>log in</html>", 0, POSTERN_E_RETRY, 0, "another language"},
        {"accept", 200, "Accepted\n", 0, POSTERN_E_RETRY, 0, "another language"},
        {"accept", 200, "OK", 0, POSTERN_E_RETRY, 0, "another language"},
        {"accept", 200, "\x0a\x05\x08\x02\x12\x01x", 7, POSTERN_OK, 0, NULL},
        {"accept", 200, "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\",\"errorMessage\":\"old\"}}", 0,
         POSTERN_OK, 0, NULL},
        {"accept", 200, "{\"partialSuccess\":{\"rejectedLogRecords\":4,\"errorMessage\":\"old\"}}", 0,
         POSTERN_OK, 4, "the receiver refuses it: old"},
        {"accept", 200, "\x0a\x08\x08\x04\x12\x04much", 10, POSTERN_OK, 4, "the receiver refuses it: much"},
        {"accept", 200, "{\"partialSuccess\":{\"rejectedLogRecords\":4,\"errorMessage\":\"too\\nold\"}}", 0,
         POSTERN_OK, 4, "the receiver refuses it: too old"},
        {"accept", 400,
         "\x08\x03\x12\x03"
         "bad",
         7, POSTERN_OK, 4, "the receiver answers 400: bad"},
        {"accept", 401, "{\"code\":16,\"message\":\"who?\"}", 0, POSTERN_E_CONFIG, 0, "answers 401: who?"},
        {"accept", 415, "no", 0, POSTERN_E_CONFIG, 0, "answers 415: no"},
        {"accept", 503,
         "\x12\x04"
         "busy",
         6, POSTERN_E_RETRY, 0, "answers 503: busy"},
    };
    (void)state;
    struct numbered *events = numbered_new(4);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct played_sink *sink = make("protobuf", "text", rows[i].partial);
        size_t rejected = 0;
        reply = (struct reply){.status = rows[i].status, .body = rows[i].body, .size = rows[i].size};
        postern_status status = played_write(sink, events->list, 4, 1);
        if (status != rows[i].code) fail_msg("row %zu: %d, %s", i, (int)status, sink->error.message);
        for (size_t n = 0; n < 4; n++)
            rejected += sink->verdicts[n] == PLAY_REJECTED;
        assert_int_equal(rejected, rows[i].rejected);
        const char *said = rows[i].rejected                         ? sink->reason
                           : strstr(sink->error.remedy, "language") ? sink->error.remedy
                                                                    : sink->error.message;
        if (rows[i].words) assert_contains(said, rows[i].words);
        played_sink_end(sink);
    }
    free(events);
}

static void a_500_is_tried_again_some_times(void **state)
{
    static const postern_status expected[] = {POSTERN_E_RETRY, POSTERN_E_RETRY, POSTERN_E_CONFIG,
                                              POSTERN_E_CONFIG};
    (void)state;
    struct played_sink *sink = make("json", "text", "accept");
    struct numbered *events = numbered_new(1);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT(expected); i++) {
            reply = (struct reply){.status = 500, .body = "{}"};
            assert_int_equal(played_write(sink, events->list, 1, 1), expected[i]);
            assert_int_equal(sink->verdicts[0], PLAY_OPEN);
        }
        reply = (struct reply){.status = 200, .body = "{}"}; /* and from the beginning */
        assert_int_equal(played_write(sink, events->list, 1, 1), POSTERN_OK);
    }
    played_sink_end(sink);
    free(events);
}

static void what_is_no_500_ends_their_row(void **state)
{
    static const int statuses[] = {500, 500, 503, 500, 500};
    (void)state;
    struct played_sink *sink = make("json", "text", "accept");
    struct numbered *events = numbered_new(1);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        reply = (struct reply){.status = statuses[i], .body = "{}"};
        assert_int_equal(played_write(sink, events->list, 1, 1), POSTERN_E_RETRY);
    }
    played_sink_end(sink);
    free(events);
}

static void an_empty_page_is_no_answer(void **state)
{
    const postern_pair page = {KIT_TEXT("content-type"), KIT_TEXT("text/html; charset=utf-8")};
    (void)state;
    struct played_sink *sink = make("json", "text", "accept");
    struct numbered *events = numbered_new(1);
    reply = (struct reply){.status = 200, .body = "", .headers = &page, .header_count = 1};
    assert_int_equal(played_write(sink, events->list, 1, 1), POSTERN_E_RETRY);
    reply.headers = NULL, reply.header_count = 0;
    assert_int_equal(played_write(sink, events->list, 1, 1), POSTERN_OK);
    played_sink_end(sink);
    free(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_request_in_bytes),
        cmocka_unit_test(the_published_request_in_json),
        cmocka_unit_test(a_map_in_json),
        cmocka_unit_test(a_map_in_bytes),
        cmocka_unit_test(what_lies_too_deep_is_a_text),
        cmocka_unit_test(each_resource_has_its_records),
        cmocka_unit_test(what_answers_mean),
        cmocka_unit_test(a_500_is_tried_again_some_times),
        cmocka_unit_test(what_is_no_500_ends_their_row),
        cmocka_unit_test(an_empty_page_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
