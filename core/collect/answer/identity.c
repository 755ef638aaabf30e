#include "collect/answer/identity.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* How often each id of occurrence 0 has been seen in the response: open addressing, at most half full. The
 * ids are SHA-256 already, so their first bytes are the hash. */
struct occurrence {
    unsigned char id[EVENT_ID_SIZE];
    uint32_t count; /* 0 = free */
};
struct occurrences {
    struct occurrence *slots;
    size_t capacity, used;
};

struct identity_maker {
    unsigned char account_key[16];
    const char *source;
    struct volatile_field {
        postern_text name;
        const char *value_prefix; /* NULL = every value */
    } * volatile_fields; /* their lengths are known, because every member of every event is compared */
    size_t volatile_count;
    struct json_tape *tape;
    struct digest *digest;
    struct buffer bytes; /* what is hashed */
    struct occurrences seen;
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
    struct occurrences larger = {.capacity = seen->capacity ? seen->capacity * 2 : 64, .used = seen->used};
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
    if (seen->used * 2 >= seen->capacity && !grow(seen)) return -1;
    struct occurrence *slot = find_slot(seen, id);
    if (!slot->count) {
        memcpy(slot->id, id, EVENT_ID_SIZE);
        seen->used++;
    }
    return slot->count++;
}

static bool is_volatile(void *context, postern_text key, postern_text raw_value)
{
    const struct identity_maker *maker = context;
    for (size_t i = 0; i < maker->volatile_count; i++) {
        const struct volatile_field *field = &maker->volatile_fields[i];
        if (key.size != field->name.size || memcmp(key.data, field->name.data, key.size) != 0) continue;
        if (!field->value_prefix) return true;
        if (raw_value.size && raw_value.data[0] == '"') {
            raw_value.data++; /* a prefix speaks of the string's text */
            raw_value.size--;
        }
        if (text_starts_with(raw_value, field->value_prefix)) return true;
    }
    return false;
}

static bool copy_volatile_fields(struct identity_maker *maker, const postern_volatile_field *fields)
{
    size_t count = 0;
    while (fields && fields[count].name)
        count++;
    maker->volatile_fields = calloc(count + 1, sizeof *maker->volatile_fields);
    if (!maker->volatile_fields) return false;
    for (size_t i = 0; i < count; i++)
        maker->volatile_fields[i] = (struct volatile_field){text_of(fields[i].name), fields[i].value_prefix};
    maker->volatile_count = count;
    return true;
}

struct identity_maker *identity_maker_new(const unsigned char account_key[16], const char *source,
                                          const postern_volatile_field *volatile_fields, size_t record_limit)
{
    struct identity_maker *maker = calloc(1, sizeof *maker);
    if (!maker) return NULL;
    memcpy(maker->account_key, account_key, sizeof maker->account_key);
    maker->source = source;
    /* Writing a string again may lengthen it: an invalid byte becomes three, a control character six. */
    maker->bytes.limit = record_limit * 6 + 4096;
    maker->tape = json_tape_new();
    maker->digest = digest_new();
    if (copy_volatile_fields(maker, volatile_fields) && maker->tape && maker->digest) return maker;
    identity_maker_free(maker);
    return NULL;
}

void identity_maker_free(struct identity_maker *maker)
{
    if (!maker) return;
    json_tape_free(maker->tape);
    digest_free(maker->digest);
    buffer_free(&maker->bytes);
    free(maker->seen.slots);
    free(maker->volatile_fields);
    free(maker);
}

void identity_maker_freep(struct identity_maker **maker)
{
    identity_maker_free(*maker);
}

/* Every part carries its length, so that no two different inputs run together into the same bytes. */
static void append_length(struct buffer *bytes, size_t length)
{
    char little_endian[8];
    for (int i = 0; i < 8; i++)
        little_endian[i] = (char)(unsigned char)((uint64_t)length >> (8 * i));
    buffer_append(bytes, little_endian, sizeof little_endian);
}

/* All that is hashed, in one buffer because one update is cheaper than five; the occurrence comes last. */
static bool write_identity(struct identity_maker *maker, const struct json_node *event, postern_text type)
{
    struct buffer *bytes = &maker->bytes;
    buffer_clear(bytes);
    buffer_append(bytes, maker->account_key, sizeof maker->account_key);
    append_length(bytes, strlen(maker->source));
    buffer_append_string(bytes, maker->source);
    append_length(bytes, type.size);
    buffer_append_text(bytes, type);
    size_t length_at = bytes->size;
    append_length(bytes, 0);
    size_t begin = bytes->size;
    bool (*leave_out)(void *, postern_text, postern_text) = maker->volatile_count ? is_volatile : NULL;
    if (!json_canonical(maker->tape, event, leave_out, maker, bytes)) return false;
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

postern_status identity_make(struct identity_maker *maker, postern_text type, postern_text json,
                             unsigned char id[EVENT_ID_SIZE], postern_error *error)
{
    const struct json_node *event;
    postern_status status = json_parse(maker->tape, json, &event, error);
    if (status < 0) return status;
    if (json_type(event) != POSTERN_JSON_OBJECT)
        return error_set(error, POSTERN_E_PROTOCOL, "the record is JSON but no object");
    if (!write_identity(maker, event, type))
        return error_set(error, POSTERN_E_MEMORY, "no memory for the identity of an event");
    hash_identity(maker, 0, id);
    int64_t occurrence = count_occurrence(&maker->seen, id);
    if (occurrence < 0) return error_set(error, POSTERN_E_MEMORY, "no memory for the identity of an event");
    if (occurrence > 0) hash_identity(maker, (uint32_t)occurrence, id);
    return POSTERN_OK;
}
