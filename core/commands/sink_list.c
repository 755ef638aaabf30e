/* `postern sink list`. */
#include "base/plural.h"
#include "base/show.h"
#include "base/text.h"
#include "base/units.h"
#include "commands/sink.h"
#include "report/status.h"

static void print_value(const struct option_value *value)
{
    char text[32];
    show(stdout, "    %s = ", value->name);
    if (value->secret)
        show(stdout, "(secret)");
    else if (value->type == POSTERN_OPTION_DURATION)
        show(stdout, "%s", duration_format(value->integer, text));
    else if (value->type == POSTERN_OPTION_SIZE)
        show(stdout, "%s", size_format(value->integer, text));
    else if (value->type == POSTERN_OPTION_BOOLEAN)
        show(stdout, "%s", value->integer ? "true" : "false");
    else if (value->type == POSTERN_OPTION_INTEGER)
        show(stdout, "%lld", (long long)value->integer);
    else if (value->text)
        show(stdout, "\"%s\"", value->text);
    for (size_t i = 0; i < value->item_count; i++) {
        const struct option_item *item = &value->items[i];
        show(stdout, "%s%s%s", i ? ", " : "", item->name ? item->name : "", item->name ? " = " : "");
        show(stdout, item->secret ? "(secret)" : "\"%s\"", item->text ? item->text : "");
    }
    show(stdout, "\n");
}

static void print_feeding(const struct config_sink *sink)
{
    const struct config_batching *batching = &sink->batching;
    char text[32];
    show(stdout, "    fed with");
    if (batching->events) show(stdout, " batch_events = %lld,", (long long)batching->events);
    if (batching->bytes) show(stdout, " batch_bytes = %s,", size_format(batching->bytes, text));
    if (batching->wait_ms) show(stdout, " batch_wait = %s,", duration_format(batching->wait_ms, text));
    show(stdout, " parallel = %lld, when_full = \"%s\" unless a pipeline says otherwise\n",
         (long long)(batching->parallel > 1 ? batching->parallel : 1),
         sink->when_full == WHEN_FULL_DROP_OLDEST ? "drop_oldest" : "wait");
}

static void print_delivery(const struct status_report *report, const struct delivery_record *delivery)
{
    char size[32], age[32], last[32];
    show(stdout, "    delivery %s: %s", delivery->name, delivery_state_name(delivery->state));
    if (delivery->last_success_ms)
        show(stdout, ", last success %s ago",
             duration_format(report->now_ms - delivery->last_success_ms, last));
    else
        show(stdout, ", no success yet");
    if (delivery->backlog_events)
        show(stdout, ", %lld event%s wait%s (%s, the oldest for %s)", (long long)delivery->backlog_events,
             plural(delivery->backlog_events), plural_verb(delivery->backlog_events),
             size_format(delivery->backlog_bytes, size),
             duration_format(report->now_ms - delivery->waiting_since_ms, age));
    show(stdout, "\n");
    if (delivery->last_error[0]) show(stdout, "      ! %s\n", delivery->last_error);
}

static void print_breaker(const struct status_report *report, const char *sink)
{
    char since[32];
    const struct breaker_record *breaker = status_breaker(report, sink);
    if (breaker)
        show(stdout, "    breaker %s for %s\n", breaker_state_name(breaker->state),
             duration_format(report->now_ms - breaker->since_ms, since));
}

static void print_sink(const struct status_report *report, const struct module_registry *registry,
                       const struct config_sink *sink)
{
    const struct loaded_module *loaded = registry_sink_module(registry, sink->type);
    const postern_module *module = loaded ? loaded->module : NULL;
    size_t deliveries = 0;
    show(stdout, "sink %s: %s (module %s %s)\n", sink->name, sink->type, module ? module->name : "?",
         module ? module->version : "");
    if (sink->missing) show(stdout, "    ! %s\n", sink->missing);
    print_breaker(report, sink->name);
    for (size_t i = 0; i < report->delivery_count; i++) {
        const struct delivery_record *delivery = &report->deliveries[i];
        if (delivery->removed_ms || strcmp(delivery_sink(delivery), sink->name) != 0) continue;
        print_delivery(report, delivery);
        deliveries++;
    }
    if (!deliveries) show(stdout, "    no delivery yet\n");
    print_feeding(sink);
    for (size_t i = 0; i < sink->value_count; i++)
        print_value(&sink->values[i]);
}

void sink_list(const struct config *config, const struct module_registry *registry)
{
    struct status_report report;
    status_load(config->state, clock_process(), &report);
    for (size_t i = 0; i < config->sink_count; i++) {
        if (i) show(stdout, "\n");
        print_sink(&report, registry, &config->sinks[i]);
    }
    status_clear(&report);
}
