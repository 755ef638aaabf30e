#include "collect/plan/snapshot.h"

#include "collect/plan/window.h"

void snapshot_begin_poll(struct snapshot_state *state, struct stream_record *record, int64_t now_ms)
{
    window_drop_pass(record);
    record->pass_from_ms = record->pass_until_ms = record->pass_start_ms = now_ms;
    state->damage = 0;
}

int64_t snapshot_poll(const struct snapshot_state *state)
{
    return state->polls + 1;
}

void snapshot_note_damage(struct snapshot_state *state, uint64_t mark)
{
    /* The number of the poll stands in for what is like no other. */
    if (!mark) mark = (uint64_t)snapshot_poll(state) * 0x9e3779b97f4a7c15u;
    mark += (uint64_t)state->damage;
    state->damage = mark ? (int64_t)mark : 1; /* 0 would look like none */
}

struct snapshot_end snapshot_poll_read(struct snapshot_state *state, struct stream_record *record)
{
    state->polls++;
    if (state->damage != state->last_damage) state->damage_since = state->damage ? state->polls : 0;
    state->last_damage = state->damage;
    state->damage = 0;
    struct snapshot_end end = {.since = state->damage_since, .missed_ms = record->pass_start_ms};
    window_drop_pass(record);
    return end;
}

bool snapshot_sight_of(const struct snapshot_known *known, uint64_t sum, size_t size,
                       const struct snapshot_room *room, enum snapshot_sight *sight)
{
    int64_t more = (int64_t)size - known->bytes;
    if (!known->is_known) {
        *sight = SNAPSHOT_APPEARED;
        return room->items > 0 && room->bytes >= more;
    }
    *sight = known->sum != sum && room->bytes >= more ? SNAPSHOT_CHANGED : SNAPSHOT_SHOWN;
    return true;
}
