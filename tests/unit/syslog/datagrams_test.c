/* A batch as datagrams of UDP, whose receiver is away for a while. */
#include "desk.h"
#include "syslog_sink.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 5

/* What a sink is made of, as far as it sends. */
struct sender {
    struct desk desk;
    struct syslog_sink sink;
    struct target_entry target;
    char message[4096];
};

static bool is_accepted[EVENTS];

static postern_status accept_one(postern_result *result, size_t index)
{
    (void)result;
    assert_true(index < EVENTS && !is_accepted[index]);
    is_accepted[index] = true;
    return POSTERN_OK;
}

static postern_status reject_none(postern_result *result, size_t index, const char *reason)
{
    (void)result, (void)index;
    fail_msg("rejected: %s", reason);
    return POSTERN_E_INVALID;
}

/* A receiver at that port, or with 0 at any. */
static int receiver_at(uint16_t *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void open_sender(struct sender *sender, uint16_t port)
{
    char name[64];
    open_desk(&sender->desk, no_options, 0);
    sender->sink = (struct syslog_sink){.host = &sender->desk.module->host,
                                        .form = sender->desk.form,
                                        .targets = {.entries = &sender->target, .count = 1},
                                        .message = sender->message};
    sender->sink.form.limit = sizeof sender->message;
    snprintf(name, sizeof name, "udp://127.0.0.1:%u", (unsigned)port);
    assert_int_equal(net_target_read(kit_text(name), syslog_schemes, &sender->target.place, NULL),
                     POSTERN_OK);
    assert_int_equal(net_settings_read(sender->sink.host, &sender->sink.net, NULL), POSTERN_OK);
}

static void close_sender(struct sender *sender)
{
    const postern_call call = {.size = sizeof call};
    link_break(&sender->sink, &call);
    recent_free(&sender->sink.recent);
    net_settings_free(&sender->sink.net);
    close_desk(&sender->desk);
}

static postern_status send_all(struct sender *sender, const postern_sink_event *const *events, size_t count)
{
    const postern_call call = {.size = sizeof call, .attempt = 1};
    const postern_batch batch = {.size = sizeof batch, .events = events, .count = count};
    postern_result result = {.size = sizeof result, .accept = accept_one, .reject = reject_none};
    postern_error error = ERROR_INIT;
    memset(is_accepted, 0, sizeof is_accepted);
    assert_int_equal(link_ready(&sender->sink, &call, &error), POSTERN_OK);
    postern_status status = send_batch(&sender->sink, &call, &batch, &result, &error);
    if (status < 0) link_break(&sender->sink, &call);
    return status;
}

/* What comes again are those alone that were not handed over. */
static void a_refusal_within_a_batch(void **unused)
{
    (void)unused;
    struct sender sender;
    postern_sink_event event = event_of("{}");
    const postern_sink_event *events[EVENTS] = {&event, &event, &event, &event, &event};
    uint16_t port = 0;
    int receiver = receiver_at(&port);
    open_sender(&sender, port);
    assert_int_equal(send_all(&sender, events, EVENTS), POSTERN_OK);
    for (size_t i = 0; i < EVENTS; i++)
        assert_true(is_accepted[i]);
    close(receiver); /* the next one goes to nobody, which the one behind it is told */
    assert_int_equal(send_all(&sender, events, EVENTS), POSTERN_E_RETRY);
    assert_true(is_accepted[0]);
    for (size_t i = 1; i < EVENTS; i++)
        assert_false(is_accepted[i]);
    receiver = receiver_at(&port);
    assert_int_equal(send_all(&sender, events + 1, EVENTS - 1), POSTERN_OK);
    close(receiver);
    close_sender(&sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_refusal_within_a_batch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
