/* The parameters of a lookup, as they are given on the command line: "message_id" is --message-id. */
#ifndef POSTERN_COMMANDS_PARAMETERS_H
#define POSTERN_COMMANDS_PARAMETERS_H

#include "base/arena.h"
#include "module/options.h"
#include <getopt.h>

enum { PARAMETERS = 64, PARAMETER_NAME = 65, PARAMETER_FIRST = 1000 };

/* Of all lookups of one name, whatever API they ask: which one it is depends on the account. */
struct parameters {
    size_t count;
    struct parameter {
        const postern_option *option; /* the first lookup's that has it */
        char name[PARAMETER_NAME];    /* on the command line, without the dashes */
        const char *values[PARAMETERS];
        size_t value_count;
    } items[PARAMETERS];
};

/* Adds those that are not there yet. */
void parameters_add(struct parameters *parameters, const postern_option *const *table);
/* What getopt_long wants, with the parameters behind the `own_count` options of the command, which is all
 * that `into` has room for beside them; the value of parameter i is PARAMETER_FIRST + i. */
void parameters_options(const struct parameters *parameters, const struct option *own, size_t own_count,
                        struct option into[]);
/* One was given. False if it comes too often. */
bool parameters_take(struct parameters *parameters, int letter, const char *value);
bool parameters_has(const struct parameters *parameters, const postern_option *option);
/* The values for a lookup with this table, in `arena`. Points in time go by `now_ms`. False with *error set:
 * what is wrong with which. */
bool parameters_read(const struct parameters *parameters, const postern_option *const *table, int64_t now_ms,
                     postern_arena *arena, struct option_value **values, size_t *count, postern_error *error);

#endif
