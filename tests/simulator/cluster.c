#include "cluster.h"
#include "times.h"

struct plan {
    struct planned_event *events;
    size_t count;
};

static void add(struct plan *plan, unsigned type, unsigned variant)
{
    if (plan->count < CLUSTER_LIMIT)
        plan->events[plan->count++] =
            (struct planned_event){.type = (uint8_t)type, .variant = (uint8_t)variant};
}

static void plan_mail(struct plan *plan, uint32_t message, struct random *random)
{
    static const uint8_t rare[] = {ANTIVIRUS,          SPAM,          URL_PROTECT,
                                   ATTACHMENT_PROTECT, IMPERSONATION, INTERNAL_PROTECT};
    unsigned recipients = random_chance(random, 100) ? 2 : 1;
    for (unsigned i = 0; i < recipients; i++)
        add(plan, RECEIPT, i);
    if (random_chance(random, 850)) add(plan, PROCESS, 0);
    for (unsigned i = 0; i < recipients && plan->count < 5; i++)
        add(plan, DELIVERY, i);
    if (random_chance(random, 200)) add(plan, JOURNAL, 0);
    /* In turn, so that even a small world has all ten types. */
    if (message % 3 == 0) add(plan, rare[message / 3 % 6], 0);
}

static void plan_versions(struct plan *plan, uint32_t message, unsigned versions)
{
    for (unsigned i = 0; i < versions; i++) {
        add(plan, 0, i);
        plan->events[plan->count - 1].after_ms = cluster_change_ms(message, i);
    }
}

/* An indicator, alone or with the malware that it stands for; one in four is corrected later. */
static void plan_intelligence(struct plan *plan, uint32_t message, struct random *random)
{
    unsigned feed = message % 3 ? FEED_CUSTOMER : FEED_GRID;
    add(plan, feed, STIX_INDICATOR);
    if (random_chance(random, 600)) {
        add(plan, feed, STIX_MALWARE);
        add(plan, feed, STIX_RELATIONSHIP);
    }
    if (random_chance(random, 100)) add(plan, feed, STIX_OBSERVED_DATA);
    if (random_chance(random, 250)) {
        add(plan, feed, STIX_INDICATOR_CHANGED);
        plan->events[plan->count - 1].after_ms = cluster_change_ms(message, 1);
    }
}

static bool may_be_twice(enum source source)
{
    return source <= DLP || source == SIEM_CI || source == REJECTIONS || source == ARCHIVE_SEARCH ||
           source == ARCHIVE_VIEW;
}

size_t cluster_plan(enum source source, uint32_t message, bool quirks, struct random *random,
                    struct planned_event events[CLUSTER_LIMIT])
{
    struct plan plan = {.events = events};
    if (source == SIEM) {
        plan_mail(&plan, message, random);
    } else if (source == DLP || source == TTP_ATTACHMENT) {
        unsigned records = random_chance(random, 300) ? 2 + (unsigned)random_below(random, 2) : 1;
        for (unsigned i = 0; i < records; i++)
            add(&plan, 0, i);
    } else if (cluster_replaces(source)) {
        plan_versions(&plan, message, 1 + (unsigned)random_below(random, 4));
    } else if (source == SIEM_CI) {
        add(&plan, message % CI_TYPES, 0);
    } else if (source == THREAT_INTEL) {
        plan_intelligence(&plan, message, random);
    } else {
        add(&plan, 0, 0);
    }
    /* An event that happened twice in one second and left two equal records. Not where each has an id. */
    if (quirks && may_be_twice(source) && random_chance(random, 8) && plan.count < CLUSTER_LIMIT) {
        events[plan.count] = events[plan.count - 1];
        events[plan.count++].twin = true;
    }
    return plan.count;
}

int64_t cluster_change_ms(uint32_t message, unsigned variant)
{
    int64_t after_ms = 0;
    for (unsigned i = 1; i <= variant; i++)
        after_ms += 10 * MINUTE + (int64_t)(mix2(message, i) % (3 * 3600)) * SECOND;
    return after_ms;
}

bool cluster_replaces(enum source source)
{
    return source == REMEDIATION || source == REPORTED_EMAILS;
}

int64_t cluster_stay_ms(struct random *random)
{
    static const int64_t longest[] = {10 * MINUTE, 2 * HOUR, 2 * HOUR, 12 * HOUR, 3 * DAY};
    return MINUTE + (int64_t)random_below(random, (uint64_t)PICK(random, longest)) / SECOND * SECOND;
}
