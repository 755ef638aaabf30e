/* The methods of a map that read times, and write them in other forms than RFC 3339. */
#include "script/map/values.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "parse/time_pattern.h"
#include "parse/time_text.h"
#include "script/map/parts.h"

#define LAST_MS        253402300799999 /* the end of the year 9999 */
#define TEXT_LIMIT     1024            /* of a time that is read by a pattern */
#define WRITTEN_FACTOR 16              /* no letter of a pattern becomes longer */

/* The digits at *at; -1 if there are none, or more than any time has. */
static int64_t read_digits(const char **at, const char *end)
{
    const char *from = *at;
    int64_t value = 0;
    for (; *at < end && **at >= '0' && **at <= '9' && *at - from < 18; (*at)++)
        value = value * 10 + (**at - '0');
    return *at > from ? value : -1;
}

/* A number, perhaps with a fraction, of which milliseconds count. */
static bool read_epoch(postern_text number, enum map_time unit, int64_t *ms)
{
    const char *at = number.data, *end = at + number.size;
    bool negative = at < end && *at == '-';
    at += negative;
    int64_t value = read_digits(&at, end), thousandths = 0;
    if (value < 0) return false;
    if (at < end && *at == '.') {
        if (++at == end) return false;
        for (int scale = 100; at < end && *at >= '0' && *at <= '9'; scale /= 10)
            thousandths += (int64_t)(*at++ - '0') * scale;
    }
    if (at != end) return false;
    if (unit == TIME_SECONDS && __builtin_mul_overflow(value, 1000, &value)) return false;
    if (unit == TIME_SECONDS && __builtin_add_overflow(value, thousandths, &value)) return false;
    *ms = negative ? -value : value;
    return true;
}

static bool read_time(const struct map_run *run, const struct map_value *value, enum map_time form,
                      bool *is_text, int64_t *ms)
{
    bool had_zone, found;
    postern_text text = value->text;
    *is_text = map_trimmed_text(run, value, &text);
    if (!*is_text && value->type != POSTERN_JSON_NUMBER) return false;
    if (*is_text && time_text_read(text, ms, &had_zone))
        found = had_zone || form != TIME_ZONED;
    else
        found =
            form == TIME_ANY ? time_epoch_read(text, ms) : form != TIME_ZONED && read_epoch(text, form, ms);
    return found && *ms >= -LAST_MS && *ms <= LAST_MS;
}

static bool read_by_pattern(const struct map_run *run, const struct map_value *value, postern_text pattern,
                            int64_t *ms)
{
    bool may_be = value->type == POSTERN_JSON_STRING || value->type == POSTERN_JSON_NUMBER;
    postern_text text = map_plain_text(run, value);
    return may_be && text.size <= TEXT_LIMIT && time_pattern_read(text, pattern, ms) && *ms >= -LAST_MS &&
           *ms <= LAST_MS;
}

/* The time as RFC 3339 has it, in scratch memory, as the value. */
static enum map_outcome read_any_time(const struct map_run *run, const struct step *step,
                                      struct map_value *value)
{
    int64_t ms;
    bool is_text = true;
    bool is_time = step->time->form == TIME_PATTERN ? read_by_pattern(run, value, step->time->pattern, &ms)
                                                    : read_time(run, value, step->time->form, &is_text, &ms);
    if (!is_time) return MAP_UNREADABLE;
    struct known_time *known = &run->machine->times[is_text];
    if (known->ms != ms || !known->iso[0]) timestamp_iso(known->ms = ms, known->iso);
    char *iso = memcpy(map_scratch(run, TIMESTAMP_SIZE), known->iso, TIMESTAMP_SIZE);
    *value = map_text_value(text_of(iso), TEXT_CLEAN, value->origin);
    return MAP_ONE;
}

static enum map_outcome time_of(const struct map_run *run, const struct step *step, struct map_value *value)
{
    struct known_minute *known = &run->machine->minute;
    postern_text time = value->text;
    uint64_t minute[MINUTE_TEXT / 8];
    bool may_be_known = step->time->form == TIME_ANY && value->type == POSTERN_JSON_STRING &&
                        value->form == TEXT_CLEAN && minute_of(time, minute);
    if (!may_be_known) return read_any_time(run, step, value);
    if (known_minute_is(known, minute)) {
        char *iso = map_scratch(run, MINUTE_ISO);
        known_minute_write(known, time, iso);
        *value = map_text_value((postern_text){iso, MINUTE_ISO}, TEXT_CLEAN, value->origin);
        return MAP_ONE;
    }
    enum map_outcome outcome = read_any_time(run, step, value);
    if (outcome == MAP_ONE) known_minute_keep(known, minute, time, value->text);
    return outcome;
}

static enum map_outcome format(const struct map_run *run, const struct step *step, struct map_value *value)
{
    int64_t ms;
    bool is_text;
    postern_text pattern = step->time->pattern;
    if (!read_time(run, value, TIME_ANY, &is_text, &ms)) return MAP_UNREADABLE;
    size_t room = pattern.size * WRITTEN_FACTOR + 24;
    struct buffer out = {.data = map_scratch(run, room), .capacity = room, .limit = room};
    if (step->time->form == TIME_PATTERN) {
        if (!time_pattern_write(ms, pattern, &out)) return MAP_UNREADABLE;
        *value = map_text_value(buffer_text(&out), TEXT_PLAIN, value->origin);
        return out.size ? MAP_ONE : MAP_NONE;
    }
    bool in_seconds = step->time->form == TIME_SECONDS;
    json_write_integer(&out, in_seconds ? ms / 1000 - (ms % 1000 < 0) : ms);
    *value = map_json_value(buffer_text(&out), POSTERN_JSON_NUMBER, value->origin);
    return MAP_ONE;
}

map_method *map_time_method(enum operation operation)
{
    return operation == OPERATION_TIME ? time_of : operation == OPERATION_FORMAT ? format : NULL;
}
