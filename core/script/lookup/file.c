#include "script/lookup/file.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/fnv1a.h"
#include "base/text.h"

static void lookup_file_freep(struct lookup_file **file)
{
    lookup_file_free(*file);
}

void lookup_file_free(struct lookup_file *file)
{
    if (!file) return;
    csv_free(&file->csv);
    json_tape_free(file->tape);
    arena_free(file->arena);
    buffer_free(&file->bytes);
    free(file->values);
    free(file->keys);
    free(file->slots);
    free(file->path);
    free(file);
}

/* The files are the user's own: nobody crafts collisions. */
static uint64_t hash_of(postern_text key)
{
    uint64_t hash = fnv1a(FNV1A_START, key);
    return hash ^ hash >> 32;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *slot_of(const struct lookup_file *file, postern_text key)
{
    for (size_t at = hash_of(key) & file->slot_mask;; at = (at + 1) & file->slot_mask) {
        uint32_t *slot = &file->slots[at];
        if (*slot == 0 || text_equal(file->keys[*slot - 1].text, key)) return slot;
    }
}

static postern_status make_room(struct lookup_file *file, size_t keys, postern_error *error)
{
    size_t slots = 16;
    while (slots < keys * 2)
        slots *= 2;
    file->keys = calloc(keys + 1, sizeof *file->keys);
    file->slots = calloc(slots, sizeof *file->slots);
    file->slot_mask = slots - 1;
    return file->keys && file->slots ? POSTERN_OK : error_no_memory(error, NULL);
}

/* `what` and `number` say where the key is. */
static postern_status add_key(struct lookup_file *file, postern_text key, size_t place, const char *what,
                              size_t number, postern_error *error)
{
    uint32_t *slot = slot_of(file, key);
    if (*slot) {
        error_set(error, POSTERN_E_CONFIG, "%s %zu: the key \"%.*s\" is there already", what, number,
                  key.size < 80 ? (int)key.size : 80, key.data);
        error_remedy(error, "keep one of them: a lookup has one answer for each key");
        return POSTERN_E_CONFIG;
    }
    file->keys[file->key_count] = (struct lookup_key){key, (uint32_t)place};
    *slot = (uint32_t)++file->key_count;
    return POSTERN_OK;
}

static postern_status index_csv(struct lookup_file *file, postern_error *error)
{
    postern_status status = csv_parse(file->bytes.data, file->bytes.size, &file->csv, error);
    if (status < 0 || (status = make_room(file, file->csv.rows, error)) < 0) return status;
    for (size_t row = 1; row < file->csv.rows && status >= 0; row++)
        status = add_key(file, file->csv.cells[row * file->csv.columns], row, "row", row + 1, error);
    return status;
}

/* A key or string element without its escapes. */
static postern_status unescape(struct lookup_file *file, postern_text raw, postern_text *text,
                               postern_error *error)
{
    *text = raw;
    if (raw.size == 0 || !memchr(raw.data, '\\', raw.size)) return POSTERN_OK;
    _cleanup_(buffer_free) struct buffer plain = {.limit = LOOKUP_FILE_LIMIT};
    if (json_unescape_raw(raw, &plain)) *text = arena_copy(file->arena, buffer_text(&plain));
    return text->data ? POSTERN_OK : error_no_memory(error, NULL);
}

static postern_status index_json(struct lookup_file *file, postern_text source, postern_error *error)
{
    const struct json_node *root;
    file->tape = json_tape_new();
    file->arena = arena_new(LOOKUP_FILE_LIMIT);
    if (!file->tape || !file->arena) return error_no_memory(error, NULL);
    postern_status status = json_parse(file->tape, source, &root, error);
    if (status < 0) return status;
    bool object = json_type(root) == POSTERN_JSON_OBJECT;
    if (!object && json_type(root) != POSTERN_JSON_ARRAY)
        return error_set(error, POSTERN_E_CONFIG, "it is neither an object nor a list of texts");
    size_t count = json_count(file->tape, root), number = 0;
    if ((status = make_room(file, count, error)) < 0) return status;
    if (object && !(file->values = calloc(count + 1, sizeof *file->values)))
        return error_no_memory(error, NULL);

    const struct json_node *item = json_first(file->tape, root);
    for (; item && status >= 0; item = json_after(file->tape, item), number++) {
        postern_text key = object ? json_raw_key(file->tape, item) : json_raw(file->tape, item);
        if (!object && json_type(item) != POSTERN_JSON_STRING)
            return error_set(error, POSTERN_E_CONFIG, "item %zu of the list is not a text", number + 1);
        if (!object) key = text_slice(key.data + 1, key.data + key.size - 1);
        if (object) file->values[number] = item;
        if ((status = unescape(file, key, &key, error)) >= 0)
            status = add_key(file, key, number, object ? "member" : "item", number + 1, error);
    }
    return status;
}

postern_status lookup_file_new(const char *path, struct buffer *bytes, struct lookup_file **file,
                               postern_error *error)
{
    _cleanup_(lookup_file_freep) struct lookup_file *found = calloc(1, sizeof *found);
    if (!found) {
        buffer_free(bytes);
        return error_no_memory(error, NULL);
    }
    found->bytes = *bytes;
    *bytes = (struct buffer){0};
    digest_sha256(buffer_text(&found->bytes), found->digest);
    found->path = text_duplicate(text_of(path));
    if (!found->path) return error_no_memory(error, NULL);
    bool json = text_ends_with(text_of(path), ".json");
    postern_text text = encoding_without_mark(buffer_text(&found->bytes));
    postern_status status = encoding_check(text, error);
    if (status >= 0) status = json ? index_json(found, text, error) : index_csv(found, error);
    if (status >= 0) *file = STEAL_POINTER(found);
    return status;
}

bool lookup_file_find(const struct lookup_file *file, postern_text key, struct lookup_value *value)
{
    uint32_t number = *slot_of(file, key);
    if (number == 0) return false;
    uint32_t place = file->keys[number - 1].place;
    if (file->tape) {
        *value = file->values ? (struct lookup_value){.kind = LOOKUP_MEMBER, .node = file->values[place]}
                              : (struct lookup_value){.kind = LOOKUP_TRUE};
        return true;
    }
    const postern_text *cells = file->csv.cells + place * file->csv.columns + 1;
    if (file->csv.columns == 1)
        *value = (struct lookup_value){.kind = LOOKUP_TRUE};
    else if (file->csv.columns == 2)
        *value = (struct lookup_value){.kind = LOOKUP_TEXT, .text = cells[0]};
    else
        *value = (struct lookup_value){.kind = LOOKUP_CELLS, .cells = cells};
    return true;
}

const struct json_tape *lookup_file_tape(const struct lookup_file *file)
{
    return file->tape;
}

bool lookup_file_has_inside(const struct lookup_file *file, postern_text name)
{
    for (size_t i = 0; file->values && i < file->key_count; i++) {
        const struct json_node *member = file->values[i];
        bool is_object = json_type(member) == POSTERN_JSON_OBJECT;
        if (is_object && json_get_text(file->tape, member, name)) return true;
    }
    return file->key_count == 0;
}

const postern_text *lookup_file_columns(const struct lookup_file *file, size_t *count)
{
    *count = file->csv.columns - 1;
    return file->csv.cells + 1;
}
