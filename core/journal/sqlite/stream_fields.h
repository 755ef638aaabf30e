/* The numbers of a stream's record that are columns of its row and that groups of idle polls have as well. */
#ifndef POSTERN_JOURNAL_SQLITE_STREAM_FIELDS_H
#define POSTERN_JOURNAL_SQLITE_STREAM_FIELDS_H

#include "journal/sqlite/fields.h"

#define STREAM_FIELDS(F)                                                                                     \
    F(INTEGER, settled_until_ms)                                                                             \
    F(INTEGER, pass_from_ms)                                                                                 \
    F(INTEGER, pass_until_ms)                                                                                \
    F(INTEGER, pass_start_ms)                                                                                \
    F(INTEGER, position_saved_ms)                                                                            \
    F(INTEGER, page_number)                                                                                  \
    F(INTEGER, attempt)                                                                                      \
    F(INTEGER, last_attempt_ms)                                                                              \
    F(INTEGER, last_success_ms)                                                                              \
    F(INTEGER, last_event_ms)                                                                                \
    F(INTEGER, caught_up_ms)                                                                                 \
    F(INTEGER, last_error_ms)                                                                                \
    F(INTEGER, next_attempt_ms)                                                                              \
    F(INTEGER, requests)                                                                                     \
    F(INTEGER, events)                                                                                       \
    F(INTEGER, repeats)                                                                                      \
    F(INTEGER, left_out)                                                                                     \
    F(INTEGER, set_aside)

#define STREAM_FIELD_NUMBER(type, name) STREAM_FIELD_##name,
enum { STREAM_FIELDS(STREAM_FIELD_NUMBER) STREAM_FIELD_COUNT };
#undef STREAM_FIELD_NUMBER

/* In struct stream_record. */
extern const struct record_field stream_fields[STREAM_FIELD_COUNT];

#endif
