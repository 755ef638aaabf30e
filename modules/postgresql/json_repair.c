#include "postgresql_sink.h"

static bool read_unit(const char *at, const char *end, uint32_t *unit)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
    *unit = 0;
    for (int i = 2; i < 6; i++) {
        char c = kit_lower(at[i]);
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
        *unit = *unit << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return true;
}

static bool is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The size of the escape at `at`, and whether jsonb takes it. */
static size_t escape_size(const char *at, const char *end, bool *good)
{
    uint32_t unit, second;
    *good = true;
    if (!read_unit(at, end, &unit)) return end - at < 2 ? 1 : 2;
    if (is_high(unit) && read_unit(at + 6, end, &second) && is_low(second)) return 12;
    *good = unit != 0 && !is_high(unit) && !is_low(unit);
    return 6;
}

size_t json_good_part(postern_text text, size_t *bad)
{
    const char *at = text.data, *end = kit_end(text);
    *bad = 0;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        if (!escape) break;
        bool good;
        size_t size = escape_size(escape, end, &good);
        if (!good) {
            *bad = size;
            return (size_t)(escape - text.data);
        }
        at = escape + size;
    }
    return text.size;
}
