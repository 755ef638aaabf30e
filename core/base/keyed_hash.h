/* A hash of all bytes of a text under a key that no other process has: nobody can make up texts that fall on
 * the same place of a table, so that looking them up stays as fast as it is for ordinary ones. It differs
 * from run to run; nothing that is written may depend on it. */
#ifndef POSTERN_BASE_KEYED_HASH_H
#define POSTERN_BASE_KEYED_HASH_H

#include <postern/module.h>

struct random_source;
struct hash_key {
    uint64_t words[2];
};

struct hash_key hash_key_new(struct random_source *source);
/* SipHash-1-3. */
uint64_t keyed_hash(const struct hash_key *key, postern_text text);

#endif
