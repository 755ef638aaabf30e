/* The parts of the compiler of maps: from the expressions of a script to a plan. */
#ifndef POSTERN_SCRIPT_MAP_COMPILE_H
#define POSTERN_SCRIPT_MAP_COMPILE_H

#include "script/map/compiler.h"

/* The step for the expression or constant at `index`. */
const struct step *compile_step(struct compiler *compiler, int index);
/* Sets the functions and the needs of a step whose inputs and parameters are known. */
void map_finish_step(struct step *step);
/* The step for a rest() at `index`, NULL if that is no rest. */
const struct step *compile_rest(struct compiler *compiler, int index);
/* The expression being compiled: its arguments lie in the table at stack index `arguments`. */
struct map_call {
    struct compiler *compiler;
    const struct expression *expression;
    int arguments;
    struct step *step;
};

/* Pushes an argument, counted from 1. */
void call_push_argument(const struct map_call *call, int number);
/* The same, copied as a text. */
postern_text call_text_argument(const struct map_call *call, int number);
/* Sets the step's parameters, but an object's entries. */
void compile_parameters(const struct map_call *call);

/* The path in `text`, whose first name is a member of the event (`root`) or of an item. */
struct field_path compile_path(struct compiler *compiler, postern_text text, bool root);

/* LOOKUP: opens the file. */
void compile_lookup(const struct map_call *call);
/* The parameters of labels(...) and of what is asked of it. `may_keep`: a labels(...) that is asked several
 * times finds the same text each time. False if the step is none of these. */
bool compile_labels(const struct map_call *call, bool may_keep);

/* The constant at `index`. */
struct map_value compile_constant(struct compiler *compiler, int index);
/* Constants from the Lua value at `index`: a list gives several. */
const struct map_value *compile_constants(struct compiler *compiler, int index, size_t *count, bool *is_list);

/* The output document from the entries of the table at `index`. `rest_allowed`: of a map, not of an object.
 */
const struct map_target *compile_targets(struct compiler *compiler, int index, bool rest_allowed);

/* Makes a map of the table at index 1; leaves it on the stack. Raises errors that name the entry. */
int map_compile(lua_State *L, struct bridge *bridge);

#endif
