#include "collect/answer/tries_kept.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "collect/answer/answer.h"

#include <stdlib.h>
#include <string.h>

/* Of the format; the first had no calls in its letters. */
#define VERSION   2
#define SUM_SIZE  16
#define HEAD_SIZE (1 + SUM_SIZE)

#define PLACE_SIZE  (8 * (1 + TRAIL_ALIASES))
#define LETTER_SIZE (16 + 2 * 8 + 1 + 4 * 8)    /* at least */
#define HELD_SIZE   (8 + EVENT_ID_SIZE + 3 * 8) /* likewise */

/* ---- Writing ------------------------------------------------------------------------------------- */

static void put(struct buffer *bytes, uint64_t number)
{
    unsigned char little[8];
    for (size_t i = 0; i < sizeof little; i++)
        little[i] = (unsigned char)(number >> (8 * i));
    buffer_append(bytes, little, sizeof little);
}

static void put_text(struct buffer *bytes, postern_text text)
{
    put(bytes, text.size);
    buffer_append_text(bytes, text);
}

static void put_place(struct buffer *bytes, const struct trail_place *place)
{
    put(bytes, place->name);
    for (size_t i = 0; i < TRAIL_ALIASES; i++)
        put(bytes, place->aliases[i]);
}

static void put_call(struct buffer *bytes, const struct vendor_call *call)
{
    put_text(bytes, text_of(call->request_id));
    put_text(bytes, text_of(call->endpoint));
    put(bytes, (uint64_t)call->status);
}

static void put_letter(struct buffer *bytes, const struct dead_letter *letter)
{
    buffer_append(bytes, letter->event_id, sizeof letter->event_id);
    put(bytes, (uint64_t)letter->received_ms);
    put(bytes, (uint64_t)letter->stands_for);
    buffer_append_byte(bytes, letter->name != NULL);
    put_text(bytes, text_of(letter->type));
    put_text(bytes, text_of(letter->name));
    put_text(bytes, text_of(letter->reason));
    put_call(bytes, &letter->call);
    put_text(bytes, letter->bytes);
}

static void put_damage(struct buffer *bytes, struct damaged_place *damage)
{
    put_place(bytes, &damage->place);
    buffer_append_byte(bytes, damage->closed);
    put(bytes, damage->letter_count);
    for (size_t i = 0; i < damage->letter_count; i++)
        put_letter(bytes, damage->letters[i]);
    damaged_place_free(damage);
}

static void put_rest(struct buffer *bytes, const struct set_aside_rest *rest)
{
    put(bytes, (uint64_t)rest->count);
    put(bytes, (uint64_t)rest->size);
    put_place(bytes, &rest->place);
    put_text(bytes, text_of(rest->first));
    put_text(bytes, text_of(rest->last));
}

static void put_held(struct buffer *bytes, const struct held_event *event)
{
    put(bytes, event->part);
    buffer_append(bytes, event->id, sizeof event->id);
    put(bytes, (uint64_t)event->time_ms);
    put_text(bytes, (postern_text){event->text, event->type_size});
    put_text(bytes, (postern_text){event->text + event->type_size, event->json_size});
}

/* About what they take as bytes, so that these are not copied while they grow. */
static size_t size_of(const struct tries *tries)
{
    return 4096 + 8 * tries->read.count + tries->letter_size + tries->letter_count * 1024 + tries->held.size +
           tries->held.count * HELD_SIZE;
}

bool tries_write(struct tries *tries, struct buffer *bytes)
{
    static const unsigned char head[HEAD_SIZE] = {VERSION};
    unsigned char sum[32];
    *bytes = (struct buffer){.limit = SIZE_MAX / 2};
    buffer_reserve(bytes, size_of(tries));
    buffer_append(bytes, head, sizeof head);
    put(bytes, tries->read.count);
    put(bytes, tries->damage_count);
    put(bytes, tries->held.count);
    for (size_t i = 0; i < tries->read.count; i++)
        put(bytes, tries->read.items[i]);
    for (size_t i = 0; i < tries->damage_count; i++)
        put_damage(bytes, &tries->damage[i]);
    put_rest(bytes, &tries->rest);
    for (size_t i = 0; i < tries->held.count; i++)
        put_held(bytes, tries->held.items[i]);
    tries_free(tries);
    if (bytes->failed) {
        buffer_free(bytes);
        return false;
    }
    digest_sha256((postern_text){bytes->data + HEAD_SIZE, bytes->size - HEAD_SIZE}, sum);
    memcpy(bytes->data + 1, sum, SUM_SIZE);
    return true;
}

/* ---- Reading ------------------------------------------------------------------------------------- */

struct kept_reader {
    const unsigned char *at;
    size_t left;
    int version;
    bool is_damaged, no_memory;
    const struct answer *answer;
    struct tries_room room;
};

static bool is_good(const struct kept_reader *reader)
{
    return !reader->is_damaged && !reader->no_memory;
}

static const unsigned char *take(struct kept_reader *reader, size_t size)
{
    if (size > reader->left) reader->is_damaged = true;
    if (reader->is_damaged) return NULL;
    const unsigned char *at = reader->at;
    reader->at += size;
    reader->left -= size;
    return at;
}

static void take_bytes(struct kept_reader *reader, void *into, size_t size)
{
    const unsigned char *at = take(reader, size);
    if (at) memcpy(into, at, size);
}

static uint64_t take_number(struct kept_reader *reader)
{
    const unsigned char *little = take(reader, 8);
    uint64_t number = 0;
    for (size_t i = 0; little && i < 8; i++)
        number |= (uint64_t)little[i] << (8 * i);
    return number;
}

static bool take_bool(struct kept_reader *reader)
{
    const unsigned char *at = take(reader, 1);
    return at && *at;
}

static postern_text take_text(struct kept_reader *reader)
{
    size_t size = (size_t)take_number(reader);
    const unsigned char *at = take(reader, size);
    return at ? (postern_text){(const char *)at, size} : (postern_text){0};
}

/* How many follow, of at least `size` bytes each. */
static size_t take_count(struct kept_reader *reader, size_t size)
{
    uint64_t count = take_number(reader);
    if (count > reader->left / size) reader->is_damaged = true;
    return reader->is_damaged ? 0 : (size_t)count;
}

static void take_place(struct kept_reader *reader, struct trail_place *place)
{
    place->name = take_number(reader);
    for (size_t i = 0; i < TRAIL_ALIASES; i++)
        place->aliases[i] = take_number(reader);
}

static char *copy(struct kept_reader *reader, postern_text text)
{
    char *words = text_duplicate(text);
    if (!words) reader->no_memory = true;
    return words;
}

static void take_call(struct kept_reader *reader, struct vendor_call *call)
{
    *call = (struct vendor_call){0};
    if (reader->version < 2) return;
    text_to_string(take_text(reader), call->request_id, sizeof call->request_id);
    text_to_string(take_text(reader), call->endpoint, sizeof call->endpoint);
    call->status = (int32_t)take_number(reader);
}

static void take_letter(struct kept_reader *reader, struct dead_letter *letter)
{
    take_bytes(reader, letter->event_id, sizeof letter->event_id);
    letter->created_ms = letter->received_ms = (int64_t)take_number(reader);
    letter->stands_for = (int64_t)take_number(reader);
    bool has_name = take_bool(reader);
    text_to_string(take_text(reader), letter->type, sizeof letter->type);
    postern_text name = take_text(reader), reason = take_text(reader);
    take_call(reader, &letter->call);
    postern_text bytes = take_text(reader);
    if (has_name) letter->name = copy(reader, name);
    letter->reason = copy(reader, reason);
    letter->bytes = (postern_text){copy(reader, bytes), bytes.size};
}

static void take_damage(struct kept_reader *reader, struct damaged_place *damage)
{
    take_place(reader, &damage->place);
    damage->closed = take_bool(reader);
    size_t count = take_count(reader, LETTER_SIZE);
    damage->letters = calloc(count + 1, sizeof(struct dead_letter *));
    if (!damage->letters) reader->no_memory = true;
    while (is_good(reader) && damage->letter_count < count) {
        struct dead_letter *letter = letter_new(reader->answer, &damage->place);
        if (!letter) {
            reader->no_memory = true;
            return;
        }
        damage->letters[damage->letter_count++] = letter;
        take_letter(reader, letter);
        damage->size += letter->bytes.size;
    }
}

static void take_rest(struct kept_reader *reader, struct set_aside_rest *rest)
{
    rest->count = (int64_t)take_number(reader);
    rest->size = (int64_t)take_number(reader);
    take_place(reader, &rest->place);
    text_to_string(take_text(reader), rest->first, sizeof rest->first);
    text_to_string(take_text(reader), rest->last, sizeof rest->last);
}

static struct held_event *take_held(struct kept_reader *reader)
{
    uint64_t part = take_number(reader);
    const unsigned char *id = take(reader, EVENT_ID_SIZE);
    int64_t time_ms = (int64_t)take_number(reader);
    postern_text type = take_text(reader), json = take_text(reader);
    if (!id || !is_good(reader)) return NULL;
    struct held_event *event = held_event_new(part, type, json);
    if (!event) {
        reader->no_memory = true;
        return NULL;
    }
    event->time_ms = time_ms;
    memcpy(event->id, id, EVENT_ID_SIZE);
    return event;
}

static void add_one_held(struct kept_reader *reader, struct tries *tries)
{
    struct held_event *event = take_held(reader);
    if (event && !held_events_add(&tries->held, event)) reader->no_memory = true;
}

/* In order, as they are written. */
static void take_read(struct kept_reader *reader, struct places *places, size_t count)
{
    places->items = malloc(count * sizeof *places->items + 1);
    if (!places->items) {
        reader->no_memory = true;
        return;
    }
    for (size_t i = 0; i < count && is_good(reader); i++) {
        places->items[i] = take_number(reader);
        if (i && places->items[i] <= places->items[i - 1]) reader->is_damaged = true;
        places->count++;
    }
}

static void add_all_read(struct kept_reader *reader, struct tries *tries, size_t count)
{
    struct places read = {0};
    take_read(reader, &read, count);
    if (is_good(reader) && !tries_add_read(tries, &read, reader->answer->limits.places))
        reader->no_memory = true;
    free(read.items);
}

/* The same without its letters, but with their size. */
static void pass_damage(struct kept_reader *reader, struct damaged_place *damage)
{
    take_place(reader, &damage->place);
    damage->closed = take_bool(reader);
    for (size_t count = take_count(reader, LETTER_SIZE); count && is_good(reader); count--) {
        take(reader, EVENT_ID_SIZE + 2 * 8 + 1);
        struct vendor_call call;
        for (int i = 0; i < 3; i++)
            take_text(reader);
        take_call(reader, &call);
        damage->size += take_text(reader).size;
    }
}

static void add_one_damage(struct kept_reader *reader, struct tries *tries)
{
    struct damaged_place damage = {0}, look = {0};
    struct kept_reader behind = *reader;
    pass_damage(&behind, &look);
    if (is_good(&behind) && tries_know_better(tries, &look)) { /* as nearly always: nothing is copied */
        *reader = behind;
        return;
    }
    take_damage(reader, &damage);
    if (is_good(reader) && !tries_add_damage(tries, &damage, reader->room)) reader->no_memory = true;
    damaged_place_free(&damage);
}

static void add_all(struct kept_reader *reader, struct tries *tries)
{
    size_t places = take_count(reader, 8), damaged = take_count(reader, PLACE_SIZE + 1 + 8);
    size_t held = take_count(reader, HELD_SIZE);
    struct set_aside_rest rest = {0};
    add_all_read(reader, tries, places);
    for (size_t i = 0; i < damaged && is_good(reader); i++)
        add_one_damage(reader, tries);
    take_rest(reader, &rest);
    if (is_good(reader)) tries_add_rest(tries, &rest);
    for (size_t i = 0; i < held && is_good(reader); i++)
        add_one_held(reader, tries);
    tries_drop_made_up(tries);
    if (reader->left) reader->is_damaged = true;
}

static bool sum_is_right(postern_text bytes)
{
    unsigned char sum[32];
    if (bytes.size < HEAD_SIZE || bytes.data[0] < 1 || bytes.data[0] > VERSION) return false;
    digest_sha256((postern_text){bytes.data + HEAD_SIZE, bytes.size - HEAD_SIZE}, sum);
    return memcmp(sum, bytes.data + 1, SUM_SIZE) == 0;
}

postern_status tries_read(postern_text bytes, const struct answer *answer, struct tries_room room,
                          struct tries *tries, postern_error *error)
{
    struct kept_reader reader = {.answer = answer, .room = room, .is_damaged = !sum_is_right(bytes)};
    if (!reader.is_damaged) {
        reader.version = (unsigned char)bytes.data[0];
        reader.at = (const unsigned char *)bytes.data + HEAD_SIZE;
        reader.left = bytes.size - HEAD_SIZE;
        add_all(&reader, tries);
    }
    if (reader.no_memory) return error_no_memory(error, NULL);
    if (reader.is_damaged)
        return error_set(error, POSTERN_E_PROTOCOL, "what tries at a damaged answer left is damaged itself");
    return POSTERN_OK;
}

/* ---- From the journal ---------------------------------------------------------------------------- */

struct loading {
    struct answer *answer;
    struct tries *tries;
    struct tries_room room;
    size_t next; /* of the answer's downloads: often in the order of the keys */
};

static bool is_named(struct loading *loading, const char *key)
{
    const struct answer *answer = loading->answer;
    for (size_t i = 0; i < answer->download_count; i++) {
        size_t at = (loading->next + i) % answer->download_count;
        if (strcmp(answer->downloads[at].key, key) != 0) continue;
        loading->next = at + 1;
        return true;
    }
    return false;
}

/* Damage of what was kept is logged and passed over. False: no memory. */
static bool read_kept(struct loading *loading, postern_text left, struct tries *tries)
{
    const struct answer *answer = loading->answer;
    postern_error error = ERROR_INIT;
    postern_status status = tries_read(left, answer, loading->room, tries, &error);
    if (status != POSTERN_E_PROTOCOL) return status >= 0;
    char scope[sizeof answer->account + sizeof answer->stream];
    snprintf(scope, sizeof scope, "%s/%s", answer->account, answer->stream);
    error_prefix(&error, "the tries begin anew");
    log_error(POSTERN_LOG_WARNING, scope, &error);
    return true;
}

static bool take_own(void *context, const char *key, postern_text left)
{
    struct loading *loading = context;
    struct answer *answer = loading->answer;
    (void)key;
    if (!answer->was_tried && !tries_take(loading->tries, answer, loading->room)) return false;
    answer->was_tried = true;
    return read_kept(loading, left, loading->tries);
}

postern_status tries_load(struct answer *answer, struct tries_room room, struct tries *tries)
{
    struct loading loading = {.answer = answer, .tries = tries, .room = room};
    if (!answer->journal || answer->again) return POSTERN_OK;
    const char *key = answer->is_download ? answer->download.key : "";
    return journal_tries(answer->journal, answer->record.id, key, take_own, &loading, &answer->error);
}

static bool settle_one(void *context, const char *key, postern_text left)
{
    struct loading *loading = context;
    if (!*key || is_named(loading, key)) return true;
    _cleanup_(tries_free) struct tries tries = {0};
    loading->answer->was_tried = true;
    return read_kept(loading, left, &tries) && tries_give(&tries, loading->answer);
}

postern_status tries_settle_gone(struct answer *answer)
{
    struct loading loading = {.answer = answer, .room = {SIZE_MAX, SIZE_MAX}};
    if (!answer->journal || answer->again || answer->is_download) return POSTERN_OK;
    return journal_tries(answer->journal, answer->record.id, NULL, settle_one, &loading, &answer->error);
}
