/* Settings of a journal for tests that do not care, or change one of them. */
#ifndef TEST_JOURNAL_SETTINGS_H
#define TEST_JOURNAL_SETTINGS_H

#include "journal/journal.h"

static inline struct journal_settings usual_journal_settings(void)
{
    return (struct journal_settings){.max_size = (int64_t)2 << 30,
                                     .retain_ms = 24 * 60 * 60 * 1000,
                                     .dead_limit = (int64_t)256 << 20,
                                     .cache_size = (int64_t)16 << 20,
                                     .coverage_ranges = 1000,
                                     .ids_memory = (int64_t)64 << 20};
}

#endif
