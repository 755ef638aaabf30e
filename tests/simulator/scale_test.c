/* Thousands of accounts cost little: only those that are asked have events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../unit/sanitized.h"
#include "compare.h"
#include "test_batches.h"
#include <stdio.h>
#include <string.h>

enum { ACCOUNTS = 5000, MEBIBYTE = 1024 };

/* Made at once, 5,000 times 2,000 events would be some hundred MiB. A sanitizer takes its own share. */
#define LARGEST_MIB (SANITIZED ? 1024 : 64)

static long resident_kib(pid_t process)
{
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &kib) == 1) break;
    fclose(file);
    return kib;
}

static void thousands(void **state)
{
    (void)state;
    static const char *const options[] = {"--scale", "5000", "--events", "2000", NULL};
    struct simulator simulator;
    simulator_start(&simulator, true, options);
    char output[128], truth[128];
    snprintf(output, sizeof output, "%s/output.ndjson", simulator.directory);
    snprintf(truth, sizeof truth, "%s/truth.ndjson", simulator.directory);
    long before_kib = resident_kib(simulator.process);
    struct reader reader = {.simulator = &simulator, .out = fopen(output, "w")};
    reader_read_all(&reader);
    reader.account = ACCOUNTS - 1;
    batches_read_all(&reader);
    fclose(reader.out);
    long after_kib = resident_kib(simulator.process);
    print_message("%d accounts: %ld KiB, %ld KiB after two of them were read\n", ACCOUNTS, before_kib,
                  after_kib);
    assert_true(before_kib < LARGEST_MIB * MEBIBYTE);
    assert_true(after_kib < before_kib + LARGEST_MIB * MEBIBYTE);
    const char *arguments[] = {"compare", "--truth", truth, "--output", output};
    assert_int_equal(compare_command(5, (char **)(uintptr_t)arguments), 0);
    assert_int_equal(simulator_violations(&simulator), 0);
    simulator_stop(&simulator);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests[] = {cmocka_unit_test(thousands)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
