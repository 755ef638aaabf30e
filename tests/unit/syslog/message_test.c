/* What a message looks like: headers, structured data, severities, sizes. */
#include "desk.h"

/* The message, or NULL if it does not fit; until the next call. */
static const char *written(const struct desk *desk, const postern_sink_event *event)
{
    static char message[1 << 16];
    struct kit_writer writer = kit_writer_in_buffer(message, desk->form.limit);
    if (message_write(&desk->form, event, &writer) < 0) return NULL;
    assert_true(writer.size <= desk->form.limit);
    message[writer.size] = '\0';
    return message;
}

static void expect(const struct option_value *values, size_t count, const char *text, const char *wanted)
{
    struct desk desk;
    postern_sink_event event = event_of(text);
    open_desk(&desk, values, count);
    assert_int_equal(desk.status, POSTERN_OK);
    assert_string_equal(written(&desk, &event), wanted);
    close_desk(&desk);
}

#define USUAL "[postern@32473 id=\"" ID "\" account=\"acme\" source=\"ttp-url\" type=\"click\"]"
#define TEXT_OPTION(name_, text_)                                                                            \
    {                                                                                                        \
        .name = name_, .type = POSTERN_OPTION_TEXT, .text = text_                                            \
    }
#define TEMPLATE_OPTION(name_, text_)                                                                        \
    {                                                                                                        \
        .name = name_, .type = POSTERN_OPTION_TEMPLATE, .text = text_                                        \
    }

static void rfc5424_by_default(void **unused)
{
    (void)unused;
    expect(no_options, 0, "CEF:0|Mimecast|x",
           "<134>1 2026-01-01T00:00:00.123Z collector postern - click " USUAL " CEF:0|Mimecast|x");
}

static void every_field_can_be_set(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        TEMPLATE_OPTION("app", "mail %{source}"),
        TEMPLATE_OPTION("procid", "%{account}"),
        TEMPLATE_OPTION("msgid", "\xc3\xa4 and what is longer than thirty-two"),
        TEXT_OPTION("sd_id", "-"),
        TEXT_OPTION("facility", "user"),
        TEXT_OPTION("severity", "err"),
        TEMPLATE_OPTION("prefix", "@cee: "),
        TEMPLATE_OPTION("message", "%{.act.what} of %{id}")};
    expect(values, 8, "{\"act\":{\"what\":\"hold\"}}",
           "<11>1 2026-01-01T00:00:00.123Z collector mail_ttp-url acme ___and_what_is_longer_than_thirt - "
           "@cee: hold of " ID);
}

static void rfc3164_pads_the_day(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {TEXT_OPTION("format", "rfc3164"),
                                                 TEMPLATE_OPTION("procid", "7")};
    setenv("TZ", "UTC", 1);
    expect(values, 2, "{}", "<134>Jan  1 00:00:00 collector postern[7]: {}");
}

static void structured_data_is_escaped(void **unused)
{
    (void)unused;
    struct desk desk;
    postern_sink_event event = event_of("{}");
    open_desk(&desk, no_options, 0);
    event.type = KIT_TEXT("a\"b\\c]d\ne");
    assert_non_null(strstr(written(&desk, &event), " a\"b\\c]d_e [")); /* the message id */
    assert_non_null(strstr(written(&desk, &event), "type=\"a\\\"b\\\\c\\]d e\"]"));
    event.type = KIT_TEXT("");
    assert_non_null(strstr(written(&desk, &event), "source=\"ttp-url\"] {}"));
    close_desk(&desk);
}

static void severity_comes_from_a_field(void **unused)
{
    (void)unused;
    static struct option_item map[] = {{.name = "urgent", .text = "alert"}};
    static const struct option_value values[] = {
        TEXT_OPTION("severity_field", "event.severity"),
        {.name = "severity_map", .type = POSTERN_OPTION_MAP, .items = map, .item_count = 1}};
    static const struct {
        const char *text, *priority;
    } cases[] = {
        {"{\"event\":{\"severity\":3}}", "<131>"},          {"{\"event\":{\"severity\":\"High\"}}", "<131>"},
        {"{\"event\":{\"severity\":\"urgent\"}}", "<129>"}, {"{\"event\":{\"severity\":42}}", "<134>"},
        {"{\"event.severity\":\"debug\"}", "<135>"},        {"{\"event\":7}", "<134>"},
        {"{\"event\":{\"severity\":null}}", "<134>"},       {"no JSON", "<134>"}};
    struct desk desk;
    open_desk(&desk, values, 2);
    assert_int_equal(desk.status, POSTERN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        postern_sink_event event = event_of(cases[i].text);
        assert_memory_equal(written(&desk, &event), cases[i].priority, 5);
    }
    close_desk(&desk);
}

/* With every limit the message is whole, or not made, or cut at its end and never within a character. */
static void expect_outcomes(const struct option_value *values, size_t count, const char *text)
{
    struct desk desk;
    postern_sink_event event = event_of(text);
    open_desk(&desk, values, count);
    size_t whole = strlen(written(&desk, &event));
    size_t least = strlen("<134>1 2026-01-01T00:00:00.123Z collector postern - click " USUAL " [truncated] ");
    for (size_t limit = 1; limit <= whole; limit++) {
        desk.form.limit = limit;
        desk.form.truncates = false;
        assert_true((written(&desk, &event) != NULL) == (limit == whole));
        desk.form.truncates = true;
        const char *cut = written(&desk, &event);
        assert_true((cut != NULL) == (limit == whole || limit >= least));
        if (!cut || limit == whole) continue;
        assert_true(strlen(cut) <= limit && strlen(cut) + 4 > limit); /* no more is cut than one character */
        assert_string_equal(cut + strlen(cut) - 12, " [truncated]");
        for (const char *at = cut; *at;) {
            size_t step = kit_utf8_sequence(at, cut + strlen(cut));
            assert_true(step > 0);
            at += step;
        }
    }
    close_desk(&desk);
}

#define LONG_TEXT "0123456789\xc3\xa4\xc3\xa4\xc3\xa4\xe2\x82\xac\xe2\x82\xac\xf0\x9f\x98\x80 the end of it"

static void too_long_has_an_outcome(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        TEMPLATE_OPTION("prefix", "\xe2\x82\xac %{account}: "),
        TEMPLATE_OPTION("message", "%{.text} \xe2\x82\xac %{.text} %{.text} %{.text}")};
    expect_outcomes(no_options, 0, LONG_TEXT);
    expect_outcomes(values, 1, LONG_TEXT);
    expect_outcomes(values, 2, "{\"text\":\"" LONG_TEXT "\"}");
}

/* The advice is not what is set already. */
static void words_of_what_is_too_long(void **unused)
{
    (void)unused;
    struct message_form form = {.limit = 1000};
    char words[160];
    message_too_long(&form, words);
    assert_non_null(strstr(words, "longer than max_size (1000 bytes)"));
    assert_non_null(strstr(words, "too_long"));
    form.truncates = true;
    message_too_long(&form, words);
    assert_non_null(strstr(words, "longer than max_size (1000 bytes)"));
    assert_null(strstr(words, "too_long"));
}

static void what_cannot_be_is_refused(void **unused)
{
    (void)unused;
    static struct option_item pair[] = {{.name = "a b", .text = "x"}},
                              map[] = {{.name = "high", .text = "loud"}};
    static const struct option_value cases[] = {
        TEXT_OPTION("sd_id", "with blank"),
        {.name = "structured_data", .type = POSTERN_OPTION_MAP, .items = pair, .item_count = 1},
        {.name = "severity_map", .type = POSTERN_OPTION_MAP, .items = map, .item_count = 1}};
    for (size_t i = 0; i < 3; i++) {
        struct desk desk;
        open_desk(&desk, &cases[i], 1);
        assert_int_equal(desk.status, POSTERN_E_CONFIG);
        assert_non_null(strstr(desk.error.message, cases[i].name));
        close_desk(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc5424_by_default),          cmocka_unit_test(every_field_can_be_set),
        cmocka_unit_test(rfc3164_pads_the_day),        cmocka_unit_test(structured_data_is_escaped),
        cmocka_unit_test(severity_comes_from_a_field), cmocka_unit_test(too_long_has_an_outcome),
        cmocka_unit_test(what_cannot_be_is_refused),   cmocka_unit_test(words_of_what_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
