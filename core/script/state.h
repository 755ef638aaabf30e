/* One Lua state in which all scripts of a set are loaded: its birth, its renewal, its end. One thread. */
#ifndef POSTERN_SCRIPT_STATE_H
#define POSTERN_SCRIPT_STATE_H

#include "script/choose/kind.h"
#include "script/event/bridge.h"
#include "script/library/library.h"
#include "script/neighbour/take.h"
#include "script/script_set.h"

/* What a script returned. */
struct loaded_script {
    int reference;         /* in the registry */
    enum choose_kind kind; /* a function, a map or a choice */
};

struct script_state {
    struct script_set *set; /* given, as library.files is; it must live longer */
    struct sandbox *sandbox;
    struct script_library_context library;
    struct neighbour_context neighbours;
    struct bridge bridge;
    struct loaded_script *scripts;     /* one per script */
    struct wrong_values *wrong_values; /* NULL = none yet; outlives the Lua state */
    bool is_ready;                     /* all scripts are loaded */
};

/* Also after a failure it wants to be stopped. */
postern_status script_state_start(struct script_state *state, postern_error *error);
void script_state_stop(struct script_state *state);
/* A fresh state with the scripts loaded again; what earlier events became is kept. If it fails, the next
 * event tries again. */
postern_status script_state_renew(struct script_state *state, postern_error *error);
/* True if a script keeps so much from event to event that others have no room. */
bool script_state_hoards(struct script_state *state);

#endif
