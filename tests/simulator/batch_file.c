#include "batch_file.h"
#include "gzip.h"
#include "random.h"
#include <stdlib.h>
#include <string.h>

/* On the way a page of some proxy; for good something that was never packed. */
static const char web_page[] = "<html><head><title>503 Slow Down</title></head><body>storage</body></html>\n";
static const char unpacked[] = "\x01\x02 nothing that anybody packed\n";

/* A broken line ends in its middle, and the next one begins. */
static size_t broken_line(const struct batch_file *file, struct damage damage)
{
    return damage.fault == FAULT_BROKEN_LINE && file->event_count ? damage.seed % file->event_count
                                                                  : SIZE_MAX;
}

/* `ends` (may be NULL) gets where each event ends. */
static void write_lines(struct text *out, const struct event_style *style, const struct batch_file *file,
                        struct damage damage, size_t *ends)
{
    size_t broken = broken_line(file, damage);
    for (size_t i = 0; i < file->event_count; i++) {
        size_t start = out->size;
        if (file->events[i].source == SIEM)
            event_write_batch(out, style, &file->events[i]);
        else
            event_write(out, style, &file->events[i]);
        if (ends) ends[i] = out->size;
        if (i == broken) out->size = start + 1 + mix(damage.seed) % (out->size - start - 1);
        /* Some writers leave the last line without its end. */
        if (i + 1 < file->event_count || file->number % 4 != 2) text_put(out, '\n');
    }
    if (damage.fault == FAULT_LARGE) {
        enum { MORE_THAN_A_MEBIBYTE = 1200000 };
        if (out->size && out->data[out->size - 1] != '\n') text_put(out, '\n');
        memset(text_reserve(out, MORE_THAN_A_MEBIBYTE), ' ', MORE_THAN_A_MEBIBYTE);
        out->size += MORE_THAN_A_MEBIBYTE;
        text_put(out, '\n');
    }
    text_append(out, "", 0);
}

/* Events that lie whole in the common beginning of what was written and what can be unpacked. */
static size_t whole_lines(const struct text *whole, const size_t *ends, size_t count, const struct text *got)
{
    size_t same = 0, size = got->size < whole->size ? got->size : whole->size;
    while (same < size && whole->data[same] == got->data[same])
        same++;
    size_t events = 0;
    while (events < count && ends[events] + 1 <= same)
        events++;
    return events;
}

/* Each line of the garbage behind the damage is no JSON, or holds the marker of an event that is lost. */
static bool garbage_is_known(const struct event_style *style, const struct batch_file *file,
                             size_t first_lost, const char *bytes, size_t size)
{
    for (const char *line = bytes, *end = bytes + size; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop ? stop : end) - line);
        bool record = length > 1 && line[0] == '{' && line[length - 1] == '}', known = !record;
        for (size_t i = first_lost; i < file->event_count && !known; i++) {
            char marker[MARKER_SIZE];
            event_marker(style, &file->events[i], marker);
            known = memmem(line, length, marker, strlen(marker)) != NULL;
        }
        if (!known) return false;
        line += length + 1;
    }
    return true;
}

/* Flips one bit so that the damage shows, and so that no reader takes the garbage for something else. */
static void flip(struct text *packed, const struct event_style *style, const struct batch_file *file,
                 struct damage damage)
{
    enum { HEAD = 10 };
    struct random random = {damage.seed};
    struct text whole = {0}, got = {0};
    size_t *ends = must_allocate((file->event_count + 1) * sizeof *ends);
    write_lines(&whole, style, file, damage, ends);
    bool flipped = packed->size <= HEAD;
    for (unsigned attempt = 0; attempt < 64 && !flipped; attempt++) {
        char *byte = packed->data + HEAD + random_below(&random, packed->size - HEAD);
        char bit = (char)(1 << random_below(&random, 7));
        *byte = (char)(*byte ^ bit);
        text_clear(&got);
        gzip_unpack(packed->data, packed->size, &got);
        size_t safe = whole_lines(&whole, ends, file->event_count, &got),
               from = safe ? ends[safe - 1] + 1 : 0;
        flipped = safe < file->event_count && from <= got.size &&
                  garbage_is_known(style, file, safe, got.data + from, got.size - from);
        if (!flipped) *byte = (char)(*byte ^ bit);
    }
    text_free(&whole);
    text_free(&got);
    free(ends);
}

void batch_file_pack(struct text *out, const struct event_style *style, const struct batch_file *file,
                     struct damage damage)
{
    if (damage.fault == FAULT_ZERO_BYTES) return;
    if (damage.fault == FAULT_NOT_JSON) {
        text_puts(out, file->damage.fault == FAULT_NOT_JSON ? unpacked : web_page);
        return;
    }
    struct text lines = {0};
    write_lines(&lines, style, file, damage, NULL);
    gzip_pack(out, lines.data, lines.size, file->number % 5 == 2 && lines.size > 10 ? 3 : 1);
    text_free(&lines);
    switch (damage.fault) {
    case FAULT_TRUNCATED_GZ:
        out->size = out->size / 5 + mix(damage.seed) % (out->size - out->size / 5);
        break;
    case FAULT_WRONG_CHECKSUM:
        out->data[out->size - 6] = (char)(out->data[out->size - 6] ^ 0x10);
        break;
    case FAULT_FLIPPED_BYTE:
        flip(out, style, file, damage);
        break;
    default:
        break;
    }
}

void batch_file_assess(struct batch_file *file, const struct event_style *style)
{
    struct damage damage = file->damage;
    if (damage.fault == FAULT_NONE || damage.fault == FAULT_WRONG_CHECKSUM || !file->event_count) return;
    file->salvageable = must_allocate(file->event_count * sizeof *file->salvageable);
    struct text packed = {0}, got = {0}, whole = {0};
    size_t *ends = must_allocate((file->event_count + 1) * sizeof *ends);
    batch_file_pack(&packed, style, file, damage);
    write_lines(&whole, style, file, damage, ends);
    gzip_unpack(packed.data, packed.size, &got);
    size_t safe = damage.fault == FAULT_BROKEN_LINE ? file->event_count
                                                    : whole_lines(&whole, ends, file->event_count, &got);
    for (size_t i = 0; i < safe; i++)
        file->salvageable[i] = i != broken_line(file, damage);
    text_free(&packed);
    text_free(&got);
    text_free(&whole);
    free(ends);
}
