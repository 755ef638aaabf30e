/* What remembering ids costs: a stream (or so many, whose files come in turn) of 5 million events a day for 8
 * days that follows its token, then a start from the oldest, all of which is known. Prints size, memory and
 * time for each event beside the goals; exit code 1 if size or memory misses its goal (time depends on the
 * machine).
 *
 * usage: journal_ids_bench DIRECTORY [EVENTS [STREAMS]] */
#include "../unit/journal_settings.h"
#include "base/error.h"
#include "journal/journal.h"
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENTS_A_DAY ((int64_t)5000000)
#define DAY_MS       ((int64_t)86400000)
#define START_MS     ((int64_t)1767225600000)
#define FILE_EVENTS                                                                                          \
    100000 /* the vendor's file; its events lie within as long as it took to come together                   \
            */
#define PAGE_EVENTS 1000
#define BATCH       1000                /* ids asked for at once */
#define IDS_MEMORY  ((int64_t)32 << 20) /* as the engine has it */

#define GOAL_BYTES  6.0
#define GOAL_MIB    64.0
#define GOAL_MICROS 1.0

static struct {
    struct clock clock;
    _Atomic int64_t now_ms;
} moved;

static int64_t moved_now(const struct clock *clock)
{
    (void)clock;
    return atomic_load(&moved.now_ms);
}

static double seconds_of(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t word)
{
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9u;
    word = (word ^ word >> 27) * 0x94D049BB133111EBu;
    return word ^ word >> 31;
}

static void id_of(int64_t n, unsigned char id[EVENT_ID_SIZE])
{
    const uint64_t words[2] = {mix((uint64_t)n * 0x9E3779B97F4A7C15u), mix((uint64_t)n + 1)};
    memcpy(id, words, sizeof words);
}

/* Events of a file lie in it in no order. */
static int64_t time_of(int64_t n)
{
    int64_t place = n / FILE_EVENTS * FILE_EVENTS + (int64_t)(mix((uint64_t)n) % FILE_EVENTS);
    return START_MS + place * (DAY_MS / 1000) / (EVENTS_A_DAY / 1000);
}

static double private_mib(void)
{
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        sscanf(line, "RssAnon: %ld", &kib);
    if (status) fclose(status);
    return (double)kib / 1024;
}

static struct asked {
    unsigned char ids[BATCH][EVENT_ID_SIZE];
    int64_t times_ms[BATCH];
    bool known[BATCH];
} asked;

static double ask_seconds;

#define MOST_STREAMS 64
static struct stream_record streams[MOST_STREAMS];
static int64_t stream_count = 1;

/* Whose file the event is in. */
static struct stream_record *stream_of(int64_t n)
{
    return &streams[n / FILE_EVENTS % stream_count];
}

/* Asks for events first ... and returns how many are known. */
static int64_t ask(struct journal *journal, int64_t first, int64_t stride, bool with_times)
{
    int64_t found = 0;
    postern_error error = ERROR_INIT;
    for (int64_t i = 0; i < BATCH; i++) {
        id_of(first + i * stride, asked.ids[i]);
        asked.times_ms[i] = time_of(first + i * stride);
    }
    memset(asked.known, 0, sizeof asked.known);
    double started = seconds_of(CLOCK_MONOTONIC);
    if (journal_known_ids(journal, stream_of(first)->id, asked.ids[0], with_times ? asked.times_ms : NULL,
                          BATCH, asked.known, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    ask_seconds += seconds_of(CLOCK_MONOTONIC) - started;
    for (int64_t i = 0; i < BATCH; i++)
        found += asked.known[i];
    return found;
}

static void commit(struct journal *journal, struct page_builder *builder, int64_t first)
{
    postern_error error = ERROR_INIT;
    for (int64_t n = first; n < first + PAGE_EVENTS; n++) {
        struct journal_event event = {.time_ms = time_of(n), .type = {"receipt", 7}, .json = {"{}", 2}};
        id_of(n, event.id);
        if (!page_builder_add(builder, &event)) abort();
    }
    struct journal_page *pages = page_builder_take(builder);
    struct journal_commit commit = {.stream = stream_of(first),
                                    .pages = pages,
                                    .received_ms = moved_now(NULL),
                                    .remember_ms = 9 * DAY_MS};
    if (journal_commit_now(journal, &commit, &error) < 0) {
        fprintf(stderr, "commit: %s\n", error.message);
        exit(1);
    }
    journal_page_free(pages);
}

static int64_t number_of(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) abort();
    int64_t number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return number;
}

/* Bytes of the database in use; *folded, *runs: ids in runs, and how many there are. */
static int64_t bytes_used(const char *directory, int64_t *folded, int64_t *runs)
{
    char path[4096];
    sqlite3 *database = NULL;
    snprintf(path, sizeof path, "%s/journal.db", directory);
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) abort();
    int64_t pages = number_of(database, "PRAGMA page_count") - number_of(database, "PRAGMA freelist_count");
    int64_t used = pages * number_of(database, "PRAGMA page_size");
    *folded = number_of(database, "SELECT sum(id_count) FROM known_run");
    *runs = number_of(database, "SELECT count(*) FROM known_run");
    sqlite3_close(database);
    return used;
}

static void print_micros(const char *what, double seconds, int64_t events, double goal)
{
    double micros = seconds / (double)events * 1e6;
    printf("%-44s %8.3f us an event", what, micros);
    if (goal > 0) printf("   goal %.0f: %s", goal, micros <= goal ? "met" : "MISSED");
    printf("\n");
    fflush(stdout);
}

/* ---- What is measured ----------------------------------------------------------------------------- */

static double most_mib;

static void note_memory(void)
{
    double now = private_mib();
    if (now > most_mib) most_mib = now;
}

/* As collecting does it: each batch is asked for, is new, and is committed. */
static void bring_new_ones(struct journal *journal, int64_t events)
{
    struct page_builder *builder = page_builder_new(1 << 20, PAGE_EVENTS);
    double started = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), last = 0;
    for (int64_t n = 0; n < events; n += PAGE_EVENTS) {
        double before = ask_seconds;
        if (n % FILE_EVENTS == 0)
            atomic_store(&moved.now_ms, START_MS + (n + FILE_EVENTS) * DAY_MS / EVENTS_A_DAY);
        if (ask(journal, n, 1, true) != 0) abort(); /* taken for known, and lost */
        commit(journal, builder, n);
        if (n >= events - EVENTS_A_DAY) last += ask_seconds - before;
        if (n % FILE_EVENTS == 0) note_memory();
    }
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    page_builder_free(builder);
    printf("%lld events in %.0f s\n", (long long)events, seconds_of(CLOCK_MONOTONIC) - started);
    print_micros("asking for new events, all days", ask_seconds, events, GOAL_MICROS);
    print_micros("asking for new events, the last day", last, events < EVENTS_A_DAY ? events : EVENTS_A_DAY,
                 GOAL_MICROS);
    print_micros("CPU of all: packing, committing, folding", cpu, events, 0);
}

/* Lets the last raw events go, too. */
static void let_raw_events_go(struct journal *journal)
{
    struct journal_totals totals = {.pages = 1};
    atomic_fetch_add(&moved.now_ms, DAY_MS / 12);
    for (int i = 0; i < 200 && totals.pages; i++) {
        atomic_fetch_add(&moved.now_ms, 11000);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        if (journal_totals(journal, &totals, NULL) < 0) abort();
    }
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
}

static bool measure_size(const char *directory, int64_t events)
{
    int64_t folded = 0, runs = 0, used = bytes_used(directory, &folded, &runs);
    double bytes = (double)used / (double)events;
    printf("%-44s %8.2f bytes an event   goal %.0f: %s   (%lld of them in %lld runs)\n",
           "on disk, the whole file", bytes, GOAL_BYTES, bytes <= GOAL_BYTES ? "met" : "MISSED",
           (long long)folded, (long long)runs);
    return bytes <= GOAL_BYTES;
}

static void ask_for_all_again(struct journal *journal, int64_t events)
{
    ask_seconds = 0;
    for (int64_t n = 0; n < events; n += BATCH) {
        if (ask(journal, n, 1, true) != BATCH) abort(); /* forgotten, and delivered again */
        if (n % FILE_EVENTS == 0) note_memory();
    }
    print_micros("asking for all again, in their order", ask_seconds, events, GOAL_MICROS);
    if (stream_count > 1) return; /* what follows looks into one */
    ask_seconds = 0;
    for (int64_t i = 0; i < 20; i++)
        if (ask(journal, i * 31, events / BATCH - 1, true) != BATCH) abort();
    print_micros("the same from all days at once", ask_seconds, (int64_t)20 * BATCH, 0);
    ask_seconds = 0;
    for (int64_t i = 0; i < 5; i++)
        if (ask(journal, events + i * BATCH, 1, false) != 0) abort();
    print_micros("new ones without a time: asking all runs", ask_seconds, (int64_t)5 * BATCH, 0);
}

static bool measure_memory(void)
{
    note_memory();
    printf("%-44s %8.1f MiB               goal %.0f: %s\n", "private memory of the process, at the most",
           most_mib, GOAL_MIB, most_mib <= GOAL_MIB ? "met" : "MISSED");
    return most_mib <= GOAL_MIB;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "journal_ids_bench DIRECTORY [EVENTS [STREAMS]]\n");
        return 2;
    }
    int64_t events = (argc > 2 ? strtoll(argv[2], NULL, 10) : 8 * EVENTS_A_DAY) / FILE_EVENTS * FILE_EVENTS;
    postern_error error = ERROR_INIT;
    struct journal *journal = NULL;
    struct account_record account;
    static char names[MOST_STREAMS][32];
    if (argc > 3) stream_count = strtoll(argv[3], NULL, 10);
    if (stream_count < 1 || stream_count > MOST_STREAMS) return 2;
    struct journal_settings settings = usual_journal_settings();
    settings.max_size = (int64_t)64 << 30;
    settings.retain_ms = DAY_MS / 24;
    settings.ids_memory = IDS_MEMORY;
    moved.clock = (struct clock){moved_now, moved_now, 1.0};
    atomic_store(&moved.now_ms, START_MS);
    if (journal_open(argv[1], &settings, &moved.clock, &journal, &error) < 0 ||
        journal_account(journal, "bench", &account, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (int64_t i = 0; i < stream_count; i++) {
        snprintf(names[i], sizeof names[i], "siem-%lld", (long long)i);
        if (journal_stream(journal, account.id, "bench", "siem", names[i], POSTERN_STREAM_TOKEN, "",
                           &streams[i], &error) < 0)
            return 1;
    }
    bring_new_ones(journal, events);
    let_raw_events_go(journal);
    bool small = measure_size(argv[1], events);
    ask_for_all_again(journal, events);
    bool within = measure_memory();
    journal_close(journal);
    return small && within ? 0 : 1;
}
