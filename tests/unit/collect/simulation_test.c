/* Whole streams over random histories: lateness up to settle, faults of every kind, a wrong clock, restarts
 * and crashes at any step. Whatever happens: every event is stored, and no event twice.
 *
 * COLLECT_SEED=n runs one seed, COLLECT_SEEDS=n so many from 1 on. */
#include "../sanitized.h"
#include "world_fleet.h"

enum { WINDOW_EVENTS = 300, FILES = 120, FILE_EVENTS = 3, PAGE_SIZE = 7 };

static struct vendor {
    struct {
        int64_t time_ms, visible_ms;
    } window[WINDOW_EVENTS];
    struct {
        int64_t published_ms, oldest_ms;
    } file[FILES]; /* of both token streams: an even one belongs to toy-token, an odd one to toy-files */
    bool newest_first;
    int fault_percent;
    int64_t not_before_ms[3]; /* rate limit of each stream */
    int64_t requests, faults;
    int64_t first_success_ms; /* what is older than the lookback before it need not be read; 0 = none yet */
    bool steps;               /* clocks are set while the program runs, ours and the server's */
    uint64_t seed;
} vendor;

static int file_event(int file, int i)
{
    return WINDOW_EVENTS + file * FILE_EVENTS + i;
}

static void say(struct flight *flight, const char *line)
{
    buffer_append_string(&flight->body, line);
    buffer_append_byte(&flight->body, '\n');
}

static void say_event(struct flight *flight, int number, int64_t time_ms)
{
    buffer_printf(&flight->body, "event %lld {\"n\":%d,\"text\":\"an event\"}\n", (long long)time_ms, number);
}

static int by_time(const void *a, const void *b)
{
    int64_t left = vendor.window[*(const int *)a].time_ms, right = vendor.window[*(const int *)b].time_ms;
    int order = left < right ? -1 : left > right;
    return vendor.newest_first ? -order : order;
}

static void answer_window(struct flight *flight, int64_t from_ms, int64_t until_ms, const char *position)
{
    long long position_from = from_ms, position_until = until_ms;
    int offset = 0, found[WINDOW_EVENTS], count = 0;
    if (position[0])
        assert_int_equal(sscanf(position, "w%lld-%lld-%d", &position_from, &position_until, &offset), 3);
    assert_int_equal(position_from, from_ms); /* the same range on every page of a pass */
    assert_int_equal(position_until, until_ms);
    assert_int_equal(from_ms % 1000, 0);
    assert_int_equal(until_ms % 1000, 0);
    assert_true(until_ms > from_ms && until_ms - from_ms <= 6 * HOUR);
    for (int i = 0; i < WINDOW_EVENTS; i++) {
        int64_t time = vendor.window[i].time_ms - vendor.window[i].time_ms % 1000;
        if (vendor.window[i].visible_ms <= world.time_ms && time >= from_ms && time <= until_ms)
            found[count++] = i;
    }
    qsort(found, (size_t)count, sizeof found[0], by_time);
    bool more = offset + PAGE_SIZE < count;
    say(flight, more ? "more" : count ? "end" : "nothing");
    if (more)
        buffer_printf(&flight->body, "position w%lld-%lld-%d\n", (long long)from_ms, (long long)until_ms,
                      offset + PAGE_SIZE);
    for (int i = offset; i < count && i < offset + PAGE_SIZE; i++)
        say_event(flight, found[i], vendor.window[found[i]].time_ms);
}

/* The first file at or behind `from` of that parity that is published; -1 if there is none yet. */
static int next_file(int from, int parity)
{
    for (int file = from; file < FILES; file++)
        if (file % 2 == parity && vendor.file[file].published_ms <= world.time_ms) return file;
    return -1;
}

static void say_file(struct flight *flight, int file)
{
    for (int i = 0; i < FILE_EVENTS; i++)
        say_event(flight, file_event(file, i), vendor.file[file].oldest_ms + i);
}

static void answer_token(struct flight *flight, const char *position, int parity)
{
    int file = next_file(position[0] ? atoi(position) : 0, parity);
    if (file < 0) {
        say(flight, "nothing\nkeep");
        return;
    }
    say(flight, "more");
    if (parity == 0) {
        buffer_printf(&flight->body, "position %d\n", file + 1);
        say_file(flight, file);
        return;
    }
    /* A list of up to three files, each behind a link that expires. */
    int last = file;
    for (int i = 0; i < 3 && file >= 0; i++) {
        buffer_printf(&flight->body, "download https://store.example/%d?expires=%lld key-%d\n", file,
                      (long long)(world.time_ms + 2 * SECOND), file);
        last = file;
        file = next_file(file + 1, parity);
    }
    buffer_printf(&flight->body, "position %d\n", last + 1);
}

static void answer_download(struct flight *flight)
{
    int file;
    long long expires;
    assert_null(flight->exchange->sign);
    assert_true(flight->exchange->credentialless);
    assert_int_equal(sscanf(flight->exchange->url, "https://store.example/%d?expires=%lld", &file, &expires),
                     2);
    if (world.time_ms > expires)
        flight->status = world_below(2) ? 403 : 404;
    else
        say_file(flight, file);
}

/* True if a fault took the place of the answer. */
static bool fault(struct flight *flight, int stream)
{
    if (world_below(100) >= vendor.fault_percent) return false;
    vendor.faults++;
    switch (world_below(9)) {
    case 0:
        flight->status = 0;
        return true;
    case 1:
        flight->status = 500 + (int)world_below(5);
        return true;
    case 2:
        flight->status = 503;
        flight_header(flight, "retry-after", "7");
        return true;
    case 3:
        if (stream < 0) return false;
        flight->status = 429;
        flight_header(flight, "x-ratelimit-reset", "90000");
        vendor.not_before_ms[stream] = world.time_ms + 90 * SECOND;
        return true;
    case 4:
        flight->status = 401;
        return stream >= 0;
    case 5:
        flight->status = 400;
        return stream >= 0; /* the position is refused */
    case 6:
        say(flight, "<html>sorry</html>");
        return true;
    case 7:
        say(flight, "error retry");
        return true;
    default:
        flight->status = 403;
        return stream >= 0;
    }
}

static void answer(struct flight *flight)
{
    static const char *const names[] = {"toy-window", "toy-token", "toy-files"};
    vendor.requests++;
    const char *name = strstr(flight->exchange->url, "/api/");
    int stream = -1;
    for (int i = 0; name && i < 3; i++)
        if (strcmp(name + 5, names[i]) == 0) stream = i;
    if (stream >= 0) {
        if (world.time_ms < vendor.not_before_ms[stream])
            fail_msg("seed %llu: %s asked %lld ms too early after a 429", (unsigned long long)vendor.seed,
                     names[stream], (long long)(vendor.not_before_ms[stream] - world.time_ms));
        int64_t off = flight->signed_ms - world.time_ms - world.date_off_ms;
        if (stream < 2 && (off > 15 * MINUTE || off < -15 * MINUTE)) {
            flight->status = 401; /* not signed with the vendor's time */
            return;
        }
    }
    if (fault(flight, stream)) return;
    flight->status = 200;
    if (stream >= 0 && !vendor.first_success_ms) vendor.first_success_ms = world.time_ms + SECOND;
    if (stream < 0) {
        answer_download(flight);
        return;
    }
    char body[512];
    long long from, until;
    int at = 0;
    text_to_string(flight->exchange->body, body, sizeof body);
    assert_int_equal(sscanf(body, "%lld %lld %n", &from, &until, &at), 2);
    if (stream == 0)
        answer_window(flight, from, until, body + at);
    else
        answer_token(flight, body + at, stream - 1);
}

static void make_events(int64_t origin_ms, int64_t end_ms, int64_t settle_ms)
{
    for (int i = 0; i < WINDOW_EVENTS; i++) {
        int64_t time = origin_ms + world_below(end_ms - origin_ms);
        if (world_below(2)) time -= time % 1000;
        if (time < origin_ms) time = origin_ms;
        vendor.window[i].time_ms = time;
        vendor.window[i].visible_ms = time + world_below(settle_ms + 1);
    }
    int64_t published = WORLD_START - 5 * HOUR;
    for (int i = 0; i < FILES; i++) {
        published += world_below(2 * (end_ms - WORLD_START) / FILES);
        vendor.file[i].published_ms = published;
        vendor.file[i].oldest_ms = origin_ms + world_below(HOUR);
    }
    vendor.file[0].oldest_ms = origin_ms - 20 * DAY; /* older than the lookback: left out */
}

static void idle(void *context)
{
    *(bool *)context = true;
}

/* Somebody sets a clock: ours, or the server's; never is it both that are wrong. */
static void set_a_clock(void)
{
    static const int64_t steps[] = {3 * MINUTE, 12 * MINUTE, 2 * HOUR, 23 * HOUR, 25 * HOUR, 9 * DAY};
    size_t count = sizeof steps / sizeof steps[0];
    int64_t step = steps[world_below((int64_t)count)] * (world_below(2) ? 1 : -1);
    bool ours = world_below(2), right = world_below(3) == 0;
    world.skew_ms = right || !ours ? 0 : step;
    world.date_off_ms = right || ours ? 0 : step;
}

/* One life of the process, which ends in a stop or in a crash. */
static void live(struct toy_config *toy, int64_t until_ms, bool crash)
{
    struct fleet_progress progress = {0};
    memset(vendor.not_before_ms, 0, sizeof vendor.not_before_ms); /* a restart does not know of them */
    struct fleet *fleet = world_fleet(toy, &progress);
    fleet_go(fleet);
    while (world_step(until_ms))
        if (vendor.steps && world_below(150) == 0) set_a_clock();
    if (until_ms > world.time_ms) world.time_ms = until_ms;
    int64_t steps = crash ? world_below(60) : 0;
    while (steps-- > 0 && world_step(INT64_MAX)) {
    }
    world.crashed = crash;
    bool is_idle = false;
    fleet_pause(fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    fleet_free(fleet);
    while (world.happening_count)
        assert_true(world_step(INT64_MAX)); /* what was detached lands */
    world.crashed = false;
}

static int64_t event_time(int number)
{
    int file = (number - WINDOW_EVENTS) / FILE_EVENTS;
    return number < WINDOW_EVENTS ? vendor.window[number].time_ms : vendor.file[file].oldest_ms;
}

static void check(int64_t required_from_ms)
{
    int lost = 0, repeated = 0;
    for (int i = 0; i < file_event(FILES, 0); i++) {
        bool left_out = i >= WINDOW_EVENTS && (i - WINDOW_EVENTS) / FILE_EVENTS == 0;
        if (world.taken[i] < !left_out && event_time(i) >= required_from_ms) {
            print_message("event %d is lost", i);
            if (i < WINDOW_EVENTS)
                print_message(", time %lld, visible %lld",
                              (long long)(vendor.window[i].time_ms - WORLD_START),
                              (long long)(vendor.window[i].visible_ms - WORLD_START));
            print_message("\n");
            lost++;
        }
        if (world.taken[i] > 1) repeated++;
        if (left_out) assert_int_equal(world.taken[i], 0);
    }
    if (lost || repeated)
        fail_msg("seed %llu: lost %d, repeated %d", (unsigned long long)vendor.seed, lost, repeated);
    assert_true(world_stream("toy-token")->record.left_out > 0);
    assert_true(world.accounts[0].added_ms <= vendor.first_success_ms);
    int64_t stored = 0;
    for (size_t i = 0; i < world.stream_count; i++) {
        stored += world.streams[i].record.events;
        assert_int_equal(world.streams[i].record.events, world.streams[i].coverage_events);
    }
    if (!vendor.steps) assert_int_equal(stored, file_event(FILES, 0) - FILE_EVENTS);
}

static void run_seed(uint64_t seed, bool steps)
{
    world_begin(seed, answer);
    vendor = (struct vendor){.seed = seed, .newest_first = world_below(2), .steps = steps};
    int64_t skew = world_below(3) == 0 ? world_below(4 * HOUR) - 2 * HOUR : 0;
    world.skew_ms = skew;
    if (steps) set_a_clock();
    struct toy_config toy;
    toy_config_make(&toy, 1);
    toy.source.lookback_ms = 3 * HOUR;
    toy.source.settle_ms = 20 * MINUTE + world_below(40 * MINUTE);
    toy.source.interval_ms = 2 * MINUTE + world_below(20 * MINUTE);
    toy.source.delay_ms = world_below(10 * MINUTE);
    toy.source.slice_ms = HOUR + world_below(5 * HOUR);
    int64_t end = WORLD_START + 14 * HOUR;
    struct account_record account; /* the account is added now */
    journal_account(NULL, "account-0", &account, NULL);
    int64_t start = steps ? WORLD_START : account.added_ms;
    make_events(start - toy.source.lookback_ms, end, toy.source.settle_ms);
    vendor.fault_percent = (int)world_below(35);
    while (world.time_ms < end) {
        world.fail_commits = world_below(4) == 0 ? (int)world_below(3) : 0;
        world.full = false;
        if (!steps && world_below(12) == 0) world.skew_ms += world_below(HOUR) - HOUR / 2;
        if (steps && world_below(2)) set_a_clock();
        int64_t until = world.time_ms + world_below(world_below(3) ? 20 * MINUTE : 4 * HOUR);
        if (world_below(6) == 0) { /* the journal is full for a while */
            world.full = true;
            live(&toy, until, world_below(2));
            world.full = false;
        }
        live(&toy, until + world_below(HOUR), world_below(3) > 0);
        world.time_ms += world_below(world_below(5) ? 5 * MINUTE : 3 * HOUR);
    }
    vendor.fault_percent = 0;
    world.fail_commits = 0;
    vendor.steps = false;
    world.skew_ms = steps ? 0 : world.skew_ms;
    world.date_off_ms = 0;
    live(&toy, world.time_ms + 6 * HOUR, false);
    vendor.steps = steps;
    check(steps ? vendor.first_success_ms - toy.source.lookback_ms : INT64_MIN);
    toy_config_free(&toy);
    world_end();
}

static void run_histories(bool steps, uint64_t count)
{
    const char *one = getenv("COLLECT_SEED"), *many = getenv("COLLECT_SEEDS");
    uint64_t first = one ? strtoull(one, NULL, 10) : 1;
    uint64_t last = one ? first : many ? strtoull(many, NULL, 10) : count;
    int64_t requests = 0, faults = 0, commits = 0;
    for (uint64_t seed = first; seed <= last; seed++) {
        run_seed(seed, steps);
        requests += vendor.requests;
        faults += vendor.faults;
        commits += world.commits;
    }
    print_message("%llu histories: %lld requests, %lld faults, %lld commits\n",
                  (unsigned long long)last - first + 1, (long long)requests, (long long)faults,
                  (long long)commits);
}

static void test_nothing_lost_nothing_twice(void **state)
{
    (void)state;
    run_histories(false, 300 / SANITIZED_SHARE);
}

static void test_whatever_clocks_are_set(void **state)
{
    (void)state;
    run_histories(true, 100 / SANITIZED_SHARE);
}

int main(void)
{
    log_set_level(getenv("COLLECT_SEED") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_lost_nothing_twice),
                                       cmocka_unit_test(test_whatever_clocks_are_set)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
