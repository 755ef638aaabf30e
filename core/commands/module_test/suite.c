#include "commands/module_test/suite.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/module_test/process.h"
#include "commands/module_test/report.h"
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define OUTPUT_LIMIT ((size_t)16 << 20)
#define OUTPUT_SHOWN ((size_t)2000) /* the beginning: there a sanitizer says what it found */

static void run_one(const struct suite *suite, struct report *report, const struct suite_offer *offer,
                    const struct module_check *check)
{
    _cleanup_(buffer_free) struct buffer said = {.limit = OUTPUT_LIMIT};
    char path[PATH_MAX + 32];
    if (process_is_ending()) return;
    process_run(suite, offer, check);
    if (process_is_ending()) return;
    process_output(suite, path);
    file_read(path, OUTPUT_LIMIT, &said, NULL);
    postern_text shown = text_trim(buffer_text(&said));
    shown.size = text_cut(shown, OUTPUT_SHOWN);
    report_check(report, offer, check, suite->board->finding, suite->board->words, shown);
}

static void run_table(const struct suite *suite, struct report *report, const struct suite_offer *offer,
                      const struct module_check *table)
{
    for (const struct module_check *check = table; check->name; check++)
        if (!suite->check || strcmp(check->name, suite->check) == 0) run_one(suite, report, offer, check);
}

/* Of what the module offers: all, or what the user named. In a configuration a sink has a name of its own,
 * and its type says which of them it is. */
static bool is_chosen(const struct suite *suite, const struct suite_offer *offer)
{
    if (!suite->only) return true;
    const char *wanted = offer->kind == OFFER_SINK && suite->config ? suite->board->type : suite->only;
    return offer->kind == suite->only_kind && (!*wanted || strcmp(wanted, offer->name) == 0);
}

static const struct module_check *const tables[] = {sink_checks, source_checks, lookup_checks}; /* by kind */

static bool has_check(const struct module_check *table, const char *name)
{
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    return table->name != NULL;
}

static bool check_choice(const struct suite *suite)
{
    size_t chosen = 0, with_options = 0;
    bool known = !suite->check || has_check(module_checks, suite->check);
    for (size_t kind = 0; kind < sizeof tables / sizeof *tables; kind++)
        known = known || has_check(tables[kind], suite->check);
    if (!known) {
        show(stderr, "postern: there is no check \"%s\"\n", suite->check);
        return false;
    }
    for (size_t i = 0; i < suite->board->offer_count; i++) {
        if (!is_chosen(suite, &suite->board->offers[i])) continue;
        chosen++;
        with_options += suite->board->offers[i].kind != OFFER_LOOKUP;
    }
    if (chosen == 0 && *suite->board->type) {
        show(stderr, "postern: sink \"%s\" of %s is of type \"%s\", and the module has no such sink\n",
             suite->only, suite->config, suite->board->type);
        return false;
    }
    if (chosen == 0 && suite->only) {
        show(stderr, "postern: the module has no %s \"%s\"\n", offer_kind_name(suite->only_kind),
             suite->only);
        return false;
    }
    if (with_options > 1 && suite->option_count) {
        show(stderr,
             "postern: the module has several sinks or sources: say with --sink NAME or --source NAME "
             "which one has these options\n");
        return false;
    }
    return true;
}

static int run_all(struct suite *suite)
{
    struct report report;
    report_begin(&report, suite);
    run_one(suite, &report, NULL, &module_checks[0]); /* it loads, and says what it has */
    bool loads = suite->board->finding == CHECK_PASSED && !process_is_ending();
    if (loads && !check_choice(suite)) return EXIT_USAGE;
    if (loads) run_table(suite, &report, NULL, &module_checks[1]);
    for (size_t i = 0; loads && i < suite->board->offer_count; i++) {
        const struct suite_offer *offer = &suite->board->offers[i];
        if (is_chosen(suite, offer)) run_table(suite, &report, offer, tables[offer->kind]);
    }
    return report_end(&report);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static bool make_scratch(struct suite *suite)
{
    const char *base = getenv("TMPDIR");
    snprintf(suite->scratch, sizeof suite->scratch, "%s/postern-module-test-XXXXXX",
             base && *base == '/' ? base : "/tmp");
    if (mkdtemp(suite->scratch)) return true;
    show(stderr, "postern: no folder for the test in %s: %s\n", base ? base : "/tmp", strerror(errno));
    return false;
}

int suite_run(struct suite *suite)
{
    void *shared =
        mmap(NULL, sizeof *suite->board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        postern_error error = ERROR_INIT;
        error_no_memory(&error, NULL);
        return command_fail(&error);
    }
    suite->board = shared;
    snprintf(suite->run, sizeof suite->run, "%016" PRIx64, random_number(random_system()));
    int code = EXIT_INCOMPLETE;
    process_wait_for_signals();
    if (make_scratch(suite)) {
        code = run_all(suite);
        nftw(suite->scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    munmap(shared, sizeof *suite->board);
    process_end_by_signal();
    return code;
}
