/* The parameters of labels(...), and of what is asked of it: piece, unnamed, prose. */
#include "script/map/compile.h"

#include "base/text.h"

static void read_labels(const struct map_call *call, bool may_keep)
{
    struct compiler *compiler = call->compiler;
    lua_State *L = compiler->L;
    struct step_labels *labels = compile_allocate(compiler, sizeof *labels);
    call_push_argument(call, 2);
    call_push_argument(call, 3);
    int top = lua_gettop(L);
    const char *fault = label_table_read(L, top - 1, top, &labels->table);
    if (fault) compile_error(compiler, "labels: %s", fault);
    lua_settop(L, top - 2);
    if (may_keep) labels->memo = ++compiler->memo_count;
    call->step->labels = labels;
}

static void read_piece(const struct map_call *call)
{
    const struct label_table *table = &call->step->input->labels->table;
    postern_text name = call_text_argument(call, 2);
    call->step->part = label_table_find(table, name);
    if (call->step->part >= 0) return;
    const char *names[LABEL_NAMES + 1] = {NULL};
    for (size_t i = 0; i < table->count; i++)
        names[i] = table->names[i];
    const char *near = text_nearest(name, names);
    compile_error(call->compiler, "the labels have no piece \"%.80s\"%s%s%s", name.data,
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

bool compile_labels(const struct map_call *call, bool may_keep)
{
    enum operation operation = call->expression->operation;
    bool is_asked =
        operation == OPERATION_PIECE || operation == OPERATION_UNNAMED || operation == OPERATION_PROSE;
    if (operation == OPERATION_LABELS) read_labels(call, may_keep);
    if (is_asked && call->step->input->operation != OPERATION_LABELS)
        compile_error(call->compiler, "%s is asked of labels only: field(\"x\"):labels { ... }:%s",
                      map_operation_name(operation), map_operation_name(operation));
    if (operation == OPERATION_PIECE) read_piece(call);
    return operation == OPERATION_LABELS || is_asked;
}
