/* An instance of the sink "syslog" with options of a test's, and an event for it. */
#ifndef TESTS_UNIT_SYSLOG_DESK_H
#define TESTS_UNIT_SYSLOG_DESK_H

#include "base/error.h"
#include "message.h"
#include "module/instance.h"
#include "module/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef"

static const struct option_value no_options[1];

/* A sink's form with these options, and the event that it is to write. */
struct desk {
    struct module_registry *registry;
    struct module_instance *module;
    struct message_form form;
    postern_error error;
    postern_status status;
};

static inline void open_desk(struct desk *desk, const struct option_value *values, size_t count)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 1 << 20};
    struct option_value all[16] = {{.name = "target", .type = POSTERN_OPTION_TEXT, .text = "udp://127.0.0.1"},
                                   {.name = "host", .type = POSTERN_OPTION_TEMPLATE, .text = "collector"}};
    *desk = (struct desk){.error = ERROR_INIT};
    desk->registry = registry_new(&limits);
    assert_true(registry_load(desk->registry, TEST_MODULE, &desk->error) >= 0);
    for (size_t i = 0; i < count; i++)
        all[i + 2] = values[i];
    const struct module_plan plan = {.registry = desk->registry,
                                     .name = "syslog",
                                     .table = registry_sink(desk->registry, "syslog")->options,
                                     .values = all,
                                     .value_count = count + 2};
    assert_true(module_instance_new(&plan, &desk->module, &desk->error) >= 0);
    desk->status = message_form_read(&desk->module->host, &desk->form, &desk->error);
}

static inline void close_desk(struct desk *desk)
{
    module_instance_free(desk->module);
    registry_free(desk->registry);
}

static inline postern_sink_event event_of(const char *text)
{
    return (postern_sink_event){.size = sizeof(postern_sink_event),
                                .flags = text[0] == '{' ? POSTERN_EVENT_JSON : 0,
                                .time_ms = 1767225600123, /* 2026-01-01T00:00:00.123Z */
                                .id = KIT_TEXT(ID),
                                .account = KIT_TEXT("acme"),
                                .source = KIT_TEXT("ttp-url"),
                                .type = KIT_TEXT("click"),
                                .text = kit_text(text)};
}

#endif
