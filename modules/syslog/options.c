#include "priority.h"
#include "syslog_sink.h"

const struct net_scheme syslog_schemes[] = {
    {"udp", "514", NET_UDP, SPEECH_SYSLOG},
    {"tcp", "514", NET_TCP, SPEECH_SYSLOG},
    {"tls", "6514", NET_TLS, SPEECH_SYSLOG},
    {"unix", NULL, NET_UNIX, SPEECH_SYSLOG},
    {"relp", "2514", NET_TCP, SPEECH_RELP},
    {"relps", "2514", NET_TLS, SPEECH_RELP},
    {.word = NULL},
};

static const char *const formats[] = {"rfc5424", "rfc3164", NULL};
static const char *const framings[] = {"octet", "newline", NULL};
static const char *const outcomes[] = {"reject", "truncate", NULL};

const postern_option *const syslog_options[] = {
    KIT_OPTION(TEXT, "target", NULL,
               "udp://host:514, tcp://, tls://, unix:///path, relp:// or relps://; of several the first that "
               "works is used",
               .flags = POSTERN_OPTION_REQUIRED | POSTERN_OPTION_REPEATABLE),
    KIT_OPTION(TEXT, "format", "rfc5424", "rfc5424, or rfc3164 for receivers that insist",
               .choices = formats),
    KIT_OPTION(TEXT, "framing", "octet", "over tcp and unix streams: octet counting, or newline",
               .choices = framings),
    KIT_OPTION(TEXT, "facility", "local0", "facility of every message", .choices = facility_names),
    KIT_OPTION(TEXT, "severity", "info", "severity, unless severity_field says another one",
               .choices = severity_names),
    KIT_OPTION(TEXT, "severity_field", NULL,
               "field of a JSON event that holds its severity, as event.severity: a name or 0 to 7"),
    KIT_OPTION(MAP, "severity_map", NULL, "severities by the field's values: { high = \"err\" }"),
    KIT_OPTION(TEMPLATE, "host", NULL, "host name in the header; else this machine's"),
    KIT_OPTION(TEMPLATE, "app", "postern", "application (rfc5424) or tag (rfc3164) in the header"),
    KIT_OPTION(TEMPLATE, "procid", NULL, "process id in the header; else none"),
    KIT_OPTION(TEMPLATE, "msgid", "%{type}", "message id in the header of rfc5424"),
    KIT_OPTION(TEXT, "sd_id", "postern@32473", "name of the structured data of rfc5424; - = none"),
    KIT_OPTION(MAP, "structured_data", NULL, "its parameters; else id, account, source and type",
               .flags = POSTERN_OPTION_TEMPLATES),
    KIT_OPTION(TEMPLATE, "prefix", NULL, "what stands before the event in the message, as \"@cee: \""),
    KIT_OPTION(TEMPLATE, "message", NULL,
               "what the message says, as \"%{.act}: %{.subject}\"; else the whole event"),
    KIT_OPTION(BOOLEAN, "bom", "false", "the mark of UTF-8 that rfc5424 wants and few receivers like"),
    KIT_OPTION(SIZE, "max_size", "8KiB", "the most bytes of a message; the receiver must take as many",
               .minimum = 480, .maximum = 16 << 20),
    KIT_OPTION(TEXT, "too_long", "reject", "a longer message: reject (a dead letter) or truncate",
               .choices = outcomes),
    KIT_OPTION(DURATION, "failback", "5m", "try a better target again after so long; 0s = never",
               .minimum = 0, .maximum = 7 * 86400000LL),
    KIT_OPTION(DURATION, "idle_close", "60s", "close a stream that was not used for so long; 0s = never",
               .minimum = 0, .maximum = 7 * 86400000LL),
    KIT_OPTION(
        SIZE, "resend", "8MiB",
        "tcp, tls, unix streams: so much of what was sent is sent again when the connection breaks; 0B "
        "= nothing",
        .minimum = 0, .maximum = 1 << 30),
    KIT_OPTION(DURATION, "resend_age", "10s",
               "when the receiver ended the connection in order: only what was sent so lately", .minimum = 0,
               .maximum = 3600000),
    KIT_OPTION(INTEGER, "window", "128", "relp: the most unanswered messages", .minimum = 1,
               .maximum = 10000),
    KIT_OPTION(INTEGER, "refusals", "10", "relp: a message that was refused so often is a dead letter",
               .minimum = 1, .maximum = 10000),
    NET_OPTIONS,
    NULL,
};
