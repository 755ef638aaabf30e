/* The way of one try through an answer: which places it read and where it found damage, so that several tries
 * at the same answer can be laid over each other. A place is what stands behind an event, known by that
 * event; what cannot be read stands at the place behind the last event before it. Behind one record that
 * cannot be read is a place of its own, which another try, that could read it, knows by its event: so a place
 * has aliases, as seen from the places before it. On the thread that reads the answer.
 *
 * An answer may have parts (the files of an archive). What comes out of a damaged part may be made up, and
 * its events are held until the tries are over: then they count only if no try had the whole part. */
#ifndef POSTERN_COLLECT_ANSWER_TRAIL_H
#define POSTERN_COLLECT_ANSWER_TRAIL_H

#include "journal/journal.h"

#define TRAIL_ALIASES 8

struct trail_place {
    uint64_t name, aliases[TRAIL_ALIASES]; /* 0 = none */
};

struct places {
    uint64_t *items;
    size_t count, capacity;
};

struct held_event {
    uint64_t part;
    unsigned char id[EVENT_ID_SIZE];
    int64_t time_ms;
    size_t type_size, json_size;
    char text[]; /* the type, then the JSON */
};

struct held_events {
    struct held_event **items;
    size_t count, capacity;
    size_t size; /* bytes */
};

struct trail {
    size_t most;                  /* places that are remembered; those behind are not */
    uint64_t part, place;         /* where it is */
    uint64_t last[TRAIL_ALIASES]; /* the places before, a ring */
    size_t passed;                /* so many since the part began */
    struct places read;           /* where something whole was read */
    struct places open;           /* with damage, and no event behind that yet */
    struct places closed;         /* with damage, and an event behind that */
    struct places names;          /* of the parts so far */
    struct held_events held;
    bool blind;  /* there is damage at `place`, of which it is not known how many records it takes */
    bool unsure; /* the part at hand is damaged as a whole */
    bool strays; /* there were bytes that belong to no part */
};

void trail_begin(struct trail *trail, size_t most);
/* A part begins. A damaged one without a name is what belongs to no part. False: no memory. */
bool trail_part(struct trail *trail, postern_text name, bool is_damaged);
/* An event was read; `mark` tells it from the others. False: no memory. */
bool trail_event(struct trail *trail, uint64_t mark);
/* Something cannot be read, exactly one record or nobody knows how much: sets its place. False: no memory. */
bool trail_damage(struct trail *trail, bool is_one, struct trail_place *place);
/* The source is done; `read_on` if it came to the answer's end. False: no memory. */
bool trail_end(struct trail *trail, bool read_on);
/* For places_have. */
void trail_sort(struct trail *trail);
void trail_free(struct trail *trail);

/* The mark of an event that gets no id. */
uint64_t trail_mark(postern_text text);
/* The place that stands for a whole part. */
uint64_t trail_whole_part(uint64_t part);
bool places_have(const struct places *sorted, uint64_t place);
/* By any of its names. */
bool places_have_place(const struct places *sorted, const struct trail_place *place);
struct held_event *held_event_new(uint64_t part, postern_text type, postern_text json); /* NULL: no memory */
/* The event, which is freed if there is no memory. */
bool held_events_add(struct held_events *held, struct held_event *event);
size_t held_event_size(const struct held_event *event);
void held_events_free(struct held_events *held);

#endif
