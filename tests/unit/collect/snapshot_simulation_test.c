/* A list over random histories: items come, change, go and come back, rows shift while the pages are read,
 * faults of every kind, restarts and crashes at any step. The vendor notes which whole polls showed what:
 * every item appears when one showed it, leaves when two in a row did not, with the text last seen and the
 * time of the first of them, and nothing is told twice.
 *
 * COLLECT_SEED=n runs one seed, COLLECT_SEEDS=n so many from 1 on. */
#include "../sanitized.h"
#include "world_fleet.h"

enum { ITEMS = 40, MOST_PAGES = 64, LATENCY = 400 };

typedef uint64_t item_set; /* a bit for each item */

struct served_page {
    int offset;
    item_set items;
    int version[ITEMS];
    bool is_damaged, is_last;
};

static struct list_vendor {
    uint64_t seed;
    bool is_still;
    int order[ITEMS], count; /* the list */
    int version[ITEMS];      /* of each item's text */
    int page_size, fault_percent, damage_percent;
    int restless_for; /* in one of so many answers something changes */
    int64_t damages;  /* no two are alike */
    /* The poll under way as far as it was served. */
    struct served_page pages[MOST_PAGES];
    int page_count;
    int64_t began_ms;
    item_set shown_before, maybe; /* by earlier tries at this poll: stored; nobody knows */
    /* What is to be told. */
    int64_t polls;
    struct expected {
        bool is_there,
            is_unsure; /* as events tell it; a poll showed it, but nobody knows whether it was stored */
        int missed;    /* whole polls in a row */
        int64_t missed_ms;
        int version;
        int taken, left;
    } item[ITEMS];
    int64_t requests, whole, told;
} list;

static void shuffle(void)
{
    if (list.is_still) return;
    int number = (int)world_below(ITEMS), at = -1;
    for (int i = 0; i < list.count; i++)
        if (list.order[i] == number) at = i;
    if (at >= 0 && world_below(3) == 0) {
        list.version[number]++;
    } else if (at >= 0) {
        memmove(&list.order[at], &list.order[at + 1], (size_t)(--list.count - at) * sizeof *list.order);
    } else {
        at = (int)world_below(list.count + 1);
        memmove(&list.order[at + 1], &list.order[at], (size_t)(list.count++ - at) * sizeof *list.order);
        list.order[at] = number;
    }
}

static bool has(item_set set, int number)
{
    return set >> number & 1;
}

static void complain(int number, const char *what)
{
    fail_msg("seed %llu, poll %lld: item %d %s (appeared %d times, left %d times)",
             (unsigned long long)list.seed, (long long)list.polls, number, what, world.taken[number],
             world.left[number]);
}

/* The poll was counted as whole: what is to have been told until now. */
static void settle(void)
{
    item_set shown = list.shown_before;
    bool is_damaged = false;
    int version[ITEMS] = {0};
    for (int i = 0; i < list.page_count; i++) {
        shown |= list.pages[i].items;
        is_damaged |= list.pages[i].is_damaged;
        for (int n = 0; n < ITEMS; n++)
            if (has(list.pages[i].items, n)) version[n] = list.pages[i].version[n];
    }
    assert_true(list.page_count && list.pages[list.page_count - 1].is_last);
    list.polls++;
    list.whole++;
    for (int n = 0; n < ITEMS; n++) {
        struct expected *item = &list.item[n];
        if (has(shown, n)) {
            item->taken += !item->is_there && !item->is_unsure;
            if (item->is_unsure) item->taken = world.taken[n], item->left = world.left[n];
            *item = (struct expected){
                .is_there = true, .taken = item->taken, .left = item->left, .version = version[n]};
            if (!has(list.shown_before, n)) continue;
            item->version = -1; /* of which try, nobody noted */
        } else if (has(list.maybe, n)) {
            item->is_unsure = true;
        } else if (item->is_there && !item->is_unsure && !is_damaged && ++item->missed == 1) {
            item->missed_ms = list.began_ms;
        } else if (item->missed == 2) {
            item->is_there = false;
            item->missed = 0;
            item->left++;
            if (world.left[n] != item->left) complain(n, "was not told to have left");
            int told = 0;
            assert_int_equal(sscanf(world.left_as[n].text, "{\"n\":%*d,\"v\":%d", &told), 1);
            if (item->version >= 0 && told != item->version) complain(n, "left with an old text");
            if (llabs(world.left_as[n].time_ms - item->missed_ms) > 3 * SECOND)
                complain(n, "left at another time");
            list.told++;
        }
    }
    list.page_count = 0;
    list.shown_before = list.maybe = 0;
}

static void check_told(void)
{
    if (world_stream("toy-list")->list.state.polls > list.polls) settle();
    assert_int_equal(world_stream("toy-list")->list.state.polls, list.polls);
    for (int n = 0; n < ITEMS; n++) {
        const struct expected *item = &list.item[n];
        if (world.left[n] > world.taken[n] || world.taken[n] > world.left[n] + 1)
            complain(n, "appeared or left twice in a row");
        if (item->is_unsure) continue;
        if (world.left[n] != item->left) complain(n, "left without being missed twice");
        bool may_have_appeared = !item->is_there && (list.page_count || list.maybe || list.shown_before);
        if (world.taken[n] != item->taken && !may_have_appeared)
            complain(n, "did not appear as often as shown");
    }
}

/* The poll is begun again. All pages but the last were stored, for they led to the next. */
static void begin_again(void)
{
    for (int i = 0; i < list.page_count; i++)
        *(i < list.page_count - 1 ? &list.shown_before : &list.maybe) |= list.pages[i].items;
    list.page_count = 0;
    list.began_ms = world.time_ms;
}

static struct served_page *serve_page(int offset)
{
    check_told();
    if (offset == 0) begin_again();
    while (list.page_count && list.pages[list.page_count - 1].offset >= offset)
        list.maybe |= list.pages[--list.page_count].items;
    assert_true(list.page_count < MOST_PAGES);
    return &list.pages[list.page_count];
}

static bool fault(struct flight *flight)
{
    if (world_below(100) >= list.fault_percent) return false;
    static const int statuses[] = {0, 500, 503, 401, 400, 403};
    size_t which = (size_t)world_below(sizeof statuses / sizeof *statuses + 2);
    if (which < sizeof statuses / sizeof *statuses)
        flight->status = statuses[which];
    else
        buffer_append_string(&flight->body, which % 2 ? "error retry\n" : "<html>sorry</html>\n");
    return true;
}

static void answer(struct flight *flight)
{
    char body[128];
    int at = 0;
    text_to_string(flight->exchange->body, body, sizeof body);
    assert_int_equal(sscanf(body, "0 0 %n", &at), 0);
    int offset = body[at] ? atoi(body + at) : 0;
    list.requests++;
    struct served_page *page = serve_page(offset);
    if (world_below(list.restless_for) == 0) shuffle();
    if (fault(flight)) return;
    /* In the middle: what came is kept. What one try reads and another does not was damaged on its way. */
    bool breaks = !list.damage_percent && world_below(100) < list.fault_percent / 4;
    bool more = offset + list.page_size < list.count;
    *page = (struct served_page){.offset = offset, .is_last = !more};
    buffer_printf(&flight->body, more ? "more\nposition %d\n" : "end\n", offset + list.page_size);
    if (world_below(100) < list.damage_percent) {
        page->is_damaged = true;
        buffer_printf(&flight->body, "broken damage %lld\n", (long long)++list.damages);
    }
    /* One may be left out, now and then, as when rows shift. */
    int hidden = !list.is_still && world_below(10) == 0 ? (int)world_below(4) : -1;
    for (int i = offset; i < list.count && i < offset + list.page_size; i++) {
        int n = list.order[i];
        if (n == hidden) continue;
        page->items |= (item_set)1 << n;
        page->version[n] = list.version[n];
        buffer_printf(&flight->body, "item key-%d %lld {\"n\":%d,\"v\":%d}\n", n, (long long)WORLD_START, n,
                      list.version[n]);
    }
    if (breaks) {
        buffer_append_string(&flight->body, "<html>cut");
        list.maybe |= page->items;
    } else {
        list.page_count++;
    }
}

static void idle(void *context)
{
    *(bool *)context = true;
}

/* One life of the process, which ends in a stop or in a crash. */
static void live(struct toy_config *toy, int64_t until_ms, bool crash)
{
    struct fleet_progress progress = {0};
    struct fleet *fleet = world_fleet(toy, &progress);
    world.refuse_commits = !list.is_still && world_below(4) == 0 ? (int)world_below(3) : 0;
    /* Between two commits, or at any step. */
    world.crash_at = crash && world_below(2) ? world.commits + 1 + world_below(30) : 0;
    fleet_go(fleet);
    while (!world.crashed && world_step(until_ms))
        if (world_below(40) == 0) shuffle();
    if (!world.crashed && until_ms > world.time_ms) world.time_ms = until_ms;
    int64_t steps = crash && !world.crashed ? world_below(30) : 0;
    while (steps-- > 0 && world_step(INT64_MAX)) {
    }
    world.crashed |= crash;
    world.crash_at = 0;
    bool is_idle = false;
    fleet_pause(fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    fleet_free(fleet);
    while (world.happening_count)
        assert_true(world_step(INT64_MAX));
    world.crashed = false;
}

static void check_ids(void)
{
    const struct stored_stream *stream = world_stream("toy-list");
    for (size_t i = 0; i < stream->id_count; i++)
        for (size_t k = 0; k < i; k++)
            if (memcmp(stream->ids[i].id, stream->ids[k].id, EVENT_ID_SIZE) == 0)
                fail_msg("seed %llu: two events have one id", (unsigned long long)list.seed);
    assert_int_equal(stream->record.events, stream->id_count);
    assert_int_equal(stream->coverage_events, stream->id_count);
}

static void check_end(void)
{
    item_set there = 0;
    check_told();
    for (int i = 0; i < list.count; i++)
        there |= (item_set)1 << list.order[i];
    for (int n = 0; n < ITEMS; n++) {
        if (has(there, n) && world.taken[n] != world.left[n] + 1) complain(n, "is there and was not told");
        if (!has(there, n) && world.taken[n] != world.left[n]) complain(n, "has left and was not told");
    }
    check_ids();
}

static void run_seed(uint64_t seed)
{
    world_begin(seed, answer);
    world.latency_ms = LATENCY;
    /* On one page a list can stand still, as far as a poll can see. */
    list = (struct list_vendor){.seed = seed,
                                .page_size = world_below(3) ? 1 + (int)world_below(9) : ITEMS,
                                .restless_for = world_below(2) ? 3 : 40};
    struct toy_config toy;
    toy_config_make_of(&toy, 1, &toy_list_module);
    toy.source.interval_ms = MINUTE + world_below(10 * MINUTE);
    toy.config.journal.page_events = 1 + world_below(4); /* departures take several commits */
    toy.config.journal.commit_size = world_below(2) ? 1 : 1 << 20;
    for (int i = 0; i < 60; i++)
        shuffle();
    list.fault_percent = (int)world_below(30);
    list.damage_percent = world_below(3) ? 0 : (int)world_below(30);
    int64_t end = WORLD_START + 8 * HOUR;
    while (world.time_ms < end) {
        world.fail_commits = world_below(4) == 0 ? (int)world_below(3) : 0;
        int64_t until = world.time_ms + world_below(world_below(3) ? 10 * MINUTE : 2 * HOUR);
        world.full = world_below(6) == 0;
        if (world.full) live(&toy, until, world_below(2));
        world.full = false;
        live(&toy, until + world_below(HOUR), world_below(3) > 0);
        world.time_ms += world_below(world_below(5) ? 3 * MINUTE : HOUR);
        for (int64_t i = world_below(12); i > 0; i--)
            shuffle();
    }
    list.fault_percent = list.damage_percent = 0;
    world.fail_commits = 0;
    list.is_still = true;
    live(&toy, world.time_ms + 2 * HOUR, false);
    check_end();
    toy_config_free(&toy);
    world_end();
}

static void test_what_appears_and_what_leaves(void **state)
{
    (void)state;
    const char *one = getenv("COLLECT_SEED"), *many = getenv("COLLECT_SEEDS");
    uint64_t first = one ? strtoull(one, NULL, 10) : 1;
    uint64_t last = one ? first : many ? strtoull(many, NULL, 10) : 300 / SANITIZED_SHARE;
    int64_t requests = 0, whole = 0, told = 0;
    for (uint64_t seed = first; seed <= last; seed++) {
        run_seed(seed);
        requests += list.requests;
        whole += list.whole;
        told += list.told;
    }
    print_message("%llu histories: %lld requests, %lld whole polls, %lld times an item left\n",
                  (unsigned long long)last - first + 1, (long long)requests, (long long)whole,
                  (long long)told);
}

int main(void)
{
    log_set_level(getenv("COLLECT_SEED") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_appears_and_what_leaves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
