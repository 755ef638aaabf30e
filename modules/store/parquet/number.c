#include "parquet/number.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NUMBER_LIMIT 64 /* bytes, with the NUL; what is longer stays text */

/* As a C string, for the library's functions; empty if it is too long, or no number. */
static const char *number_text(postern_text json, char buffer[NUMBER_LIMIT])
{
    bool is_number = json.size && (json.data[0] == '-' || (json.data[0] >= '0' && json.data[0] <= '9'));
    size_t size = is_number && json.size < NUMBER_LIMIT ? json.size : 0;
    memcpy(buffer, json.data, size);
    buffer[size] = '\0';
    return buffer;
}

bool number_is_whole(postern_text json)
{
    for (size_t i = 0; i < json.size; i++)
        if (json.data[i] == '.' || kit_lower(json.data[i]) == 'e') return false;
    return true;
}

enum parquet_fit number_read_int64(postern_text json, int64_t *number)
{
    char buffer[NUMBER_LIMIT], *end;
    errno = 0;
    long long read = strtoll(number_text(json, buffer), &end, 10);
    if (end == buffer || *end || errno) return PARQUET_MISFIT;
    *number = read;
    return PARQUET_FITS;
}

/* The digits that count, without the zeros around them; so many are behind the first one that is written. */
static size_t digits_of(const char *text, char digits[NUMBER_LIMIT])
{
    size_t count = 0;
    for (; *text && kit_lower(*text) != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (count || *text != '0')) digits[count++] = *text;
    digits[count] = '\0';
    return count;
}

/* Written with as many digits as the text has, it has the same ones. */
static bool is_same(const char *text, double number)
{
    char digits[NUMBER_LIMIT], written[2 * NUMBER_LIMIT], others[NUMBER_LIMIT];
    size_t count = digits_of(text, digits);
    if (count == 0) return true; /* 0, -0 */
    snprintf(written, sizeof written, "%.*e", (int)count - 1, number);
    return digits_of(written, others) == count && memcmp(digits, others, count) == 0;
}

enum parquet_fit number_read_double(postern_text json, double *number)
{
    char buffer[NUMBER_LIMIT], *end;
    double read = strtod(number_text(json, buffer), &end);
    if (end == buffer || *end || !isfinite(read)) return PARQUET_MISFIT;
    *number = read;
    return is_same(buffer, read) ? PARQUET_FITS : PARQUET_ROUNDED;
}
