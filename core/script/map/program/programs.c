#include "script/map/program/programs.h"

#include "base/json_outline.h"
#include "base/text.h"
#include <stdlib.h>

/* What a program saves is paid back after some ten events, so that shapes which come once cost nothing. */
#define EVENTS_BEFORE 8
#define PROGRAMS      32
#define CANDIDATES    64
#define NEVER         UINT32_MAX /* no program can be made for it */

struct candidate {
    uint64_t hash;
    uint32_t events;
};

struct programs {
    struct map_program *at[PROGRAMS]; /* the one used last is in front */
    size_t count;
    struct candidate candidates[CANDIDATES];
    uint64_t hash; /* of the event that was looked for last, and had none */
    uint32_t events_before;
    bool is_off;
};

/* Tests run the general machine, and programs from the first event on. */
static void read_test_switch(struct programs *programs)
{
#ifdef POSTERN_TESTING
    const char *machine = getenv("POSTERN_MAP_MACHINE");
    if (!machine) return;
    programs->is_off = text_is(text_of(machine), "general");
    if (text_is(text_of(machine), "program")) programs->events_before = 0;
#else
    (void)programs;
#endif
}

struct programs *programs_new(void)
{
    struct programs *programs = calloc(1, sizeof *programs);
    if (!programs) return NULL;
    programs->events_before = EVENTS_BEFORE;
    read_test_switch(programs);
    return programs;
}

void programs_free(struct programs *programs)
{
    if (!programs) return;
    for (size_t i = 0; i < programs->count; i++)
        program_free(programs->at[i]);
    free(programs);
}

static const struct map_program *move_to_front(struct programs *programs, size_t at)
{
    struct map_program *used = programs->at[at];
    if (at) memmove(programs->at + 1, programs->at, at * sizeof(struct map_program *));
    return programs->at[0] = used;
}

/* The program is then in front. */
static bool find_by_outline(struct programs *programs, struct map_run *run)
{
    uint64_t outline = run->root == run->tape->nodes ? json_outline_number(run->tape) : 0;
    if (!outline) return false;
    for (size_t i = 0; i < programs->count; i++) {
        if (!program_fits_outline(programs->at[i], run, outline)) continue;
        move_to_front(programs, i);
        return true;
    }
    return false;
}

const struct map_program *programs_find(struct programs *programs, struct map_run *run)
{
    if (!programs || programs->is_off) return NULL;
    if (find_by_outline(programs, run)) return programs->at[0];
    programs->hash = shape_hash(run->tape, run->root);
    for (size_t i = 0; programs->hash && i < programs->count; i++)
        if (programs->at[i]->shape.hash == programs->hash && program_fits(programs->at[i], run))
            return move_to_front(programs, i);
    return NULL;
}

/* Whether events like this one have come often enough. */
static struct candidate *count_event(struct programs *programs, uint64_t hash)
{
    struct candidate *candidate = &programs->candidates[hash >> 32 & (CANDIDATES - 1)];
    if (candidate->hash != hash) {
        bool is_busy = candidate->events > 0 && candidate->events != NEVER;
        candidate->events = is_busy ? candidate->events - 1 : 0;
        if (is_busy) return NULL;
        candidate->hash = hash;
    }
    if (candidate->events == NEVER) return NULL;
    return ++candidate->events > programs->events_before ? candidate : NULL;
}

/* In the place of the one that was not used for longest, which may not be one that runs. */
static void keep(struct programs *programs, struct map_program *program)
{
    if (programs->count == PROGRAMS) program_free(programs->at[--programs->count]);
    programs->at[programs->count] = program;
    move_to_front(programs, programs->count++);
}

const struct map_program *programs_learn(struct programs *programs, struct map_run *run)
{
    if (!programs || programs->is_off) return NULL;
    uint64_t hash = programs->hash;
    struct candidate *candidate = hash ? count_event(programs, hash) : NULL;
    bool has_room = programs->count < PROGRAMS || !map_is_inside_another(run);
    if (!candidate || !has_room) return NULL;
    struct map_program *program = program_new(run, hash);
    candidate->events = program ? 0 : NEVER;
    if (!program) return NULL;
    keep(programs, program);
    return program_fits(program, run) ? program : NULL;
}
