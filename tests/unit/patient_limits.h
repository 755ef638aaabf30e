/* The default limits, but for time: what takes a moment takes seconds under a sanitizer on a busy machine.
 * For every script that is not to run too long. */
#ifndef TESTS_UNIT_PATIENT_LIMITS_H
#define TESTS_UNIT_PATIENT_LIMITS_H

#include "sandbox/sandbox.h"

#define PATIENCE_MS 60000

static inline struct sandbox_limits patient_limits(void)
{
    struct sandbox_limits limits = sandbox_default_limits;
    limits.time_ms = PATIENCE_MS;
    return limits;
}

/* The same, for who takes a pointer. */
static inline const struct sandbox_limits *patiently(void)
{
    static _Thread_local struct sandbox_limits limits;
    limits = patient_limits();
    return &limits;
}

#endif
