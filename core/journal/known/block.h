/* Sorted fingerprints as they are stored: the differences between neighbours, Rice-coded, in blocks of one
 * database page. A million random fingerprints take 45.6 bits each.
 *
 * A block: byte 1 (version) | byte: Rice parameter | 2 bytes count | 4 bytes sum over all else | 8 bytes
 * first fingerprint | bits, from each byte's lowest: for each further one the difference less one: its upper
 * part as so many zeros and a one, its lower (Rice parameter) bits | zeros up to a multiple of 8 bytes.
 * Numbers are little-endian. */
#ifndef POSTERN_JOURNAL_KNOWN_BLOCK_H
#define POSTERN_JOURNAL_KNOWN_BLOCK_H

#include "journal/known/fingerprints.h"

/* With what SQLite adds a block fills a page of 8192 bytes: 8157 may lie on it, of which 5 are the row's
 * head.
 */
#define KNOWN_BLOCK_SIZE  8144
#define KNOWN_BLOCK_COUNT 8192 /* of fingerprints, at the most */

/* The Rice parameter that suits `count` fingerprints, evenly distributed. */
unsigned known_block_parameter(size_t count);
/* Encodes the first of those that lie at `list`, as many as fit; returns how many. */
size_t known_block_encode(const uint64_t *list, size_t count, unsigned parameter,
                          unsigned char block[KNOWN_BLOCK_SIZE], size_t *size);
/* Whatever the bytes: POSTERN_E_PROTOCOL, or ascending fingerprints. */
postern_status known_block_decode(postern_text block, uint64_t list[KNOWN_BLOCK_COUNT], size_t *count,
                                  postern_error *error);

#endif
