/* One lookup file in memory: its bytes and an index of its keys. script/lookup/files.h is for everyone else.
 */
#ifndef POSTERN_SCRIPT_LOOKUP_FILE_H
#define POSTERN_SCRIPT_LOOKUP_FILE_H

#include "base/arena.h"
#include "parse/csv.h"
#include "script/lookup/files.h"

struct lookup_key {
    postern_text text;
    uint32_t place; /* CSV: the row; JSON: the node's index among the members */
};

struct lookup_file {
    char *path;
    struct buffer bytes;
    unsigned char digest[32]; /* SHA-256 of the bytes as read: unquoting cells changes them */
    struct csv csv;
    struct json_tape *tape;          /* NULL for CSV */
    const struct json_node **values; /* JSON object: the members; NULL for an array, which is a set of keys */
    postern_arena *arena;            /* keys that had to be unescaped */
    struct lookup_key *keys;
    size_t key_count;
    uint32_t *slots; /* hash table of key numbers + 1; 0 = free */
    size_t slot_mask;
};

/* Builds the file from `bytes` (taken over in any case). `path` decides the format by its ending, .csv or
 * .json. */
postern_status lookup_file_new(const char *path, struct buffer *bytes, struct lookup_file **file,
                               postern_error *error);
void lookup_file_free(struct lookup_file *file);

#endif
