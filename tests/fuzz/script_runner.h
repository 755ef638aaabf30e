/* For fuzz targets that run scripts of this folder, or packaged ones. */
#ifndef TESTS_FUZZ_SCRIPT_RUNNER_H
#define TESTS_FUZZ_SCRIPT_RUNNER_H

#include "base/error.h"
#include "script/script.h"
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) abort();                                                                           \
    } while (0)

/* The script must load. Its limits are those of the target: an event that reaches them is no finding. */
static inline struct script_runner *fuzz_runner(const char *name, const char *path)
{
    struct script_set *set;
    postern_error error = ERROR_INIT;
    const struct sandbox_limits limits = {
        .memory_bytes = 32 << 20, .time_ms = 20000, .instruction_limit = 50000000};
    if (script_set_load(&name, &path, 1, NULL, &limits, &set, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    struct script_runner *runner = script_runner_new(set, &error);
    CHECK(runner);
    script_set_release(set);
    return runner;
}

#endif
