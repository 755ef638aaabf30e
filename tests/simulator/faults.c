#include "faults.h"
#include "random.h"
#include "times.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `everyday`: a client survives it within seconds and nothing of it may show, so `all` means it. The others
 * stop a stream or an account for long, or concern what the user must mend. */
static const struct {
    const char *name;
    bool everyday, damage;
    int64_t duration_ms;
} faults[FAULTS] = {
    [FAULT_NONE] = {"none", false, false, 0},
    [FAULT_429] = {"429", true, false, 1500},
    [FAULT_500] = {"500", true, false, 0},
    [FAULT_502] = {"502", true, false, 0},
    [FAULT_503] = {"503", true, false, 0},
    [FAULT_504] = {"504", true, false, 0},
    [FAULT_401] = {"401", false, false, 0},
    [FAULT_STRAY_401] = {"stray-401", true, false, 0},
    [FAULT_403] = {"403", false, false, 0},
    [FAULT_418] = {"418", false, false, 0},
    [FAULT_FAIL] = {"fail", true, false, 0},
    [FAULT_INVALID_TOKEN] = {"invalid-token", false, false, 0},
    [FAULT_REDIRECT] = {"redirect", false, false, 0},
    [FAULT_NOT_JSON] = {"not-json", true, true, 0},
    [FAULT_ZERO_BYTES] = {"zero-bytes", true, true, 0},
    [FAULT_STALE] = {"stale", true, false, 0},
    [FAULT_SLOW] = {"slow", true, false, 700},
    [FAULT_RESET] = {"reset", true, false, 0},
    [FAULT_WRONG_DATE] = {"wrong-date", false, false, HOUR},
    [FAULT_GZIP] = {"gzip", true, false, 0},
    [FAULT_LARGE] = {"large", true, false, 0},
    [FAULT_TRUNCATED_ZIP] = {"truncated-zip", true, true, 0},
    [FAULT_TRUNCATED_MEMBER] = {"truncated-member", true, true, 0},
    [FAULT_FLIPPED_BYTE] = {"flipped-byte", true, true, 0},
    [FAULT_BAD_DIRECTORY] = {"bad-directory", true, true, 0},
    [FAULT_TRUNCATED_GZ] = {"truncated-gz", true, true, 0},
    [FAULT_WRONG_CHECKSUM] = {"wrong-checksum", true, true, 0},
    [FAULT_BROKEN_LINE] = {"broken-line", false, true, 0},
};

const char *fault_name(enum fault fault)
{
    return faults[fault].name;
}

enum fault fault_named(const char *name)
{
    for (int i = FAULT_NONE + 1; i < FAULTS; i++)
        if (strcmp(faults[i].name, name) == 0) return (enum fault)i;
    return FAULT_NONE;
}

bool fault_is_damage(enum fault fault)
{
    return faults[fault].damage;
}

static bool add_rule(struct fault_menu *menu, const struct fault_rule *rule)
{
    if (menu->rule_count == FAULT_RULES) return false;
    menu->rules[menu->rule_count++] = *rule;
    return true;
}

/* [endpoint:][permanent:]name=rate%[@duration] */
static bool read_rule(struct fault_menu *menu, char *text)
{
    struct fault_rule rule = {.place = PLACE_EVERYWHERE};
    char *colon;
    while ((colon = strchr(text, ':'))) {
        *colon = '\0';
        if (strcmp(text, "permanent") == 0)
            rule.permanent = true;
        else if ((rule.place = place_named(text)) == PLACE_EVERYWHERE)
            return false;
        text = colon + 1;
    }
    char *equals = strchr(text, '='), *end;
    if (!equals) return false;
    *equals = '\0';
    rule.rate = strtod(equals + 1, &end) / 100;
    if (end == equals + 1 || *end++ != '%' || !(rule.rate >= 0 && rule.rate <= 1)) return false;
    if (*end == '@' ? !duration_read(end + 1, &rule.duration_ms) : *end != '\0') return false;
    if (strcmp(text, "all") == 0) {
        for (int i = FAULT_NONE + 1; i < FAULTS; i++) {
            rule.fault = (enum fault)i;
            if ((rule.permanent ? faults[i].damage : faults[i].everyday) && !add_rule(menu, &rule))
                return false;
        }
        return true;
    }
    rule.fault = fault_named(text);
    if (rule.fault == FAULT_NONE || (rule.permanent && !faults[rule.fault].damage)) return false;
    return add_rule(menu, &rule);
}

bool faults_set(struct fault_menu *menu, const char *specification, char problem[160])
{
    struct fault_menu *changed = must_allocate(sizeof *changed);
    *changed = *menu;
    changed->rule_count = 0;
    char *copy = strcpy(must_allocate(strlen(specification) + 1), specification), *rest = copy;
    bool good = true;
    for (char *one; good && (one = strsep(&rest, ","));) {
        if (*one == '\0' || strcmp(one, "none") == 0) continue;
        snprintf(problem, 160, "cannot understand the fault \"%.60s\": write [endpoint:][permanent:]name=5%%",
                 one);
        good = read_rule(changed, one);
    }
    if (good) *menu = *changed;
    free(copy);
    free(changed);
    return good;
}

bool faults_order(struct fault_menu *menu, const struct fault_order *order)
{
    if (menu->order_count == FAULT_ORDERS || order->times == 0) return false;
    menu->orders[menu->order_count++] = *order;
    return true;
}

static struct fault_draw drawn(const struct fault_rule *rule, const char *code)
{
    struct fault_draw draw = {rule->fault,
                              rule->duration_ms ? rule->duration_ms : faults[rule->fault].duration_ms, ""};
    snprintf(draw.code, sizeof draw.code, "%s", code);
    return draw;
}

struct fault_draw fault_draw(struct fault_menu *menu, uint64_t seed, unsigned account, int place,
                             uint64_t number, bool permanent,
                             bool (*fits)(enum fault fault, const void *context), const void *context)
{
    for (size_t i = 0; i < menu->order_count; i++) {
        struct fault_order *order = &menu->orders[i];
        if (order->rule.permanent != permanent ||
            (order->account >= 0 && (unsigned)order->account != account))
            continue;
        if (order->rule.place != PLACE_EVERYWHERE && order->rule.place != place) continue;
        if (!fits(order->rule.fault, context)) continue;
        struct fault_draw draw = drawn(&order->rule, order->code);
        if (--order->times == 0) {
            menu->order_count--;
            memmove(order, order + 1, (menu->order_count - i) * sizeof *order);
        }
        return draw;
    }
    /* The rates share one die, so that a request suffers at most one fault. */
    double die = (double)(mix2(mix2(seed ^ 0x6661756c7473u, (uint64_t)account << 8 | (unsigned)place),
                               number << 1 | permanent) >>
                          11) *
                 0x1p-53;
    for (size_t i = 0; i < menu->rule_count; i++) {
        const struct fault_rule *rule = &menu->rules[i];
        if (rule->permanent != permanent || (rule->place != PLACE_EVERYWHERE && rule->place != place))
            continue;
        if (!fits(rule->fault, context)) continue;
        if (die < rule->rate) return drawn(rule, "");
        die -= rule->rate;
    }
    return (struct fault_draw){0};
}
