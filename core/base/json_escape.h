/* Escapes inside JSON strings that the parser has found to be well-formed. */
#ifndef POSTERN_BASE_JSON_ESCAPE_H
#define POSTERN_BASE_JSON_ESCAPE_H

#include <postern/module.h>

/* Reads the escape whose backslash is at *at (both halves of a surrogate pair) and steps over it. A lone
 * surrogate is returned as it is. */
uint32_t json_decode_escape(const char **at, const char *end);
/* Writes 1 to 4 bytes, U+FFFD for a lone surrogate. */
size_t json_code_point_to_utf8(uint32_t code_point, char bytes[4]);
/* As memcmp between the unescaped `raw` and `plain`. */
int json_compare_unescaped(postern_text raw, postern_text plain);

static inline bool json_is_surrogate(uint32_t code_point)
{
    return code_point >= 0xd800 && code_point < 0xe000;
}

#endif
