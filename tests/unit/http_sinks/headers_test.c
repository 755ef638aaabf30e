/* Headers with places: whatever stands in an event, a request can be sent with it. */
#include "../unit.h"
#include "played_sink.h"

static struct reply receive(postern_arena *arena, postern_text body)
{
    (void)arena, (void)body;
    return (struct reply){.status = 200, .body = "{}"};
}

/* Sends an event whose subject was chosen badly. */
static void send_with(const char *name, const struct option_value *own, bool to_204)
{
    static struct played_sink sink;
    static char text[] = "{\"subject\":\"a\\r\\nX-Evil: b\\u007fc\\td\"}";
    const struct option_value values[] = {
        {.name = "url", .type = POSTERN_OPTION_TEXT, .text = "https://logs.example.com/in"},
        {.name = "compression", .type = POSTERN_OPTION_TEXT, .text = "none"},
        *own};
    struct numbered *events = numbered_new(1);
    events->events[0].text = kit_text(text);
    receiver = receive;
    assert_true(played_sink_init(&sink, name, values, COUNT(values)));
    assert_int_equal(played_write(&sink, events->list, 1, 1), to_204 ? POSTERN_E_RETRY : POSTERN_OK);
    played_sink_end(&sink);
    free(events);
}

static void control_characters_become_spaces(void **state)
{
    static struct option_item headers[] = {{.name = "X-Subject", .text = "about %{.subject}"}};
    (void)state;
    send_with("webhook",
              &(struct option_value){
                  .name = "headers", .type = POSTERN_OPTION_MAP, .items = headers, .item_count = 1},
              false);
    assert_contains(headers_played, "X-Subject: about a  X-Evil: b c d\n");
    send_with("sumo",
              &(struct option_value){.name = "name", .type = POSTERN_OPTION_TEMPLATE, .text = "%{.subject}"},
              false);
    assert_contains(headers_played, "X-Sumo-Name: a  X-Evil: b c d\n");
    send_with(
        "loki",
        &(struct option_value){.name = "tenant", .type = POSTERN_OPTION_TEMPLATE, .text = "%{.subject}"},
        true);
    assert_contains(headers_played, "X-Scope-OrgID: a  X-Evil: b c d\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(control_characters_become_spaces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
