/* The other case of ASCII letters, eight bytes at a time: every other byte, so also all of UTF-8's, stays. No
 * locale is involved. */
#ifndef POSTERN_BASE_LETTER_CASE_H
#define POSTERN_BASE_LETTER_CASE_H

#include <postern/kit.h>

/* What to turn in a byte: `first` is 'A' for lower case, 'a' for upper case. The plain way, which the words
 * are tested against. */
static inline char letter_case_turn(char byte, char first)
{
    return (unsigned char)(byte - first) < 26 ? 0x20 : 0;
}

static inline uint64_t letter_case_turn_word(uint64_t bytes, char first)
{
    const uint64_t low = bytes & KIT_EACH_BYTE(0x7f); /* so that no byte carries into the next */
    const uint64_t from_first = low + KIT_EACH_BYTE(0x80 - first),
                   behind_last = low + KIT_EACH_BYTE(0x80 - 26 - first);
    return (from_first & ~behind_last & ~bytes & KIT_EACH_BYTE(0x80)) >> 2;
}

/* Whether there is a letter to turn. */
static inline bool letter_case_differs(postern_text text, char first)
{
    const char *at = text.data, *end = kit_end(text);
    for (; end - at >= 8; at += 8)
        if (letter_case_turn_word(kit_word(at), first)) return true;
    for (; at < end; at++)
        if (letter_case_turn(*at, first)) return true;
    return false;
}

/* Writes the text in the other case to `to`, which may be where it stands itself. */
static inline void letter_case_write(postern_text text, char first, char *to)
{
    const char *at = text.data, *end = kit_end(text);
    for (; end - at >= 8; at += 8, to += 8) {
        uint64_t bytes;
        memcpy(&bytes, at, sizeof bytes);
        bytes ^= letter_case_turn_word(bytes, first);
        memcpy(to, &bytes, sizeof bytes);
    }
    for (; at < end; at++, to++)
        *to = (char)(*at ^ letter_case_turn(*at, first));
}

#endif
