/* The columns of a Parquet file: listed in a file of the user's, or inferred from the events of an object.
 *
 * Fields stand in the order of a walk from the root: behind a struct come its members. Each may be absent,
 * and each element of a list, too. How far a value is there is its level of definition: one for each struct
 * and value on the way, two for each list (it is there; it has an element). The level of repetition says
 * which list goes on: 0 begins a row. */
#ifndef STORE_PARQUET_SCHEMA_H
#define STORE_PARQUET_SCHEMA_H

#include <postern/kit.h>

#define PARQUET_COLUMNS 500 /* at most, structs counted; what comes then stays in the column of the rest */
#define PARQUET_DEPTH   8   /* structs in each other, and lists in each other, at most */

enum parquet_type {
    PARQUET_NOTHING, /* while it is inferred: only null was seen */
    PARQUET_STRING,  /* of a number or a boolean its source text */
    PARQUET_INT64,
    PARQUET_DOUBLE,
    PARQUET_BOOLEAN,
    PARQUET_TIMESTAMP,    /* milliseconds; from a text as in RFC 3339 or a number of milliseconds */
    PARQUET_TIMESTAMP_US, /* microseconds, out of the same */
    PARQUET_JSON,         /* the source text of any value */
    PARQUET_STRUCT,       /* an object, with the fields behind it */
};

struct parquet_field {
    char *name;
    char *path; /* within its parent: "a.b", or "%{id}": a value of the event itself */
    enum parquet_type type;
    size_t lists;   /* it stands in so many lists in each other */
    size_t parent;  /* index of its struct; SIZE_MAX = of the event itself */
    size_t behind;  /* index behind its last member */
    size_t column;  /* which of the columns it fills, if it is no struct */
    int definition; /* level at which its parent is there */
    int repetition; /* level of its parent's lists */
    bool is_large;  /* while it is inferred: an integer was seen that no double holds */
};

struct parquet_schema {
    struct parquet_field fields[PARQUET_COLUMNS];
    size_t indents[PARQUET_COLUMNS]; /* while the file is read: how far in each stands */
    size_t count;
    size_t column_count;
};

/* Levels of a field whose value is there, in all lists. */
static inline int parquet_full_definition(const struct parquet_field *field)
{
    return field->definition + 2 * (int)field->lists + 1;
}

static inline int parquet_full_repetition(const struct parquet_field *field)
{
    return field->repetition + (int)field->lists;
}

/* Reads the user's file: a column a line, "name type [path]", # begins a remark; none is called `rest`. A
 * type may be list<type>, or struct, whose members stand below it, further in. POSTERN_E_CONFIG names file
 * and line. */
postern_status parquet_schema_read(postern_text path, postern_text rest, struct parquet_schema **schema,
                                   postern_error *error);
/* NULL is fine. */
void parquet_schema_free(struct parquet_schema *schema);

/* Adds a field behind those that there are. `form` says type, lists and parent; the rest of what is known of
 * it follows. False if out of memory. */
bool parquet_schema_add(struct parquet_schema *schema, postern_text name, postern_text path,
                        struct parquet_field form);

/* An empty one that begins with columns of what Postern knows of an event; NULL if out of memory. */
struct parquet_schema *parquet_schema_new(void);
/* Sees what an event brings: new columns of its members that are no list and no object, and wider types. A
 * member with the name `rest` gets none. False if out of memory. */
bool parquet_schema_infer(struct parquet_schema *schema, postern_text event, postern_text rest);

/* The next member of an object, whose source text begins at *at (behind its brace at first); false at the
 * end. `key` has its quotes off and its escapes in. */
bool parquet_next_member(const char **at, const char *end, postern_text *key, postern_text *value);

/* Which field of that parent (SIZE_MAX = the event) takes a member of that name; SIZE_MAX if none. It is
 * looked for from *hint, 0 at first, which then is the one behind it. */
size_t parquet_field_of(const struct parquet_schema *schema, size_t parent, postern_text key, size_t *hint);

#endif
