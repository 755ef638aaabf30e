/* /_control/: for the test that drives the simulator. Plain JSON, unsigned, never a violation. */
#include "service.h"
#include "times.h"
#include "truth.h"
#include <string.h>

static bool is(const struct http_request *request, const char *method, const char *what)
{
    return strcmp(request->method, method) == 0 && strcmp(request->path + strlen("/_control/"), what) == 0;
}

static void print_statistics(const struct service *service, struct text *out)
{
    text_puts(out, "{\"requests\":{");
    for (int place = 0; place < PLACES; place++) {
        if (place == PLACE_EVERYWHERE) continue;
        text_printf(out, "%s\"%s\":{", place ? "," : "", place_name(place));
        bool some = false;
        for (unsigned status = 0; status < STATUSES; status++) {
            uint64_t count = service->statistics[place][status];
            if (!count) continue;
            text_puts(out, some ? "," : "");
            if (status)
                text_printf(out, "\"%u\":%llu", status, (unsigned long long)count);
            else
                text_printf(out, "\"closed\":%llu", (unsigned long long)count);
            some = true;
        }
        text_put(out, '}');
    }
    text_puts(out, "},\"faults\":{");
    bool some = false;
    for (int i = FAULT_NONE + 1; i < FAULTS; i++) {
        if (!service->faults.given[i]) continue;
        text_printf(out, "%s\"%s\":%llu", some ? "," : "", fault_name((enum fault)i),
                    (unsigned long long)service->faults.given[i]);
        some = true;
    }
    text_printf(out, "},\"orders_left\":%zu,\"violations\":%zu}\n", service->faults.order_count,
                service->violations.count);
}

static const char *text_member(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(member) ? member->valuestring : NULL;
}

static double number_member(const cJSON *object, const char *name, double absent)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(member) ? member->valuedouble : absent;
}

static const char *read_account(struct service *service, const cJSON *command, struct account **account)
{
    const char *name = text_member(command, "account");
    *account = name ? world_account(&service->world, name) : NULL;
    return name && !*account ? "there is no such account" : NULL;
}

/* The account and endpoint that a command names; absent means all. */
static const char *read_target(struct service *service, const cJSON *command, struct account **account,
                               enum source *source)
{
    const char *endpoint = text_member(command, "endpoint"),
               *problem = read_account(service, command, account);
    *source = SOURCES;
    if (problem) return problem;
    if (endpoint && (*source = source_named(endpoint)) == SOURCES) return "there is no such endpoint";
    return NULL;
}

static const char *read_order(struct service *service, const cJSON *command, struct fault_order *order)
{
    struct account *account;
    enum source source;
    const char *endpoint = text_member(command, "endpoint");
    order->rule.place = endpoint ? place_named(endpoint) : PLACE_EVERYWHERE;
    const char *problem = order->rule.place > PLACE_EVERYWHERE
                              ? read_account(service, command, &account)
                              : read_target(service, command, &account, &source);
    const char *name = text_member(command, "fault"), *duration = text_member(command, "duration");
    const char *code = text_member(command, "code");
    if (problem) return problem;
    order->account = account ? (int)account->style.account : -1;
    order->rule.fault = name ? fault_named(name) : FAULT_NONE;
    if (order->rule.fault == FAULT_NONE) return "there is no such fault";
    if (duration && !duration_read(duration, &order->rule.duration_ms)) return "cannot read the duration";
    order->rule.permanent = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(command, "permanent"));
    if (order->rule.permanent && !fault_is_damage(order->rule.fault)) return "this fault cannot be permanent";
    order->times = (unsigned)number_member(command, "times", 1);
    snprintf(order->code, sizeof order->code, "%s", code ? code : "");
    return NULL;
}

/* {"clear":true, "set":"429=2%", "queue":[{"fault":"500","endpoint":"siem","account":"acme","times":2}]} */
static const char *change_faults(struct service *service, const cJSON *command)
{
    static char problem[160];
    const char *set = text_member(command, "set");
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(command, "clear")))
        service->faults.rule_count = service->faults.order_count = 0;
    if (set && !faults_set(&service->faults, set, problem)) return problem;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(command, "queue"))
    {
        struct fault_order order = {0};
        const char *wrong = read_order(service, item, &order);
        if (wrong) return wrong;
        if (!faults_order(&service->faults, &order)) return "too many faults are queued";
    }
    return NULL;
}

/* {"account":"acme","endpoint":"ttp-url","allowed":false} */
static const char *change_permissions(struct service *service, const cJSON *command)
{
    struct account *account;
    enum source source;
    const char *problem = read_target(service, command, &account, &source);
    if (problem) return problem;
    bool allowed = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(command, "allowed"));
    uint32_t bits = source == SOURCES ? (1u << SOURCES) - 1 : 1u << source;
    for (size_t i = 0; i < service->world.account_count; i++) {
        struct account *one = &service->world.accounts[i];
        if (!account || one == account)
            one->forbidden = allowed ? one->forbidden & ~bits : one->forbidden | bits;
    }
    return NULL;
}

/* {"account":"acme","expired_before":1} or {"account":"acme","revoked":true} */
static const char *change_keys(struct service *service, const cJSON *command)
{
    struct account *account;
    enum source source;
    const char *problem = read_target(service, command, &account, &source);
    if (problem) return problem;
    const cJSON *revoked = cJSON_GetObjectItemCaseSensitive(command, "revoked");
    for (size_t i = 0; i < service->world.account_count; i++) {
        struct account *one = &service->world.accounts[i];
        if (account && one != account) continue;
        if (revoked) one->revoked = cJSON_IsTrue(revoked);
        one->oldest_valid = (unsigned)number_member(command, "expired_before", one->oldest_valid);
    }
    return NULL;
}

/* {"account":"acme","product":"Audit Events","included":false} */
static const char *change_products(struct service *service, const cJSON *command)
{
    struct account *account;
    const char *product = text_member(command, "product"),
               *problem = read_account(service, command, &account);
    if (problem) return problem;
    uint32_t bits = 0;
    for (int source = 0; source < SOURCES; source++) {
        const char *its = endpoint_product((enum source)source);
        if (its && (!product || strcmp(its, product) == 0)) bits |= 1u << source;
    }
    if (!bits) return "no endpoint belongs to such a product";
    bool included = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(command, "included"));
    for (size_t i = 0; i < service->world.account_count; i++) {
        struct account *one = &service->world.accounts[i];
        if (account && one != account) continue;
        uint32_t *unlicensed = &one->application.unlicensed;
        *unlicensed = included ? *unlicensed & ~bits : *unlicensed | bits;
    }
    return NULL;
}

/* {"account":"acme","feature":"threat-feed","enabled":false} */
static const char *change_features(struct service *service, const cJSON *command)
{
    struct account *account;
    const char *feature = text_member(command, "feature"),
               *problem = read_account(service, command, &account);
    if (problem) return problem;
    if (!feature || strcmp(feature, "threat-feed") != 0) return "there is no such feature";
    bool enabled = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(command, "enabled"));
    for (size_t i = 0; i < service->world.account_count; i++) {
        struct account *one = &service->world.accounts[i];
        if (!account || one == account) one->without_threat_feed = !enabled;
    }
    return NULL;
}

/* {"account":"acme","revoked":true}, {"expired_before":1} (generations of secrets) or {"live_in":"30m"} (it
 * was made just now) */
static const char *change_applications(struct service *service, const cJSON *command, int64_t now_ms)
{
    struct account *account;
    const char *live_in = text_member(command, "live_in"),
               *problem = read_account(service, command, &account);
    int64_t live_in_ms = 0;
    if (problem) return problem;
    if (live_in && !duration_read(live_in, &live_in_ms)) return "cannot read the duration";
    const cJSON *revoked = cJSON_GetObjectItemCaseSensitive(command, "revoked");
    for (size_t i = 0; i < service->world.account_count; i++) {
        struct application *one = &service->world.accounts[i].application;
        if (account && &account->application != one) continue;
        if (revoked) one->revoked = cJSON_IsTrue(revoked);
        if (live_in) one->live_from_ms = now_ms + live_in_ms;
        one->oldest_valid = (unsigned)number_member(command, "expired_before", one->oldest_valid);
    }
    return NULL;
}

/* {"events":10,"account":"acme","endpoint":"siem"}: they happen and are published now. */
static const char *publish(struct service *service, const cJSON *command, int64_t now_ms)
{
    struct account *account;
    enum source source;
    const char *problem = read_target(service, command, &account, &source);
    if (problem) return problem;
    if (source != SOURCES && !source_has_events(source)) return "this endpoint has no events";
    world_publish(&service->world, now_ms, account, source, (size_t)number_member(command, "events", 10));
    return NULL;
}

/* {"messages":3,"account":"acme"}: they leave the hold queue now. */
static const char *release(struct service *service, const cJSON *command, int64_t now_ms)
{
    struct account *account;
    const char *problem = read_account(service, command, &account);
    if (problem) return problem;
    size_t released =
        world_release(&service->world, now_ms, account, (size_t)number_member(command, "messages", 1));
    return released ? NULL : "the queue is empty";
}

/* The client was killed: a new process knows nothing of waits that were announced to the old one. */
static const char *forget_client(struct service *service)
{
    service_forget_client(service);
    return NULL;
}

/* {"off":"2h"} or {"off":"-2h"}: the server's clock, while events go by the true time */
static const char *set_clock(struct service *service, const cJSON *command)
{
    const char *off = text_member(command, "off");
    int64_t ms;
    bool behind = off && off[0] == '-';
    if (!off || !duration_read(off + behind, &ms)) return "cannot read the duration";
    service->world.clock_off_ms = behind ? -ms : ms;
    return NULL;
}

static const char *command_of(struct service *service, const struct http_request *request,
                              const cJSON *command, int64_t now_ms)
{
    if (is(request, "POST", "faults")) return change_faults(service, command);
    if (is(request, "POST", "permissions")) return change_permissions(service, command);
    if (is(request, "POST", "products")) return change_products(service, command);
    if (is(request, "POST", "applications")) return change_applications(service, command, now_ms);
    if (is(request, "POST", "keys")) return change_keys(service, command);
    if (is(request, "POST", "features")) return change_features(service, command);
    if (is(request, "POST", "publish")) return publish(service, command, now_ms);
    if (is(request, "POST", "release")) return release(service, command, now_ms);
    if (is(request, "POST", "client-restarted")) return forget_client(service);
    if (is(request, "POST", "clock")) return set_clock(service, command);
    if (is(request, "POST", "live")) {
        service->world.live_per_minute = number_member(command, "per_minute", 0);
        return NULL;
    }
    if (is(request, "POST", "stand-still")) {
        world_stand_still(&service->world, now_ms);
        return NULL;
    }
    return "there is no such command";
}

void control_handle(struct service *service, const struct http_request *request, int64_t now_ms,
                    struct http_reply *reply)
{
    reply->status = 200;
    http_header(reply, "Content-Type",
                is(request, "GET", "truth") ? "application/x-ndjson" : "application/json");
    if (is(request, "GET", "violations")) {
        violations_print(&reply->body, &service->violations);
    } else if (is(request, "DELETE", "violations")) {
        violations_clear(&service->violations);
        text_puts(&reply->body, "{\"done\":true}\n");
    } else if (is(request, "GET", "truth")) {
        truth_print(&reply->body, &service->world, now_ms);
    } else if (is(request, "GET", "statistics")) {
        print_statistics(service, &reply->body);
    } else {
        cJSON *command = cJSON_Parse(request->body);
        const char *problem = command_of(service, request, command, now_ms);
        cJSON_Delete(command);
        if (problem) reply->status = 400;
        text_puts(&reply->body, problem ? "{\"problem\":" : "{\"done\":true}\n");
        if (!problem) return;
        text_json_puts(&reply->body, problem);
        text_puts(&reply->body, "}\n");
    }
}
