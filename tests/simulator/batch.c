#include "batch.h"
#include "key_value.h"
#include "random.h"
#include <stdlib.h>
#include <string.h>

static const char nonsense[] =
    "<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>\n";

void member_write(struct text *out, const struct event_style *style, const struct batch *batch,
                  const struct member *member, bool key_value, size_t *ends)
{
    bool airy = batch->number % 3 == 1; /* two ways of writing the same */
    if (!key_value)
        text_puts(out, airy ? "{ \"type\" : \"MTA\", \"data\" : [\n" : "{\"type\":\"MTA\",\"data\":[");
    struct text one = {0};
    for (size_t i = 0; i < member->count; i++) {
        const struct event *event = &batch->events[member->first + i];
        if (key_value) {
            text_clear(&one);
            event_write(&one, style, event);
            key_value_write(out, one.data);
            text_puts(out, airy ? "\r\n" : "\r");
        } else {
            if (i) text_puts(out, airy ? ",\n" : ",");
            event_write(out, style, event);
        }
        if (ends) ends[i] = out->size;
    }
    text_free(&one);
    if (!key_value) text_puts(out, airy ? "\n] }\n" : "]}");
}

static const struct member *victim(const struct batch *batch, struct damage damage)
{
    return &batch->members[damage.seed % batch->member_count];
}

/* Every fourth cut is the one seen most in the field: nothing behind `"data" :`. */
static size_t cut_at(const struct text *whole, struct damage damage)
{
    if (damage.seed / 64 % 4 == 0) {
        const char *bracket = memchr(whole->data, '[', whole->size);
        if (bracket) return (size_t)(bracket - whole->data);
    }
    return 1 + mix(damage.seed) % (whole->size - 1);
}

static void append_blanks(struct text *out)
{
    enum { MORE_THAN_A_MEBIBYTE = 1200000 };
    char *blanks = text_reserve(out, MORE_THAN_A_MEBIBYTE);
    memset(blanks, ' ', MORE_THAN_A_MEBIBYTE);
    out->size += MORE_THAN_A_MEBIBYTE;
    out->data[out->size] = '\0';
}

static void add_padding(struct zip *zip, bool key_value)
{
    struct text padding = {0};
    if (!key_value) text_puts(&padding, "{\"type\":\"MTA\",\"data\":[");
    append_blanks(&padding);
    text_puts(&padding, key_value ? "\r" : "]}");
    zip_add(zip, ZIP_STORED, key_value ? "receipt_padding.siem" : "receipt_padding.json", padding.data,
            padding.size);
    text_free(&padding);
}

/* A whole zip, but for members that end early; `places` (may be NULL) gets where the members' packed bytes
 * are. */
static void build(struct zip *zip, const struct event_style *style, const struct batch *batch, bool key_value,
                  struct damage damage, struct zip_place *places)
{
    struct text text = {0}, name = {0};
    for (size_t i = 0; i < batch->member_count && !batch->empty_zip; i++) {
        const struct member *member = &batch->members[i];
        text_clear(&text);
        text_clear(&name);
        member_write(&text, style, batch, member, key_value, NULL);
        if (damage.fault == FAULT_TRUNCATED_MEMBER && member == victim(batch, damage))
            text.size = cut_at(&text, damage);
        text_printf(&name, "%s.%s", member->name, key_value ? "siem" : "json");
        struct zip_place place = zip_add(zip, batch->layout, name.data, text.data, text.size);
        if (places) places[i] = place;
    }
    if (damage.fault == FAULT_LARGE) add_padding(zip, key_value);
    text_free(&text);
    text_free(&name);
}

/* Complete JSON objects in `bytes` that a reader may take for records, each with a marker of the lost ones.
 */
static bool garbage_is_recognisable(const struct event_style *style, const struct batch *batch,
                                    const struct member *member, size_t first_lost, const char *bytes,
                                    size_t size)
{
    size_t start = 0, depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{') {
            if (depth++ == 0) start = i;
        } else if (c == '}' && depth && --depth == 0) {
            bool known = false;
            for (size_t k = first_lost; k < member->count && !known; k++) {
                char marker[MARKER_SIZE];
                event_marker(style, &batch->events[member->first + k], marker);
                known = memmem(bytes + start, i + 1 - start, marker, strlen(marker)) != NULL;
            }
            if (!known) return false;
        }
    }
    return true;
}

/* Events that lie whole in the common beginning of what was written and what can be unpacked. */
static size_t whole_events(const struct text *whole, const size_t *ends, size_t count, const struct text *got)
{
    size_t same = 0, size = got->size < whole->size ? got->size : whole->size;
    while (same < size && whole->data[same] == got->data[same])
        same++;
    size_t events = 0;
    while (events < count && ends[events] <= same)
        events++;
    return events;
}

static size_t list_start(const struct text *member)
{
    const char *bracket = member->size ? memchr(member->data, '[', member->size) : NULL;
    return bracket ? (size_t)(bracket - member->data) : 0;
}

/* Flips one bit in the victim's packed bytes so that the damage shows, and so that no reader can make a
 * record of it that would be taken for an undamaged one. Returns false if no such place was found. */
static bool flip(struct zip *zip, const struct event_style *style, const struct batch *batch, bool key_value,
                 struct damage damage, const struct zip_place *places)
{
    const struct member *member = victim(batch, damage);
    struct zip_place place = places[member - batch->members];
    struct text whole = {0}, got = {0};
    size_t *ends = must_allocate((member->count + 1) * sizeof *ends);
    member_write(&whole, style, batch, member, key_value, ends);
    struct random random = {damage.seed};
    bool flipped = false;
    for (unsigned attempt = 0; attempt < 64 && !flipped && place.size; attempt++) {
        char *byte = zip->bytes.data + place.start + random_below(&random, place.size);
        char bit = (char)(1 << random_below(&random, 7));
        *byte = (char)(*byte ^ bit);
        text_clear(&got);
        zip_unpack(batch->layout, zip->bytes.data + place.start, place.size, &got);
        size_t safe = whole_events(&whole, ends, member->count, &got),
               from = safe ? ends[safe - 1] : list_start(&got);
        flipped = safe < member->count &&
                  garbage_is_recognisable(style, batch, member, safe, got.data + from, got.size - from);
        if (!flipped) *byte = (char)(*byte ^ bit);
    }
    text_free(&whole);
    text_free(&got);
    free(ends);
    return flipped;
}

static size_t zip_cut(size_t size, struct damage damage)
{
    return size / 5 + mix(damage.seed) % (size - size / 5);
}

void batch_zip(struct text *out, const struct event_style *style, const struct batch *batch, bool key_value,
               struct damage damage)
{
    if (damage.fault == FAULT_ZERO_BYTES) return;
    if (damage.fault == FAULT_NOT_JSON) {
        text_puts(out, nonsense);
        return;
    }
    struct zip zip = {0};
    struct zip_place *places = must_allocate(batch->member_count * sizeof *places);
    build(&zip, style, batch, key_value, damage, places);
    if (damage.fault == FAULT_FLIPPED_BYTE && !batch->empty_zip)
        flip(&zip, style, batch, key_value, damage, places);
    zip_end(&zip, damage.fault == FAULT_BAD_DIRECTORY);
    size_t size = damage.fault == FAULT_TRUNCATED_ZIP ? zip_cut(zip.bytes.size, damage) : zip.bytes.size;
    text_append(out, zip.bytes.data, size);
    zip_free(&zip);
    free(places);
}

void batch_plain(struct text *out, const struct event_style *style, const struct batch *batch, size_t index,
                 bool key_value, struct damage damage)
{
    const struct member *member = &batch->members[index];
    if (damage.fault == FAULT_ZERO_BYTES) return;
    if (damage.fault == FAULT_NOT_JSON) {
        text_puts(out, nonsense);
        return;
    }
    member_write(out, style, batch, member, key_value, NULL);
    if (damage.fault == FAULT_LARGE) append_blanks(out);
    if (damage.fault == FAULT_TRUNCATED_MEMBER && member == victim(batch, damage) && out->size > 1)
        out->size = cut_at(out, damage);
}

void batch_assess(struct batch *batch, const struct event_style *style)
{
    if (batch->damage.fault == FAULT_NONE || batch->damage.fault == FAULT_BAD_DIRECTORY ||
        !batch->event_count)
        return;
    batch->salvageable = must_allocate(batch->event_count * sizeof *batch->salvageable);
    struct text damaged = {0}, whole = {0}, got = {0};
    struct zip untouched = {0};
    struct zip_place *places = must_allocate(batch->member_count * sizeof *places);
    size_t *ends = must_allocate((batch->event_count + 1) * sizeof *ends);
    bool unreadable = batch->damage.fault == FAULT_ZERO_BYTES || batch->damage.fault == FAULT_NOT_JSON;
    batch_zip(&damaged, style, batch, false, batch->damage);
    build(&untouched, style, batch, false, batch->damage, places);
    for (size_t i = 0; i < batch->member_count && !unreadable; i++) {
        const struct member *member = &batch->members[i];
        if (places[i].start >= damaged.size) break;
        size_t there = damaged.size - places[i].start;
        text_clear(&whole);
        text_clear(&got);
        member_write(&whole, style, batch, member, false, ends);
        zip_unpack(batch->layout, damaged.data + places[i].start,
                   there < places[i].size ? there : places[i].size, &got);
        size_t safe = whole_events(&whole, ends, member->count, &got);
        for (size_t k = 0; k < safe; k++)
            batch->salvageable[member->first + k] = true;
    }
    text_free(&damaged);
    text_free(&whole);
    text_free(&got);
    zip_free(&untouched);
    free(places);
    free(ends);
}
