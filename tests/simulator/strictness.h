/* The simulator that the tests of its strictness call, and what they expect of a refusal. */
#ifndef TEST_STRICTNESS_H
#define TEST_STRICTNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_simulator.h"
#include "times.h"
#include <stdio.h>
#include <string.h>

static struct simulator simulator;

static int start_world(const char *quirks)
{
    const char *const options[] = {"--accounts", "2",        "--events", "600", "--sources",
                                   "all",        "--quirks", quirks,     NULL};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    simulator_start(&simulator, true, options);
    return 0;
}

__attribute__((unused)) static int start(void **state)
{
    (void)state;
    return start_world("on");
}

__attribute__((unused)) static int start_without_quirks(void **state)
{
    (void)state;
    return start_world("off");
}

static int stop(void **state)
{
    (void)state;
    simulator_stop(&simulator);
    curl_global_cleanup();
    return 0;
}

__attribute__((unused)) static void check(const struct response *response, long status, const char *code,
                                          const char *what)
{
    char expected[80];
    snprintf(expected, sizeof expected, "\"code\":\"%s\"", code);
    if (response->status != status || !strstr(response->body.data, expected))
        fail_msg("%s: expected %ld %s, got %ld %s", what, status, code, response->status,
                 response->body.data);
}

#define DATES "\"from\":\"2026-06-15T00:00:00+0000\",\"to\":\"2026-06-15T11:00:00+0000\""

#endif
