#include "script/unwind.h"

#include "script/map/machine.h"

struct unwind_mark {
    struct bridge_mark bridge;
    struct machine_mark machine;
};
_Static_assert(sizeof(struct unwind_mark) <= SANDBOX_MARK_SIZE, "pcall has room for the mark");

static void note(const void *owner, void *place)
{
    const struct bridge *bridge = owner;
    struct unwind_mark *mark = place;
    mark->bridge = bridge_mark(bridge);
    mark->machine = map_machine_mark(bridge->machine);
}

static void put_back(void *owner, const void *place)
{
    struct bridge *bridge = owner;
    const struct unwind_mark *mark = place;
    bridge_rewind(bridge, mark->bridge);
    map_machine_rewind(bridge->machine, mark->machine);
}

void unwind_open(struct sandbox *sandbox, struct bridge *bridge)
{
    sandbox_set_unwinder(sandbox, &(struct sandbox_unwinder){note, put_back, bridge});
}
