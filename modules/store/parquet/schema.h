/* The columns of a Parquet file: listed in a file of the user's, or inferred from the events of an object. */
#ifndef STORE_PARQUET_SCHEMA_H
#define STORE_PARQUET_SCHEMA_H

#include <postern/kit.h>

#define PARQUET_COLUMNS 500 /* at most; what comes then stays in the column of the rest */

enum parquet_type {
    PARQUET_NOTHING, /* while it is inferred: only null was seen */
    PARQUET_STRING,  /* of a number or a boolean its source text */
    PARQUET_INT64,
    PARQUET_DOUBLE,
    PARQUET_BOOLEAN,
    PARQUET_TIMESTAMP, /* milliseconds; from a text as in RFC 3339 or a number of milliseconds */
    PARQUET_JSON,      /* the source text of any value */
};

struct parquet_field {
    char *name;
    char *path; /* "a.b", or "%{id}": a value of the event itself */
    enum parquet_type type;
};

struct parquet_schema {
    struct parquet_field fields[PARQUET_COLUMNS];
    size_t count;
};

/* Reads the user's file: a column a line, "name type [path]", # begins a remark; none is called `rest`.
 * POSTERN_E_CONFIG names file and line. */
postern_status parquet_schema_read(postern_text path, postern_text rest, struct parquet_schema **schema,
                                   postern_error *error);
/* NULL is fine. */
void parquet_schema_free(struct parquet_schema *schema);

/* An empty one that begins with columns of what Postern knows of an event; NULL if out of memory. */
struct parquet_schema *parquet_schema_new(void);
/* Sees what an event brings: new columns of its members that are no list and no object, and wider types. A
 * member with the name `rest` gets none. False if out of memory. */
bool parquet_schema_infer(struct parquet_schema *schema, postern_text event, postern_text rest);

/* The next member of an object, whose source text begins at *at (behind its brace at first); false at the
 * end. `key` has its quotes off and its escapes in. */
bool parquet_next_member(const char **at, const char *end, postern_text *key, postern_text *value);

/* Which field takes a member of that name; SIZE_MAX if none. It is looked for from *hint, which then is the
 * one behind it. */
size_t parquet_field_of(const struct parquet_schema *schema, postern_text key, size_t *hint);

#endif
