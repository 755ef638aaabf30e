/* Durations and sizes as users write them. */
#ifndef POSTERN_BASE_UNITS_H
#define POSTERN_BASE_UNITS_H

#include <postern/module.h>

/* "500ms", "10s", "15m", "12h", "7d" → milliseconds. One number, one unit, no sign, no fraction. */
postern_status duration_parse(postern_text text, int64_t *ms, postern_error *error);
/* "512B", "64KiB", "10MiB", "2GiB", "1TiB" → bytes. */
postern_status size_parse(postern_text text, int64_t *bytes, postern_error *error);
/* "3d 4h", "12m 5s", "850ms": two units at the most, for people. Returns `buffer`. */
const char *duration_format(int64_t ms, char buffer[32]);
/* "1.5 GiB", "820 B". Returns `buffer`. */
const char *size_format(int64_t bytes, char buffer[32]);

/* As a configuration has them, exactly: "90s", "64KiB". Return `buffer`. */
const char *duration_write(int64_t ms, char buffer[32]);
const char *size_write(int64_t bytes, char buffer[32]);

#endif
