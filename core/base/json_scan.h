/* Finding the byte that needs attention in JSON text: the kit's scanner, for modules and core alike. */
#ifndef POSTERN_BASE_JSON_SCAN_H
#define POSTERN_BASE_JSON_SCAN_H

#include <postern/kit.h>

/* The first quote, backslash or control character from `at` on (with `beyond_ascii`, also the first byte over
 * 0x7f); `end` if there is none. Never reads at or behind `end`. */
static inline const char *json_find_special(const char *at, const char *end, bool beyond_ascii)
{
    return kit_find_special(at, end, beyond_ascii);
}

#endif
