#include "collect/answer/identity.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/json_outline.h"
#include "base/smaller.h"
#include "base/text.h"
#include "journal/id_set.h"

#include <stdlib.h>
#include <string.h>

/* How often each id of occurrence 0 has been seen in the response. Most are seen once, and there may be
 * millions: those that came again are counted on the side, with open addressing, at most half full. The ids
 * are SHA-256 already, so their first bytes are the hash. */
struct occurrence {
    unsigned char id[EVENT_ID_SIZE];
    uint32_t count; /* 0 = free */
};
struct occurrences {
    struct id_set seen;
    struct occurrence *slots; /* of those that came again */
    size_t capacity, used;
};

/* Lengths are known, because every member of every event is compared. */
struct volatile_field {
    postern_text name;        /* the last part of its path */
    postern_text before;      /* the parts in front of it, without the dot between */
    const char *value_prefix; /* NULL = every value */
};

struct identity_maker {
    struct volatile_field *volatile_fields;
    size_t volatile_count;
    uint64_t volatile_sizes; /* bit n: one of their names has n bytes, or 63 and more */
    bool looks_inside;       /* one of them is not a member of the event itself */
    struct json_tape *tape;
    struct json_form form;
    struct digest *digest;
    struct buffer bytes; /* what is hashed */
    size_t head_size;    /* of what begins it for every event */
    struct occurrences seen;
    unsigned char first[EVENT_ID_SIZE]; /* of the event at hand */
    uint32_t occurrence;
};

static struct occurrence *find_slot(const struct occurrences *seen, const unsigned char *id)
{
    uint64_t hash;
    memcpy(&hash, id, sizeof hash);
    for (size_t i = (size_t)hash & (seen->capacity - 1);; i = (i + 1) & (seen->capacity - 1)) {
        struct occurrence *slot = &seen->slots[i];
        if (!slot->count || memcmp(slot->id, id, EVENT_ID_SIZE) == 0) return slot;
    }
}

static bool grow(struct occurrences *seen)
{
    struct occurrences larger = *seen;
    larger.capacity = seen->capacity ? seen->capacity * 2 : 64;
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots) return false;
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i].count) *find_slot(&larger, seen->slots[i].id) = seen->slots[i];
    free(seen->slots);
    *seen = larger;
    return true;
}

/* How often the id has been seen before, which it now is once more; -1 if out of memory. */
static int64_t count_occurrence(struct occurrences *seen, const unsigned char *id)
{
    if (!id_set_has(&seen->seen, id)) return id_set_add(&seen->seen, id) ? 0 : -1;
    if (seen->used * 2 >= seen->capacity && !grow(seen)) return -1;
    struct occurrence *slot = find_slot(seen, id);
    if (!slot->count) {
        memcpy(slot->id, id, EVENT_ID_SIZE);
        seen->used++;
    }
    return ++slot->count;
}

/* Takes the last part off a path of members. */
static postern_text take_last_part(postern_text *path)
{
    size_t start = path->size;
    while (start > 0 && path->data[start - 1] != '.')
        start--;
    postern_text part = {path->data + start, path->size - start};
    path->size = start ? start - 1 : 0;
    return part;
}

/* Does the path lead from the event to this container? Lists on the way count for nothing. */
static bool leads_to(const struct json_tape *tape, const struct json_node *container, postern_text path)
{
    while (container->parent != (uint32_t)(container - tape->nodes)) { /* the root is its own */
        const struct json_node *parent = &tape->nodes[container->parent];
        if (parent->type == POSTERN_JSON_OBJECT) {
            if (path.size == 0 || !json_node_key_is(tape, container, take_last_part(&path))) return false;
        }
        container = parent;
    }
    return path.size == 0;
}

static bool has_prefix(const struct json_tape *tape, const struct json_node *value, const char *prefix)
{
    bool is_text = value->type == POSTERN_JSON_STRING; /* a prefix speaks of what stands between the quotes */
    return text_starts_with(is_text ? json_node_inside(tape, value) : json_node_raw(tape, value), prefix);
}

/* Tells most names apart without looking at them. */
static uint64_t size_bit(size_t size)
{
    return UINT64_C(1) << smaller_size(size, 63);
}

static bool is_volatile(void *context, const struct json_node *member)
{
    const struct identity_maker *maker = context;
    const struct json_tape *tape = maker->tape;
    if (member->parent != 0 && !maker->looks_inside) return false; /* node 0 is the event */
    const bool is_plain = !(member->flags & JSON_KEY_ESCAPED);
    if (is_plain && !(maker->volatile_sizes & size_bit(member->key_end - member->key_start))) return false;
    for (size_t i = 0; i < maker->volatile_count; i++) {
        const struct volatile_field *field = &maker->volatile_fields[i];
        if (!json_node_key_is(tape, member, field->name)) continue;
        if (!leads_to(tape, &tape->nodes[member->parent], field->before)) continue;
        if (!field->value_prefix || has_prefix(tape, member, field->value_prefix)) return true;
    }
    return false;
}

static bool copy_volatile_fields(struct identity_maker *maker, const postern_volatile_field *const *fields)
{
    size_t count = 0;
    while (fields && fields[count])
        count++;
    maker->volatile_fields = calloc(count + 1, sizeof *maker->volatile_fields);
    if (!maker->volatile_fields) return false;
    for (size_t i = 0; i < count; i++) {
        struct volatile_field *field = &maker->volatile_fields[i];
        field->before = text_of(fields[i]->path);
        field->name = take_last_part(&field->before);
        field->value_prefix = fields[i]->value_prefix;
        maker->looks_inside = maker->looks_inside || field->before.size;
        maker->volatile_sizes |= size_bit(field->name.size);
    }
    maker->volatile_count = count;
    maker->form.leave_out = count ? is_volatile : NULL;
    maker->form.context = maker;
    return true;
}

/* Every part carries its length, so that no two different inputs run together into the same bytes. */
static void append_length(struct buffer *bytes, size_t length)
{
    char little_endian[8];
    for (int i = 0; i < 8; i++)
        little_endian[i] = (char)(unsigned char)((uint64_t)length >> (8 * i));
    buffer_append(bytes, little_endian, sizeof little_endian);
}

/* What begins the bytes of every event. */
static bool write_head(struct identity_maker *maker, const unsigned char account_key[16], const char *source)
{
    buffer_append(&maker->bytes, account_key, 16);
    append_length(&maker->bytes, strlen(source));
    maker->head_size = 16 + 8 + strlen(source);
    return buffer_append_string(&maker->bytes, source);
}

struct identity_maker *identity_maker_new(const unsigned char account_key[16], const char *source,
                                          const postern_volatile_field *const *volatile_fields,
                                          size_t record_limit)
{
    struct identity_maker *maker = calloc(1, sizeof *maker);
    if (!maker) return NULL;
    /* Writing a string again may lengthen it: a control character becomes six bytes. */
    maker->bytes.limit = record_limit * 6 + 4096;
    maker->tape = json_tape_new();
    json_tape_remember(maker->tape);
    maker->digest = digest_new();
    maker->form.orders = json_orders_new();
    const bool made = maker->tape && maker->digest && maker->form.orders;
    if (made && copy_volatile_fields(maker, volatile_fields) && write_head(maker, account_key, source))
        return maker;
    identity_maker_free(maker);
    return NULL;
}

void identity_maker_free(struct identity_maker *maker)
{
    if (!maker) return;
    json_tape_free(maker->tape);
    digest_free(maker->digest);
    json_orders_free(maker->form.orders);
    buffer_free(&maker->bytes);
    id_set_free(&maker->seen.seen);
    free(maker->seen.slots);
    free(maker->volatile_fields);
    free(maker);
}

void identity_maker_freep(struct identity_maker **maker)
{
    identity_maker_free(*maker);
}

/* What tells the event from others: the vendor's own key, or else the canonical event. The first begins with
 * '=', the second with '{'. */
static bool write_event(struct identity_maker *maker, const struct json_node *event, postern_text vendor_id)
{
    if (vendor_id.size)
        return buffer_append_byte(&maker->bytes, '=') && buffer_append_text(&maker->bytes, vendor_id);
    return json_canonical(maker->tape, event, &maker->form, &maker->bytes);
}

/* All that is hashed, in one buffer because one update is cheaper than five; the occurrence comes last. */
static bool write_identity(struct identity_maker *maker, const struct json_node *event, postern_text type,
                           postern_text vendor_id)
{
    struct buffer *bytes = &maker->bytes;
    buffer_clear(bytes);
    bytes->size = maker->head_size;
    append_length(bytes, type.size);
    buffer_append_text(bytes, type);
    size_t length_at = bytes->size;
    append_length(bytes, 0);
    size_t begin = bytes->size;
    if (!write_event(maker, event, vendor_id)) return false;
    size_t end = bytes->size;
    bytes->size = length_at;
    append_length(bytes, end - begin);
    bytes->size = end;
    return buffer_append(bytes, "\0\0\0\0", 4) && !bytes->failed;
}

static void hash_identity(struct identity_maker *maker, uint32_t occurrence, unsigned char id[EVENT_ID_SIZE])
{
    unsigned char hash[32];
    char *count = maker->bytes.data + maker->bytes.size - 4;
    for (int i = 0; i < 4; i++)
        count[i] = (char)(unsigned char)(occurrence >> (8 * i));
    digest_reset(maker->digest);
    digest_update(maker->digest, maker->bytes.data, maker->bytes.size);
    digest_final(maker->digest, hash);
    memcpy(id, hash, EVENT_ID_SIZE);
}

/* Makes all that is hashed ready. */
static postern_status read_event(struct identity_maker *maker, postern_text type, postern_text json,
                                 postern_text vendor_id, postern_error *error)
{
    const struct json_node *event;
    postern_status status = json_parse(maker->tape, json, &event, error);
    if (status < 0) return status;
    if (json_type(event) != POSTERN_JSON_OBJECT)
        return error_set(error, POSTERN_E_PROTOCOL, "the record is JSON but no object");
    if (!write_identity(maker, event, type, vendor_id))
        return error_set(error, POSTERN_E_MEMORY, "no memory for the identity of an event");
    return POSTERN_OK;
}

postern_status identity_make(struct identity_maker *maker, postern_text type, postern_text json,
                             postern_text vendor_id, unsigned char id[EVENT_ID_SIZE], postern_error *error)
{
    postern_status status = read_event(maker, type, json, vendor_id, error);
    if (status < 0) return status;
    hash_identity(maker, 0, id);
    int64_t occurrence = count_occurrence(&maker->seen, id);
    if (occurrence < 0) return error_set(error, POSTERN_E_MEMORY, "no memory for the identity of an event");
    memcpy(maker->first, id, EVENT_ID_SIZE);
    maker->occurrence = (uint32_t)occurrence;
    if (occurrence > 0) hash_identity(maker, maker->occurrence, id);
    return POSTERN_OK;
}

uint32_t identity_occurrence(const struct identity_maker *maker, unsigned char first[EVENT_ID_SIZE])
{
    memcpy(first, maker->first, EVENT_ID_SIZE);
    return maker->occurrence;
}

postern_status identity_make_of(struct identity_maker *maker, postern_text type, postern_text json,
                                uint32_t occurrence, unsigned char id[EVENT_ID_SIZE], postern_error *error)
{
    postern_status status = read_event(maker, type, json, (postern_text){NULL, 0}, error);
    if (status >= 0) hash_identity(maker, occurrence, id);
    return status;
}

void identity_of_item(const unsigned char key[EVENT_ID_SIZE], bool has_left, int64_t appeared,
                      unsigned char id[EVENT_ID_SIZE])
{
    char bytes[EVENT_ID_SIZE + 1 + 8];
    unsigned char hash[32];
    memcpy(bytes, key, EVENT_ID_SIZE);
    bytes[EVENT_ID_SIZE] = has_left ? 'l' : 'a';
    for (int i = 0; i < 8; i++)
        bytes[EVENT_ID_SIZE + 1 + i] = (char)(unsigned char)((uint64_t)appeared >> (8 * i));
    digest_sha256((postern_text){bytes, sizeof bytes}, hash);
    memcpy(id, hash, EVENT_ID_SIZE);
}
