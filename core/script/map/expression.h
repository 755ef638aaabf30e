/* Expressions of a map as a script builds them: small immutable values that say what is wanted. postern.map
 * compiles them (compile.c). */
#ifndef POSTERN_SCRIPT_MAP_EXPRESSION_H
#define POSTERN_SCRIPT_MAP_EXPRESSION_H

#include "script/event/bridge.h"

enum operation {
    /* sources */
    OPERATION_CONST,
    OPERATION_FIELD,
    OPERATION_META,
    OPERATION_GIVEN,
    OPERATION_ORIGINAL,
    OPERATION_REST,
    OPERATION_WITHOUT,  /* of a rest */
    OPERATION_OBJECTS,  /* of a rest */
    OPERATION_NUMBERS,  /* of a rest */
    OPERATION_BOOLEANS, /* of a rest */
    OPERATION_ITEM,
    /* putting together */
    OPERATION_FIRST,
    OPERATION_LIST,
    OPERATION_CONCAT,
    OPERATION_JOIN,
    OPERATION_WHEN,
    OPERATION_OBJECT,
    OPERATION_EACH,
    OPERATION_DEFAULT,
    OPERATION_CALL,
    OPERATION_COPY,
    OPERATION_COUNT,
    /* texts */
    OPERATION_LOWER,
    OPERATION_UPPER,
    OPERATION_TRIM,
    OPERATION_UNQUOTE,
    OPERATION_REPLACE,
    OPERATION_BEFORE,
    OPERATION_AFTER,
    OPERATION_AFTER_LAST,
    OPERATION_SUB,
    OPERATION_MATCH,
    OPERATION_SPLIT,
    OPERATION_NAMES,
    OPERATION_TEXT,
    OPERATION_JSON,
    OPERATION_EMAIL,
    OPERATION_URL,
    OPERATION_FILE_EXTENSION,
    OPERATION_FIND,
    OPERATION_LABELS,
    OPERATION_PIECE,   /* of labels */
    OPERATION_UNNAMED, /* of labels */
    OPERATION_PROSE,   /* of labels */
    /* conversions */
    OPERATION_INTEGER,
    OPERATION_NUMBER,
    OPERATION_BOOLEAN,
    OPERATION_TIME,
    OPERATION_FORMAT,
    OPERATION_IP,
    OPERATION_DOMAIN,
    OPERATION_HOST,
    OPERATION_PORT,
    OPERATION_SIZE,
    OPERATION_EXTENSION,
    OPERATION_HASH,
    OPERATION_ENUM,
    OPERATION_LOOKUP,
    OPERATION_EXCEPT,
    /* what a schema adds to an entry */
    OPERATION_FIT,
    OPERATION_MEMBERS,
    /* conditions */
    OPERATION_EXISTS,
    OPERATION_EQUALS,
    OPERATION_ONE_OF,
    OPERATION_CONTAINS,
    OPERATION_STARTS_WITH,
    OPERATION_ENDS_WITH,
    OPERATION_MATCHES,
    OPERATION_ABOVE,
    OPERATION_BELOW,
    OPERATION_ALL,
    OPERATION_ANY,
    OPERATION_NONE,
};

static inline bool operation_is_condition(enum operation operation)
{
    return operation >= OPERATION_EXISTS;
}

/* Whether it gives values of this input (from 0) as they are. */
static inline bool operation_passes_on(enum operation operation, size_t input)
{
    switch (operation) {
    case OPERATION_FIRST:
    case OPERATION_DEFAULT:
    case OPERATION_LIST:
    case OPERATION_COPY:
    case OPERATION_EXCEPT:
        return true;
    case OPERATION_WHEN:
        return input > 0;
    case OPERATION_EACH:
        return input == 1;
    default:
        return false;
    }
}

#define EXPRESSION_DEPTH_LIMIT 64 /* of expressions in expressions */

/* A full userdata; its user value is the list of its arguments, for methods with the expression itself first.
 */
struct expression {
    enum operation operation;
    int count; /* of arguments */
    int depth; /* of the deepest expression in it */
};

/* Adds the constructors to the table on the top of the stack. */
void map_expressions_open(lua_State *L, struct bridge *bridge);
/* The expression at `index`, or NULL. */
const struct expression *map_expression_test(lua_State *L, int index);
/* The name as scripts write it. */
const char *map_operation_name(enum operation operation);

#endif
