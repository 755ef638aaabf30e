/* An event as it comes to the scripts, and what they make of it. */
#ifndef POSTERN_SCRIPT_EVENT_SCRIPT_EVENT_H
#define POSTERN_SCRIPT_EVENT_SCRIPT_EVENT_H

#include <postern/module.h>

struct json_node;
struct json_tape;

/* What a script sees of an event. */
struct script_event {
    postern_text json; /* one object */
    postern_text account, source, stream, type, id;
    const char *pipeline;
    int64_t received_ms, time_ms;
    bool replay;
    const char *file; /* of an event that somebody gave in a file: where it stands; else NULL */
    size_t line;
    /* NULL, or asked once its text lies on a tape: if that is an envelope, fills *event with what it says of
     * the event inside and returns that one's node, else NULL. */
    const struct json_node *(*open)(void *opener, const struct json_tape *tape, struct script_event *event);
    void *opener;
};

/* One line, for the sink. */
struct script_output {
    postern_text text;
    bool
        is_json; /* one JSON object; else a ready line of another form (CEF, LEEF, syslog ...): valid UTF-8 */
};

#endif
