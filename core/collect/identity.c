#include "collect/identity.h"

#include "base/digest.h"
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
    const postern_volatile_field *volatile_fields;
    struct json_tape *tape;
    struct digest *digest;
    struct buffer canonical;
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
    for (const postern_volatile_field *field = maker->volatile_fields; field->name; field++) {
        if (!text_is(key, field->name)) continue;
        if (!field->value_prefix) return true;
        if (raw_value.size && raw_value.data[0] == '"') {
            raw_value.data++; /* a prefix speaks of the string's text */
            raw_value.size--;
        }
        if (text_starts_with(raw_value, field->value_prefix)) return true;
    }
    return false;
}

struct identity_maker *identity_maker_new(const unsigned char account_key[16], const char *source,
                                          const postern_volatile_field *volatile_fields, size_t record_limit)
{
    struct identity_maker *maker = calloc(1, sizeof *maker);
    if (!maker) return NULL;
    memcpy(maker->account_key, account_key, sizeof maker->account_key);
    maker->source = source;
    maker->volatile_fields = volatile_fields;
    /* Writing a string again may lengthen it: an invalid byte becomes three, a control character six. */
    maker->canonical.limit = record_limit * 6 + 64;
    maker->tape = json_tape_new();
    maker->digest = digest_new();
    if (maker->tape && maker->digest) return maker;
    identity_maker_free(maker);
    return NULL;
}

void identity_maker_free(struct identity_maker *maker)
{
    if (!maker) return;
    json_tape_free(maker->tape);
    digest_free(maker->digest);
    buffer_free(&maker->canonical);
    free(maker->seen.slots);
    free(maker);
}

void identity_maker_freep(struct identity_maker **maker)
{
    identity_maker_free(*maker);
}

/* Every part carries its length, so that no two different inputs run together into the same bytes. */
static void hash_part(struct digest *digest, postern_text part)
{
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)part.size >> (8 * i));
    digest_update(digest, length, sizeof length);
    digest_update(digest, part.data, part.size);
}

static void hash_event(struct identity_maker *maker, postern_text type, uint32_t occurrence,
                       unsigned char id[EVENT_ID_SIZE])
{
    unsigned char hash[32], count[4];
    for (int i = 0; i < 4; i++)
        count[i] = (unsigned char)(occurrence >> (8 * i));
    digest_reset(maker->digest);
    digest_update(maker->digest, maker->account_key, sizeof maker->account_key);
    hash_part(maker->digest, text_of(maker->source));
    hash_part(maker->digest, type);
    hash_part(maker->digest, buffer_text(&maker->canonical));
    digest_update(maker->digest, count, sizeof count);
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
    buffer_clear(&maker->canonical);
    bool written = json_canonical(maker->tape, event, maker->volatile_fields ? is_volatile : NULL, maker,
                                  &maker->canonical);
    if (!written || maker->canonical.failed)
        return error_set(error, POSTERN_E_MEMORY, "no memory for the identity of an event");
    hash_event(maker, type, 0, id);
    int64_t occurrence = count_occurrence(&maker->seen, id);
    if (occurrence < 0) return error_set(error, POSTERN_E_MEMORY, "no memory for the identity of an event");
    if (occurrence > 0) hash_event(maker, type, (uint32_t)occurrence, id);
    return POSTERN_OK;
}
