#include "base/units.h"
#include "base/error.h"
#include "base/text.h"
#include <stdio.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit duration_units[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                                             {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct unit size_units[] = {{"B", 1},         {"KiB", 1 << 10},   {"MiB", 1 << 20},
                                         {"GiB", 1 << 30}, {"TiB", 1LL << 40}, {NULL, 0}};

/* Digits and then one of the units. False if it is something else or does not fit. */
static bool parse(postern_text text, const struct unit *units, int64_t *value)
{
    size_t i = 0;
    int64_t number = 0;
    for (; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, text.data[i] - '0', &number))
            return false;
    if (i == 0) return false;
    postern_text name = {text.data + i, text.size - i};
    for (; units->name; units++) {
        if (!text_is(name, units->name)) continue;
        if (__builtin_mul_overflow(number, units->factor, &number)) return false;
        *value = number;
        return true;
    }
    return false;
}

postern_status duration_parse(postern_text text, int64_t *ms, postern_error *error)
{
    if (parse(text, duration_units, ms)) return POSTERN_OK;
    return error_set(error, POSTERN_E_CONFIG,
                     "\"%.*s\" is no duration: write a number and ms, s, m, h or d, for example \"15m\"",
                     TEXT_ARGS(text));
}

postern_status size_parse(postern_text text, int64_t *bytes, postern_error *error)
{
    if (parse(text, size_units, bytes)) return POSTERN_OK;
    return error_set(error, POSTERN_E_CONFIG,
                     "\"%.*s\" is no size: write a number and B, KiB, MiB, GiB or TiB, for example \"64KiB\"",
                     TEXT_ARGS(text));
}

const char *duration_format(int64_t ms, char buffer[32])
{
    static const struct unit units[] = {
        {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    if (ms < 0) ms = 0;
    for (size_t i = 0; i + 1 < sizeof units / sizeof *units; i++) {
        if (ms < units[i].factor) continue;
        int64_t rest = ms % units[i].factor / units[i + 1].factor;
        if (rest && units[i + 1].factor > 1)
            snprintf(buffer, 32, "%lld%s %lld%s", (long long)(ms / units[i].factor), units[i].name,
                     (long long)rest, units[i + 1].name);
        else
            snprintf(buffer, 32, "%lld%s", (long long)(ms / units[i].factor), units[i].name);
        return buffer;
    }
    snprintf(buffer, 32, "%lldms", (long long)ms);
    return buffer;
}

const char *size_format(int64_t bytes, char buffer[32])
{
    for (size_t i = sizeof size_units / sizeof *size_units - 2; i > 0; i--) {
        if (bytes < size_units[i].factor) continue;
        snprintf(buffer, 32, "%.1f %s", (double)bytes / (double)size_units[i].factor, size_units[i].name);
        return buffer;
    }
    snprintf(buffer, 32, "%lld B", (long long)bytes);
    return buffer;
}

/* In the largest unit of which it is a whole number. */
static const char *write_exactly(int64_t value, const struct unit *units, char buffer[32])
{
    const struct unit *best = units;
    for (const struct unit *unit = units; value && unit->name; unit++)
        if (value % unit->factor == 0) best = unit;
    snprintf(buffer, 32, "%lld%s", (long long)(value / best->factor), best->name);
    return buffer;
}

const char *duration_write(int64_t ms, char buffer[32])
{
    return write_exactly(ms, duration_units, buffer);
}

const char *size_write(int64_t bytes, char buffer[32])
{
    return write_exactly(bytes, size_units, buffer);
}
