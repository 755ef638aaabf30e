/* A choice as it was declared: by what, and which user value of it each name stands for. */
#ifndef POSTERN_SCRIPT_CHOOSE_CHOICE_H
#define POSTERN_SCRIPT_CHOOSE_CHOICE_H

#include "script/choose/kind.h"

enum choice_by { BY_SOURCE, BY_TYPE, BY_STREAM, BY_ACCOUNT, BY_FIELD };

struct choice_case {
    postern_text name;
    int value; /* number of the user value */
};

/* A full userdata; the texts lie in it, behind the cases. Its user values are what the cases have. */
struct event_choice {
    enum choice_by by;
    postern_text *path; /* of BY_FIELD: the names on the way to it */
    size_t path_count;
    uint8_t *kinds; /* by user value: enum choose_kind */
    size_t count;
    size_t last;                /* number of the case that was chosen last: events come in runs */
    int other;                  /* the user value of what no case names */
    struct choice_case cases[]; /* by name */
};

/* From the declaration at stack index 1 to a choice on the top; raises an error that names the case. */
void choice_declare(lua_State *L, struct bridge *bridge);

#endif
