/* The files that scripts look things up in: read while the scripts are loaded, unchanging and shared between
 * threads from then on.
 *
 * CSV: a header row, then one row per key, the key in the first column. With two columns a key's value is the
 * second cell, with one column `true`, with more a table by the header's names (empty cells are absent). The
 * separator is a comma, or a semicolon or tab if the header holds no comma. JSON: one object; a key's value
 * is the member's. */
#ifndef POSTERN_SCRIPT_LOOKUP_FILES_H
#define POSTERN_SCRIPT_LOOKUP_FILES_H

#include "base/digest.h"
#include "base/json.h"

#define LOOKUP_FILE_LIMIT  (16u << 20) /* bytes of one file */
#define LOOKUP_FILES_LIMIT (64u << 20) /* bytes of all files of a script set */

struct lookup_files;
struct lookup_file;

struct lookup_files *lookup_files_new(void); /* NULL if out of memory */
void lookup_files_free(struct lookup_files *files);

/* The file `name` below `directory`: as read before, or read now. *error says which file and line is bad, or
 * why the file is refused: a name that leads out of the directory, too large, no regular file, sealed. One
 * thread at a time until lookup_files_seal, any number behind it. */
postern_status lookup_files_open(struct lookup_files *files, const char *directory, postern_text name,
                                 const struct lookup_file **file, postern_error *error);
/* Reads the .csv and .json files that a script's text names: each `lookup("NAME"` or `lookup "NAME"` outside
 * comments. So a file that is only used when an event comes is read, hashed and checked at load as well.
 * `path` is where the text comes from; *error says "path:line: ...". */
postern_status lookup_files_scan(struct lookup_files *files, const char *directory, const char *path,
                                 postern_text script, postern_error *error);
/* From now on nothing is read any more. */
void lookup_files_seal(struct lookup_files *files);
/* Adds names and contents, in the order of the names, to a digest: which version ran. */
void lookup_files_digest(const struct lookup_files *files, struct digest *digest);

/* What a key leads to. */
struct lookup_value {
    enum { LOOKUP_MEMBER, LOOKUP_TEXT, LOOKUP_TRUE, LOOKUP_CELLS } kind;
    postern_text text;            /* LOOKUP_TEXT: the cell */
    const struct json_node *node; /* LOOKUP_MEMBER: read with lookup_file_tape */
    const postern_text *cells;    /* LOOKUP_CELLS: by the columns of lookup_file_columns, without the key's */
};
bool lookup_file_find(const struct lookup_file *file, postern_text key, struct lookup_value *value);
const struct json_tape *lookup_file_tape(const struct lookup_file *file);
/* Of a JSON file: a member has that name in it, or there is no member yet. */
bool lookup_file_has_inside(const struct lookup_file *file, postern_text name);
/* The header's names without the key's. */
const postern_text *lookup_file_columns(const struct lookup_file *file, size_t *count);

#endif
