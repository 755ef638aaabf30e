/* From expressions to steps. */
#include "script/map/compile.h"

#include "sandbox/sandbox.h"
#include "script/map/run.h"

/* How many of the first arguments are expressions; -1 = all. */
static int input_count(enum operation operation)
{
    switch (operation) {
    case OPERATION_CONST:
    case OPERATION_FIELD:
    case OPERATION_META:
    case OPERATION_GIVEN:
    case OPERATION_ORIGINAL:
    case OPERATION_ITEM:
    case OPERATION_OBJECT:
        return 0;
    case OPERATION_FIRST:
    case OPERATION_LIST:
    case OPERATION_CONCAT:
    case OPERATION_JOIN: /* the separator is a constant */
    case OPERATION_WHEN:
    case OPERATION_CALL: /* the function is taken out before */
    case OPERATION_ALL:
    case OPERATION_ANY:
    case OPERATION_NONE:
        return -1;
    case OPERATION_EACH:
    case OPERATION_DEFAULT:
    case OPERATION_EQUALS: /* of which a constant is none (compile_inputs) */
        return 2;
    default:
        return 1;
    }
}

/* An each gives its own items to its body, so that those do not make the whole another one each time. */
static void compile_inputs(const struct map_call *call)
{
    lua_State *L = call->compiler->L;
    int count = input_count(call->expression->operation);
    if (count < 0 || count > call->expression->count) count = call->expression->count;
    if (call->expression->operation == OPERATION_EQUALS) {
        call_push_argument(call, 2);
        if (!map_expression_test(L, -1)) count = 1;
        lua_pop(L, 1);
    }
    const struct step **inputs = compile_allocate(call->compiler, ((size_t)count + 1) * sizeof *inputs);
    struct step *step = call->step;
    size_t items_of_first = 0, steps_of_first = 0;
    const char *object = call->compiler->object;
    for (int i = 1; i <= count; i++) {
        call_push_argument(call, i);
        call->compiler->object = operation_passes_on(step->operation, step->count) ? object : NULL;
        if (step->operation == OPERATION_CALL && lua_type(L, -1) == LUA_TFUNCTION)
            step->function = compile_hold(call->compiler, lua_gettop(L));
        else
            inputs[step->count++] = compile_step(call->compiler, lua_gettop(L));
        lua_pop(L, 1);
        if (i == 1) items_of_first = call->compiler->item_count, steps_of_first = call->compiler->step_count;
    }
    call->compiler->object = object;
    step->inputs = inputs;
    step->input = inputs[0];
    if (step->operation != OPERATION_EACH) return;
    call->compiler->item_count = items_of_first;
    step->body = call->compiler->step_count - steps_of_first;
}

/* Whether the value is written as a list even if there is one of it. */
static bool gives_list(const struct step *step)
{
    if (step->operation == OPERATION_LIST || step->is_list) return true;
    if (step->operation == OPERATION_CONCAT || step->operation == OPERATION_JOIN ||
        step->operation == OPERATION_CALL || step->operation == OPERATION_COUNT ||
        operation_is_condition(step->operation))
        return false;
    size_t first = step->operation == OPERATION_WHEN ? 1 : 0;
    size_t last = step->operation == OPERATION_EACH ? 1 : step->count;
    for (size_t i = first; i < last; i++)
        if (step->inputs[i]->is_list) return true;
    return false;
}

static const struct step *constant_step(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    int type = lua_type(L, index);
    if (type == LUA_TTABLE) compile_error(compiler, "write map.const { ... } for a table of constants");
    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
        compile_error(compiler, "a %s is no expression", luaL_typename(L, index));
    struct step *step = compile_allocate(compiler, sizeof *step);
    step->operation = OPERATION_CONST;
    step->constants.values = compile_constants(compiler, index, &step->constants.count, &step->is_list);
    map_finish_step(step);
    return step;
}

/* The step of an expression that stands in the map before. Its values are then worked out once for each
 * event. */
static const struct step *known_step(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    lua_pushvalue(L, index);
    lua_rawget(L, compiler->known);
    struct step *step = lua_touserdata(L, -1);
    lua_pop(L, 1);
    bool is_cheap = step && (step->operation == OPERATION_FIELD || step->operation == OPERATION_CONST);
    if (step && !step->memo && !is_cheap) {
        step->memo = ++compiler->memo_count;
        step->evaluate = map_evaluate_once;
    }
    return step;
}

static void remember_step(struct compiler *compiler, int index, struct step *step)
{
    lua_State *L = compiler->L;
    lua_pushvalue(L, index);
    lua_pushlightuserdata(L, step);
    lua_rawset(L, compiler->known);
}

static const struct map_target *compile_object(const struct map_call *call)
{
    call_push_argument(call, 1);
    const struct map_target *object = compile_targets(call->compiler, -1, false);
    lua_pop(call->compiler->L, 1);
    return object;
}

static const struct step *compile_expression(struct compiler *compiler, int index,
                                             const struct expression *expression)
{
    lua_State *L = compiler->L;
    struct step *step = compile_allocate(compiler, sizeof *step);
    compiler->step_count++;
    step->operation = (uint8_t)expression->operation;
    size_t items_before = compiler->item_count, objects_before = compiler->object_count;
    compiler->item_count += step->operation == OPERATION_ITEM;
    compiler->object_count += step->operation == OPERATION_OBJECT && compiler->schema;
    lua_getiuservalue(L, index, 1);
    struct map_call call = {compiler, expression, lua_gettop(L), step};
    compile_inputs(&call);
    if (step->operation == OPERATION_OBJECT)
        step->object = compile_object(&call);
    else if (!compile_labels(&call, compiler->item_count == items_before))
        compile_parameters(&call);
    step->is_list = gives_list(step);
    map_finish_step(step);
    if (step->method || step->operation == OPERATION_CONCAT || step->operation == OPERATION_LABELS)
        compile_site(compiler, step);
    lua_settop(L, call.arguments - 1);
    if (compiler->item_count == items_before && compiler->object_count == objects_before)
        remember_step(compiler, index, step);
    return step;
}

static bool is_of_a_rest(const struct expression *expression)
{
    switch (expression->operation) {
    case OPERATION_REST:
    case OPERATION_WITHOUT:
    case OPERATION_OBJECTS:
    case OPERATION_NUMBERS:
    case OPERATION_BOOLEANS:
        return true;
    default:
        return false;
    }
}

/* The entries of an object are a table of the script's, which may hold the object itself. */
const struct step *compile_step(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    luaL_checkstack(L, 12, "map");
    sandbox_charge(L, 10);
    const struct expression *expression = map_expression_test(L, index);
    if (!expression) return constant_step(compiler, index);
    const struct step *known = known_step(compiler, index);
    if (known) return known;
    if (is_of_a_rest(expression)) compile_error(compiler, "rest() stands alone: { \"target\", rest() }");
    if (compiler->depth == EXPRESSION_DEPTH_LIMIT)
        compile_error(compiler, "expressions are nested too deeply");
    compiler->depth++;
    const struct step *step = compile_expression(compiler, index, expression);
    compiler->depth--;
    return step;
}

static void read_rest_objects(const struct map_call *call, struct map_rest *told)
{
    size_t count = (size_t)call->expression->count - 1;
    postern_text *names = compile_allocate(call->compiler, count * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = call_text_argument(call, (int)i + 2);
        told->object_sizes |= UINT64_C(1) << (names[i].size % 64);
    }
    told->objects = names;
    told->object_count = count;
}

/* What a method of a rest says. */
static void read_rest_method(const struct map_call *call, struct map_rest *told)
{
    struct compiler *compiler = call->compiler;
    enum operation operation = call->expression->operation;
    struct field_slots *fields = operation == OPERATION_NUMBERS    ? &told->numbers
                                 : operation == OPERATION_BOOLEANS ? &told->booleans
                                                                   : &told->without;
    bool says_objects = operation == OPERATION_OBJECTS;
    if (says_objects ? told->objects != NULL : fields->slots != NULL)
        compile_error(compiler, "a rest() can have %s once only", map_operation_name(operation));
    if (says_objects) {
        read_rest_objects(call, told);
        return;
    }
    size_t count = (size_t)call->expression->count - 1;
    uint32_t *slots = compile_allocate(compiler, count * sizeof *slots);
    for (size_t i = 0; i < count; i++)
        slots[i] = compile_name(compiler, &compiler->fields, call_text_argument(call, (int)i + 2));
    *fields = (struct field_slots){slots, count};
}

const struct step *compile_rest(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    const struct expression *expression = map_expression_test(L, index);
    if (!expression || !is_of_a_rest(expression)) return NULL;
    struct map_rest *told = compile_allocate(compiler, sizeof *told);
    int top = lua_gettop(L);
    lua_pushvalue(L, index);
    while (expression->operation != OPERATION_REST) {
        const char *method = map_operation_name(expression->operation);
        lua_getiuservalue(L, -1, 1);
        struct map_call call = {compiler, expression, lua_gettop(L), NULL};
        read_rest_method(&call, told);
        call_push_argument(&call, 1);
        expression = map_expression_test(L, -1);
        if (!expression || !is_of_a_rest(expression))
            compile_error(compiler, "%s belongs to rest(): rest():%s(\"name\")", method, method);
        luaL_checkstack(L, 12, "map");
    }
    lua_settop(L, top);
    struct step *step = compile_allocate(compiler, sizeof *step);
    step->operation = OPERATION_REST;
    step->rest = told;
    return step;
}
