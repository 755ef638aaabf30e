#include "script/event/strict_line.h"

#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"

void strict_note_names(struct bridge *bridge, const struct json_tape *tape, const struct json_node *container)
{
    if (!bridge->is_unproven && !json_has_own_keys(tape, container)) bridge->is_unproven = true;
}

void strict_note_event(struct bridge *bridge)
{
    if (bridge->event_is_noted) return;
    bridge->event_is_noted = true;
    strict_note_names(bridge, bridge->tape, bridge->tape->nodes);
}

postern_status strict_line_make(struct bridge *bridge, struct json_tape *tape, postern_text *line,
                                postern_error *error)
{
    struct json_repairs repairs = {0};
    struct buffer *out = &bridge->line;
    size_t before = out->size;
    postern_status status = json_write_strict(tape, *line, &bridge->key, out, &repairs, error);
    if (status < 0) return status;
    if (repairs.replaced + repairs.renamed > 0)
        *line = (postern_text){out->data + before, out->size - before};
    bridge->replaced_bytes += repairs.replaced;
    bridge->renamed_members += repairs.renamed;
    return POSTERN_OK;
}

postern_text strict_line_keep(lua_State *L, struct bridge *bridge, postern_text line)
{
    postern_error error = ERROR_INIT;
    postern_text made = line;
    size_t before = bridge->line.size;
    sandbox_charge(L, (int64_t)(line.size / 4));
    postern_status status = strict_line_make(bridge, bridge_take_tape(L, bridge), &made, &error);
    bridge_return_tape(bridge);
    if (status == POSTERN_E_MEMORY) bridge_out_of_memory(L);
    if (status < 0) luaL_error(L, "what the script made is %s", error.message);
    if (made.data != line.data) made = bridge_keep(L, bridge, made);
    bridge_end_line(bridge, before);
    return made;
}
