/* Where a host name begins to be somebody's: its parts by the public suffix list ("co.uk", "github.io"). */
#ifndef POSTERN_PARSE_PUBLIC_SUFFIX_H
#define POSTERN_PARSE_PUBLIC_SUFFIX_H

#include <postern/module.h>

/* Of "www.East.Example.co.uk.": in lower case, without the dot at the end. */
struct public_suffix_parts {
    postern_text registered; /* "example.co.uk"; empty if the name is itself a suffix */
    postern_text top_level;  /* "co.uk"; what no list knows ends with its last label: "local" */
    postern_text subdomain;  /* "www.east" */
};

#define PUBLIC_SUFFIX_BUFFER ((size_t)256) /* a name has at most 253 bytes */

/* Names that were split lately: the same few hosts come again and again, and to look through the list takes
 * ten times as long as all else. Begins zeroed; of one thread. */
struct public_suffix_memo {
    struct {
        uint8_t size, registered_at, top_level_at;
        char name[61];
    } names[512];
};

/* The parts point into `buffer`; `memo` may be NULL. False, with *parts untouched, for what is no name with a
 * dot: addresses, a single label, empty labels, signs that no name has. Names may be in UTF-8 or in Punycode,
 * and stay in theirs. Any thread.
 */
bool public_suffix_split(postern_text host, char buffer[static PUBLIC_SUFFIX_BUFFER],
                         struct public_suffix_memo *memo, struct public_suffix_parts *parts);

#endif
