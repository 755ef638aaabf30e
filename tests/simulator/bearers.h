/* A simulator without quirks of which each account has a bearer token of API 2.0. */
#ifndef TEST_BEARERS_H
#define TEST_BEARERS_H

#include "strictness.h"

static struct text tokens[2]; /* by account */

static int start_with_tokens(void **state)
{
    int failed = start_without_quirks(state);
    for (unsigned i = 0; i < 2; i++)
        tokens[i] = simulator_token(&simulator, i, 0);
    return failed;
}

static int stop_with_tokens(void **state)
{
    for (unsigned i = 0; i < 2; i++)
        text_free(&tokens[i]);
    return stop(state);
}

#endif
