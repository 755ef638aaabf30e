/* How fast the journal takes and gives events: journal_bench DIRECTORY [EVENTS]
 * Packs pages of 1,000 realistic events (about 800 bytes) on one thread while the writer commits them, then
 * reads all of them from the file, asks for ids, and states memory when idle. */
#include "../unit/journal_settings.h"
#include "base/error.h"
#include "journal/journal.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PAGE_EVENTS 1000
#define IN_FLIGHT   8

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* A receipt line as the SIEM endpoint gives it; what differs from mail to mail differs. */
static size_t make_event(uint64_t n, char *json, size_t capacity, unsigned char id[EVENT_ID_SIZE])
{
    uint64_t state = n;
    uint64_t a = next_random(&state), b = next_random(&state), c = next_random(&state);
    memcpy(id, &a, 8);
    memcpy(id + 8, &b, 8);
    static const char *const acts[] = {"Acc", "Rej", "Hld", "Bnc"};
    static const char *const domains[] = {"example.com", "contoso.example", "fabrikam.example",
                                          "northwind.example"};
    int size = snprintf(
        json, capacity,
        "{\"acc\":\"C0A0\",\"MsgId\":\"<%016llx.%08x@mail-%u.%s>\",\"Sender\":\"user%u@%s\",\"headerFrom\":"
        "\"user%u@%s\","
        "\"datetime\":\"2026-01-0%uT%02u:%02u:%02u+0000\",\"Rcpt\":\"person%u@customer.example\",\"Act\":\"%"
        "s\","
        "\"RejType\":null,\"RejCode\":null,\"Dir\":\"Inbound\",\"aCode\":\"%.12llx\",\"IP\":\"203.0.113.%u\","
        "\"TlsVer\":\"TLSv1.3\",\"Cphr\":\"TLS_AES_256_GCM_SHA384\",\"SpamInfo\":null,\"SpamScore\":%u,"
        "\"SpamLimit\":28,\"Virus\":null,\"Subject\":\"Re: Invoice %u for order %llu, please look at it "
        "until %u\","
        "\"Attachment\":[\"invoice-%u.pdf\",\"terms.docx\"],\"SpamProcessingDetail\":{\"spf\":{\"info\":"
        "\"ALLOW\",\"allow\":true},"
        "\"dkim\":{\"info\":\"ALLOW\",\"allow\":true},\"dmarc\":{\"info\":\"ALLOW\",\"allow\":%s},"
        "\"greyEmail\":false},"
        "\"MsgSize\":%u,\"AttSize\":%u,\"AttCnt\":2,\"Route\":\"Route "
        "%u\",\"Latency\":%u,\"logType\":\"receipt\"}",
        (unsigned long long)a, (unsigned)b, (unsigned)(c % 7), domains[c % 4], (unsigned)(c % 5000),
        domains[c % 4], (unsigned)(c % 5000), domains[c % 4], (unsigned)(n / 86400 % 9 + 1),
        (unsigned)(n / 3600 % 24), (unsigned)(n / 60 % 60), (unsigned)(n % 60), (unsigned)(b % 900),
        acts[a % 4], (unsigned long long)(b >> 16), (unsigned)(c >> 8) % 256, (unsigned)(c >> 16) % 28,
        (unsigned)(b >> 20) % 100000, (unsigned long long)(a >> 40), (unsigned)(c >> 24) % 31,
        (unsigned)(b >> 8) % 100000, a % 3 ? "true" : "false", (unsigned)(a >> 12) % 4000000,
        (unsigned)(b >> 12) % 3000000, (unsigned)(c >> 5) % 12, (unsigned)(a >> 7) % 3000);
    return (size_t)size;
}

#define VARIETY 20 /* pages of different events, made once */

static struct sample {
    char *json;
    size_t size;
} samples[VARIETY * PAGE_EVENTS];

static void make_samples(void)
{
    char json[2048];
    unsigned char id[EVENT_ID_SIZE];
    size_t bytes = 0;
    for (size_t n = 0; n < VARIETY * PAGE_EVENTS; n++) {
        samples[n].size = make_event(n, json, sizeof json, id);
        samples[n].json = memcpy(malloc(samples[n].size), json, samples[n].size);
        bytes += samples[n].size;
    }
    printf("%-36s %9zu bytes\n", "average event", bytes / (VARIETY * PAGE_EVENTS));
}

static void event_id(uint64_t n, unsigned char id[EVENT_ID_SIZE])
{
    uint64_t words[2] = {next_random(&n), next_random(&n)};
    memcpy(id, words, EVENT_ID_SIZE);
}

static struct journal_page *make_page(struct page_builder *builder, uint64_t first)
{
    for (uint64_t n = first; n < first + PAGE_EVENTS; n++) {
        const struct sample *sample = &samples[n % (VARIETY * PAGE_EVENTS)];
        struct journal_event event = {.time_ms = 1767225600000 + (int64_t)n * 7,
                                      .type = {"receipt", 7},
                                      .json = {sample->json, sample->size}};
        event_id(n, event.id);
        if (!page_builder_add(builder, &event)) abort();
    }
    return page_builder_take(builder);
}

struct slot {
    struct journal_commit commit;
    struct stream_record stream;
    _Atomic int busy;
};

static void done(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    struct slot *slot = commit->context;
    if (status < 0) {
        fprintf(stderr, "commit: %s\n", error->message);
        exit(1);
    }
    journal_page_free(commit->pages);
    atomic_store(&slot->busy, 0);
}

static void commit_page(struct journal *journal, struct slot *slot, struct journal_page *pages)
{
    slot->commit = (struct journal_commit){.stream = &slot->stream,
                                           .pages = pages,
                                           .received_ms = 1767225600000,
                                           .pass_until_ms = 1767225600000,
                                           .done = done,
                                           .context = slot};
    atomic_store(&slot->busy, 1);
    journal_submit(journal, &slot->commit);
}

static struct slot *free_slot(struct slot *slots)
{
    for (size_t i = 0;; i = (i + 1) % IN_FLIGHT) {
        if (!atomic_load(&slots[i].busy)) return &slots[i];
        if (i == IN_FLIGHT - 1) nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    }
}

static long private_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        sscanf(line, "RssAnon: %ld", &kib);
    if (status) fclose(status);
    return kib;
}

static void report(const char *what, double events, double started, double cpu_started)
{
    double seconds = now(CLOCK_MONOTONIC) - started, cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu_started;
    printf("%-36s %9.0f events/s  %5.2f CPU s per million events\n", what, events / seconds,
           cpu / events * 1e6);
}

static void measure_packing(struct page_builder *builder, size_t pages)
{
    double started = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < pages; i++)
        journal_page_free(make_page(builder, i * PAGE_EVENTS));
    report("packing, one thread", (double)(pages * PAGE_EVENTS), started, cpu);
}

static void wait_for_all(struct slot *slots)
{
    for (size_t i = 0; i < IN_FLIGHT; i++)
        while (atomic_load(&slots[i].busy))
            nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}

static void commit_packed(struct journal *journal, struct slot *slots, struct page_builder *builder,
                          size_t pages)
{
    struct journal_page **packed = calloc(pages, sizeof(struct journal_page *));
    for (size_t i = 0; i < pages; i++)
        packed[i] = make_page(builder, i * PAGE_EVENTS);
    double started = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < pages; i++)
        commit_page(journal, free_slot(slots), packed[i]);
    wait_for_all(slots);
    report("committing packed pages", (double)(pages * PAGE_EVENTS), started, cpu);
    free(packed);
}

static void pack_and_commit(struct journal *journal, struct slot *slots, struct page_builder *builder,
                            size_t first, size_t pages)
{
    double started = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = first; i < first + pages; i++)
        commit_page(journal, free_slot(slots), make_page(builder, i * PAGE_EVENTS));
    wait_for_all(slots);
    report("packing (one thread) and committing", (double)(pages * PAGE_EVENTS), started, cpu);
}

static void read_back(struct journal *journal, const char *what, uint64_t expected)
{
    double started = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    int64_t after = 0;
    uint64_t events = 0;
    for (;;) {
        const struct page_view *page = NULL;
        if (journal_next_page(journal, after, NULL, NULL, &page, &after, NULL) < 0) abort();
        if (!page) break;
        struct journal_event event;
        for (size_t cursor = 0; page_next_event(page, &cursor, &event);)
            events++;
        page_release(page);
    }
    if (events != expected) abort();
    report(what, (double)events, started, cpu);
}

static void ask_ids(struct journal *journal, int64_t stream_id, size_t pages)
{
    static unsigned char ids[PAGE_EVENTS][EVENT_ID_SIZE];
    static bool known[PAGE_EVENTS];
    for (int round = 0; round < 2; round++) {
        double seconds = 0;
        for (size_t page = 0; page < pages; page++) {
            for (size_t i = 0; i < PAGE_EVENTS; i++)
                event_id(page * PAGE_EVENTS + i, ids[i]);
            double started = now(CLOCK_MONOTONIC);
            if (journal_known_ids(journal, stream_id, ids[0], NULL, PAGE_EVENTS, known, NULL) < 0) abort();
            seconds += now(CLOCK_MONOTONIC) - started;
        }
        printf("%-36s %9.0f events/s\n", round ? "known ids, in memory" : "known ids, with loading",
               (double)(pages * PAGE_EVENTS) / seconds);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "journal_bench DIRECTORY [EVENTS]\n");
        return 2;
    }
    size_t pages = (argc > 2 ? strtoul(argv[2], NULL, 10) : 400000) / PAGE_EVENTS;
    postern_error error = ERROR_INIT;
    struct journal *journal = NULL;
    struct account_record account;
    static struct slot slots[IN_FLIGHT];
    struct journal_settings settings = usual_journal_settings();
    settings.max_size = (int64_t)64 << 30;
    if (journal_open(argv[1], &settings, clock_process(), &journal, &error) < 0 ||
        journal_account(journal, "bench", &account, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (size_t i = 0; i < IN_FLIGHT; i++)
        if (journal_stream(journal, account.id, "bench", "siem", "siem", POSTERN_STREAM_WINDOW, "",
                           &slots[i].stream, &error) < 0)
            return 1;
    long before = private_kib();
    struct page_builder *builder = page_builder_new(1 << 20, PAGE_EVENTS);
    make_samples();
    measure_packing(builder, pages);
    commit_packed(journal, slots, builder, pages / 2);
    pack_and_commit(journal, slots, builder, pages / 2, pages - pages / 2);
    page_builder_free(builder);
    read_back(journal, "reading from the file", pages * PAGE_EVENTS);
    ask_ids(journal, slots[0].stream.id, pages / 5 + 1);
    struct journal_totals totals;
    if (journal_totals(journal, &totals, &error) < 0) return 1;
    printf("%-36s %9.0f bytes an event\n", "on disk", (double)totals.bytes_on_disk / (double)totals.events);
    printf("%-36s %9ld KiB at the start, %ld KiB at the end\n", "private memory", before, private_kib());
    journal_close(journal);
    for (size_t n = 0; n < VARIETY * PAGE_EVENTS; n++)
        free(samples[n].json);
    return 0;
}
