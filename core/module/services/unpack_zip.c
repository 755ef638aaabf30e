/* Zip archives are read front to back by their local headers, with libarchive's streamable reader; the
 * central directory is not looked at. Each member is opened on its own, so that a fatal error ends that
 * member and no other: the walk goes on at the next local header. */
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "module/services/inflate.h"
#include "module/services/zip_library.h"
#include "module/services/zip_parts.h"

/* ---- One member ---- */

enum ending {
    ENDING_WHOLE,
    ENDING_WRONG,  /* read to its end, but checksum or size do not fit */
    ENDING_BROKEN, /* could not be read to its end */
    ENDING_LARGE,  /* cut at the limit */
};

struct zip_reading {
    enum ending ending;
    const char *damage; /* NULL if whole */
    size_t end;         /* behind the member, from the start of the archive; 0 if not read to its end */
};

static const char *words_or(postern_text words, const char *without_memory)
{
    return words.data ? words.data : without_memory;
}

static const char *describe(struct unpack_walk *walk, struct archive *reader, struct archive_entry *entry,
                            enum ending ending, bool at_end)
{
    const struct zip_library *library = walk->zips;
    const char *reason = library->archive_error_string(reader);
    char size[32];
    if (!reason) reason = "no reason is known";
    if (ending == ENDING_LARGE)
        return words_or(arena_printf(walk->arena, "it unpacks to more than %s",
                                     size_format((int64_t)walk->data.limit, size)),
                        "it is too large");
    if (entry && library->archive_entry_is_data_encrypted(entry) > 0) return "it is encrypted";
    if (ending == ENDING_WRONG && strstr(reason, "CRC")) return "its checksum is wrong";
    if (ending == ENDING_WRONG) return "it has another size than it says";
    if (at_end) return "it ends early";
    return words_or(arena_printf(walk->arena, "it is damaged (%s)", reason), "it is damaged");
}

/* Gathers the member's bytes in walk->data. */
static enum ending read_data(struct unpack_walk *walk, struct archive *reader)
{
    for (;;) {
        const void *block = NULL;
        size_t size = 0;
        la_int64_t offset;
        int result = walk->zips->archive_read_data_block(reader, &block, &size, &offset);
        if (result == ARCHIVE_EOF) return ENDING_WHOLE;
        if (result < ARCHIVE_WARN) return ENDING_BROKEN;
        if (size && !member_data_append(&walk->data, block, size)) return ENDING_LARGE;
        if (result == ARCHIVE_WARN) return ENDING_WRONG;
    }
}

/* Reads the member whose local header is at `start`. */
static struct zip_reading read_member(struct unpack_walk *walk, size_t start)
{
    struct zip_reading reading = {.ending = ENDING_BROKEN, .damage = "there was no memory to unpack it"};
    struct archive_entry *entry = NULL;
    const struct zip_library *library = walk->zips;
    struct archive *reader = library->archive_read_new();
    member_data_begin(&walk->data, unpack_room(walk));
    if (!reader) return reading;
    library->archive_read_support_format_zip_streamable(reader);
    if (library->archive_read_open_memory(reader, walk->bytes.data + start, walk->bytes.size - start) ==
            ARCHIVE_OK &&
        library->archive_read_next_header(reader, &entry) >= ARCHIVE_WARN)
        reading.ending = read_data(walk, reader);
    bool at_end = (size_t)library->archive_filter_bytes(reader, 0) >= walk->bytes.size - start;
    bool whole = reading.ending == ENDING_WHOLE;
    reading.damage = whole ? NULL : describe(walk, reader, entry, reading.ending, at_end);
    if (whole || reading.ending == ENDING_WRONG) {
        library->archive_read_data_skip(reader); /* over the member's data descriptor */
        reading.end = start + (size_t)library->archive_filter_bytes(reader, 0);
    }
    library->archive_read_free(reader);
    return reading;
}

/* ---- Damaged members ---- */

/* Where a damaged member ends: where its header says if something begins there, else where something begins.
 */
static size_t guess_end(postern_text bytes, size_t start, const struct zip_header *header)
{
    struct zip_header next;
    bool size_known = !(header->flags & ZIP_FLAG_SIZES_BEHIND) && header->packed_size != UINT32_MAX;
    if (size_known && header->data <= bytes.size && header->packed_size <= bytes.size - header->data &&
        zip_has_boundary(bytes, header->data + header->packed_size))
        return header->data + header->packed_size;
    size_t end = zip_find_member(bytes, start + 4, &next);
    const char *directory = memmem(bytes.data + start, end - start, "PK\1\2", 4);
    return end == bytes.size && directory ? (size_t)(directory - bytes.data) : end;
}

/* What stored data there is up to `end`, without the descriptor behind it. */
static void take_stored(struct unpack_walk *walk, const struct zip_header *header, size_t end)
{
    size_t size = end > header->data ? end - header->data : 0, descriptor = 16;
    if (header->flags & ZIP_FLAG_SIZES_BEHIND && size >= descriptor &&
        zip_has_signature(walk->bytes, end - descriptor, "PK\7\10"))
        size -= descriptor;
    member_data_begin(&walk->data, walk->data.limit);
    member_data_append(&walk->data, walk->bytes.data + header->data, size);
}

/* libarchive gives nothing of a block in which there is a fault; this takes all up to the fault. */
static void salvage(struct unpack_walk *walk, const struct zip_header *header, size_t end)
{
    if (header->flags & ZIP_FLAG_ENCRYPTED || header->data >= walk->bytes.size) return;
    if (header->method == ZIP_STORED) take_stored(walk, header, end);
    if (header->method != ZIP_DEFLATED) return;
    member_data_begin(&walk->data, walk->data.limit);
    inflate_salvage(walk, (postern_text){walk->bytes.data + header->data, walk->bytes.size - header->data});
}

/* ---- The walk ---- */

static postern_text span(postern_text bytes, size_t from, size_t to)
{
    return (postern_text){bytes.data + from, to - from};
}

static const char stray[] = "these bytes of the archive belong to no readable member";
static const char cut_off[] = "the archive ends before its directory: members may be missing";

static postern_status deliver_stray(struct unpack_walk *walk, size_t from, size_t to, const char *damage)
{
    member_data_begin(&walk->data, 0);
    return unpack_deliver(walk, (postern_text){NULL, 0}, damage, span(walk->bytes, from, to));
}

/* Members that the library cannot tell: those of nothing, and stored ones whose size stands behind them. */
static bool read_plain_member(struct unpack_walk *walk, const struct zip_header *header, size_t *end)
{
    size_t size = 0;
    *end = zip_end_of_empty_member(walk->bytes, header);
    if (!*end && (!zip_find_stored(walk->bytes, header, &size, end) || size > unpack_room(walk)))
        return false;
    member_data_begin(&walk->data, unpack_room(walk));
    member_data_append(&walk->data, walk->bytes.data + header->data, size);
    return true;
}

static postern_status deliver_member(struct unpack_walk *walk, size_t start, const struct zip_header *header,
                                     size_t *end, bool *known_end)
{
    walk->count++;
    *known_end = true;
    if (read_plain_member(walk, header, end)) {
        if (zip_is_directory(header) && !walk->data.size) return POSTERN_OK;
        return unpack_deliver(walk, header->name, NULL, span(walk->bytes, start, *end));
    }
    struct zip_reading reading = read_member(walk, start);
    bool misled = reading.ending == ENDING_WRONG && !zip_has_boundary(walk->bytes, reading.end);
    *known_end = reading.end > start && !misled;
    *end = *known_end ? reading.end : guess_end(walk->bytes, start, header);
    if (reading.ending == ENDING_BROKEN || misled) salvage(walk, header, *end);
    postern_status status =
        unpack_deliver(walk, header->name, reading.damage, span(walk->bytes, start, *end));
    if (status == POSTERN_OK && reading.ending == ENDING_LARGE &&
        walk->expanded >= walk->limits.expansion_size)
        status = unpack_check_limits(walk, span(walk->bytes, *end, walk->bytes.size));
    return status;
}

/* What stands behind the last member: the directory, or else members are missing. */
static postern_status finish(struct unpack_walk *walk, size_t end, bool known_end)
{
    if (!known_end && end == walk->bytes.size)
        return POSTERN_OK; /* the last member took the damage with it */
    if (zip_has_directory_part(walk->bytes, end) || zip_has_damaged_directory(walk->bytes, end, walk->count))
        return POSTERN_OK;
    return deliver_stray(walk, end, walk->bytes.size, end == walk->bytes.size ? cut_off : stray);
}

postern_status unpack_zip(struct unpack_walk *walk)
{
    struct zip_header header;
    size_t end = 0, next = zip_find_member(walk->bytes, 0, &header);
    bool known_end = true;
    walk->zips = zip_library(walk->error);
    if (!walk->zips) return POSTERN_E_CONFIG;
    if (next == walk->bytes.size && zip_is_empty(walk->bytes)) return POSTERN_OK;
    if (next == 4 && zip_has_signature(walk->bytes, 0, "PK\7\10"))
        end = next; /* a mark that some tools set */
    if (next == walk->bytes.size)
        return error_set(walk->error, POSTERN_E_PROTOCOL,
                         "the file is no zip archive: not one member was found in it");
    while (next < walk->bytes.size) {
        postern_status status = POSTERN_OK;
        if (next > end && !zip_has_directory_part(walk->bytes, end))
            status = deliver_stray(walk, end, next, stray);
        if (status == POSTERN_OK)
            status = unpack_check_limits(walk, span(walk->bytes, next, walk->bytes.size));
        if (status == POSTERN_OK) status = deliver_member(walk, next, &header, &end, &known_end);
        if (status < 0) return status;
        next = zip_find_member(walk->bytes, end, &header);
    }
    return finish(walk, end, known_end);
}
