/* Zip archives are read front to back by their local headers, with libarchive's streamable reader; the
 * central directory is not looked at. Each member is opened on its own, so that a fatal error ends that
 * member and no other: the walk goes on at the next local header. */
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "module/services/inflate.h"
#include <archive.h>
#include <archive_entry.h>

#define LOCAL_HEADER      30u /* bytes before the name */
#define FLAG_ENCRYPTED    1u
#define FLAG_SIZES_BEHIND 8u /* sizes and checksum stand behind the data */
#define METHOD_STORED     0u
#define METHOD_DEFLATED   8u

/* ---- Local headers ---- */

struct local_header {
    uint32_t flags, method, packed_size;
    postern_text name;
    size_t data; /* where the packed bytes begin, from the start of the archive */
};

static uint32_t little_endian(const unsigned char *at, int bytes)
{
    uint32_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

static bool has_signature(postern_text bytes, size_t at, const char *signature)
{
    return at <= bytes.size && bytes.size - at >= 4 && !memcmp(bytes.data + at, signature, 4);
}

/* True if a local header stands at `at` whose fields make sense: four bytes alone also come up in packed
 * data. */
static bool read_local_header(postern_text bytes, size_t at, struct local_header *header)
{
    if (!has_signature(bytes, at, "PK\3\4") || bytes.size - at < LOCAL_HEADER) return false;
    const unsigned char *p = (const unsigned char *)bytes.data + at;
    size_t name = little_endian(p + 26, 2), extra = little_endian(p + 28, 2);
    *header = (struct local_header){
        .flags = little_endian(p + 6, 2),
        .method = little_endian(p + 8, 2),
        .packed_size = little_endian(p + 18, 4),
        .data = at + LOCAL_HEADER + name + extra,
    };
    size_t left = bytes.size - at - LOCAL_HEADER;
    header->name = (postern_text){bytes.data + at + LOCAL_HEADER, name < left ? name : left};
    bool known_version = p[4] <= 63, known_method = header->method <= 99;
    return known_version && known_method && name > 0 && name <= 4096;
}

/* The next local header at or behind `at`; bytes.size if there is none. */
static size_t find_local_header(postern_text bytes, size_t at, struct local_header *header)
{
    while (at < bytes.size) {
        const char *found = memmem(bytes.data + at, bytes.size - at, "PK\3\4", 4);
        if (!found) break;
        at = (size_t)(found - bytes.data);
        if (read_local_header(bytes, at, header)) return at;
        at++;
    }
    return bytes.size;
}

/* True where something stands that a zip has besides its members. */
static bool is_directory_part(postern_text bytes, size_t at)
{
    return has_signature(bytes, at, "PK\1\2") || has_signature(bytes, at, "PK\5\6") ||
           has_signature(bytes, at, "PK\6\6") || has_signature(bytes, at, "PK00");
}

/* The central directory is not needed, but its last record says how many members there are and how large the
 * directory is. True if that accounts for the unreadable bytes from `at` on: they are a damaged directory and
 * no lost member. */
static bool is_damaged_directory(postern_text bytes, size_t at, int64_t members)
{
    for (size_t end = bytes.size; end >= at + 22; end--) {
        size_t record = end - 22;
        if (!has_signature(bytes, record, "PK\5\6")) continue;
        const unsigned char *p = (const unsigned char *)bytes.data + record;
        return little_endian(p + 10, 2) == members || little_endian(p + 12, 4) == record - at;
    }
    return false;
}

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
    const char *reason = archive_error_string(reader);
    char size[32];
    if (!reason) reason = "no reason is known";
    if (ending == ENDING_LARGE)
        return words_or(arena_printf(walk->arena, "it unpacks to more than %s",
                                     size_format((int64_t)walk->data.limit, size)),
                        "it is too large");
    if (entry && archive_entry_is_data_encrypted(entry) > 0) return "it is encrypted";
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
        int result = archive_read_data_block(reader, &block, &size, &offset);
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
    struct archive *reader = archive_read_new();
    member_data_begin(&walk->data, unpack_room(walk));
    if (!reader) return reading;
    archive_read_support_format_zip_streamable(reader);
    if (archive_read_open_memory(reader, walk->bytes.data + start, walk->bytes.size - start) == ARCHIVE_OK &&
        archive_read_next_header(reader, &entry) >= ARCHIVE_WARN)
        reading.ending = read_data(walk, reader);
    bool at_end = (size_t)archive_filter_bytes(reader, 0) >= walk->bytes.size - start;
    bool whole = reading.ending == ENDING_WHOLE;
    reading.damage = whole ? NULL : describe(walk, reader, entry, reading.ending, at_end);
    if (whole || reading.ending == ENDING_WRONG) {
        archive_read_data_skip(reader); /* over the member's data descriptor */
        reading.end = start + (size_t)archive_filter_bytes(reader, 0);
    }
    archive_read_free(reader);
    return reading;
}

/* ---- Damaged members ---- */

static bool is_boundary(postern_text bytes, size_t at)
{
    return at == bytes.size || has_signature(bytes, at, "PK\3\4") || is_directory_part(bytes, at);
}

/* Where a damaged member ends: where its header says if something begins there, else where something begins.
 */
static size_t guess_end(postern_text bytes, size_t start, const struct local_header *header)
{
    struct local_header next;
    bool size_known = !(header->flags & FLAG_SIZES_BEHIND) && header->packed_size != UINT32_MAX;
    if (size_known && header->data <= bytes.size && header->packed_size <= bytes.size - header->data &&
        is_boundary(bytes, header->data + header->packed_size))
        return header->data + header->packed_size;
    size_t end = find_local_header(bytes, start + 4, &next);
    const char *directory = memmem(bytes.data + start, end - start, "PK\1\2", 4);
    return end == bytes.size && directory ? (size_t)(directory - bytes.data) : end;
}

/* What stored data there is up to `end`, without the descriptor behind it. */
static void take_stored(struct unpack_walk *walk, const struct local_header *header, size_t end)
{
    size_t size = end > header->data ? end - header->data : 0, descriptor = 16;
    if (header->flags & FLAG_SIZES_BEHIND && size >= descriptor &&
        has_signature(walk->bytes, end - descriptor, "PK\7\10"))
        size -= descriptor;
    member_data_begin(&walk->data, walk->data.limit);
    member_data_append(&walk->data, walk->bytes.data + header->data, size);
}

/* libarchive gives nothing of a block in which there is a fault; this takes all up to the fault. */
static void salvage(struct unpack_walk *walk, const struct local_header *header, size_t end)
{
    if (header->flags & FLAG_ENCRYPTED || header->data >= walk->bytes.size) return;
    if (header->method == METHOD_STORED) take_stored(walk, header, end);
    if (header->method != METHOD_DEFLATED) return;
    member_data_begin(&walk->data, walk->data.limit);
    inflate_salvage(walk, (postern_text){walk->bytes.data + header->data, walk->bytes.size - header->data});
}

/* ---- The walk ---- */

static bool is_directory(const struct local_header *header)
{
    return header->name.size && header->name.data[header->name.size - 1] == '/' && header->packed_size == 0;
}

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

static postern_status deliver_member(struct unpack_walk *walk, size_t start,
                                     const struct local_header *header, size_t *end, bool *known_end)
{
    struct zip_reading reading = read_member(walk, start);
    bool misled = reading.ending == ENDING_WRONG && !is_boundary(walk->bytes, reading.end);
    *known_end = reading.end > start && !misled;
    *end = *known_end ? reading.end : guess_end(walk->bytes, start, header);
    if (reading.ending == ENDING_BROKEN || misled) salvage(walk, header, *end);
    walk->count++;
    if (!reading.damage && is_directory(header)) return POSTERN_OK;
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
    if (is_directory_part(walk->bytes, end) || is_damaged_directory(walk->bytes, end, walk->count))
        return POSTERN_OK;
    return deliver_stray(walk, end, walk->bytes.size, end == walk->bytes.size ? cut_off : stray);
}

postern_status unpack_zip(struct unpack_walk *walk)
{
    struct local_header header;
    size_t end = 0, next = find_local_header(walk->bytes, 0, &header);
    bool known_end = true;
    if (next == walk->bytes.size && has_signature(walk->bytes, 0, "PK\5\6")) return POSTERN_OK;
    if (next == walk->bytes.size)
        return error_set(walk->error, POSTERN_E_PROTOCOL,
                         "the file is no zip archive: not one member was found in it");
    while (next < walk->bytes.size) {
        postern_status status = POSTERN_OK;
        if (next > end && !is_directory_part(walk->bytes, end))
            status = deliver_stray(walk, end, next, stray);
        if (status == POSTERN_OK)
            status = unpack_check_limits(walk, span(walk->bytes, next, walk->bytes.size));
        if (status == POSTERN_OK) status = deliver_member(walk, next, &header, &end, &known_end);
        if (status < 0) return status;
        next = find_local_header(walk->bytes, end, &header);
    }
    return finish(walk, end, known_end);
}
