/* An event as it comes to the scripts. */
#ifndef POSTERN_SCRIPT_EVENT_SCRIPT_EVENT_H
#define POSTERN_SCRIPT_EVENT_SCRIPT_EVENT_H

#include <postern/module.h>

/* What a script sees of an event. */
struct script_event {
    postern_text json; /* one object */
    postern_text account, source, stream, type, id;
    const char *pipeline;
    int64_t received_ms, time_ms;
    bool replay;
};

#endif
