#include "module/services/json.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json_tape.h"
#include "base/text.h"
#include "module/instance.h"

/* One document: its nodes behind it in the arena, in the tape's order. */
struct json_document {
    postern_json_value *values;
    struct json_tape text; /* only the text: what the functions over nodes need of a tape */
};

/* A node that knows its document, since the functions of the service get nothing else. */
struct postern_json_value {
    const struct json_document *document;
    struct json_node node;
};

static postern_status too_long(size_t size, size_t limit, postern_error *error)
{
    error_set(error, POSTERN_E_LIMIT, "a JSON text of %zu bytes is longer than limits.record_size (%zu)",
              size, limit);
    error_remedy(error, "raise limits { record_size } in the configuration");
    return POSTERN_E_LIMIT;
}

static postern_status parse(const postern_host *host, postern_arena *arena, postern_text text,
                            const postern_json_value **value, postern_error *error)
{
    size_t limit = (size_t)limits_now(module_instance_of(host)->limits).record_size;
    if (text.size > limit) return too_long(text.size, limit, error);
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    const struct json_node *root;
    if (!tape) return error_no_memory(error, NULL);
    postern_status status = json_parse(tape, text, &root, error);
    if (status < 0) return status;
    struct json_document *document = arena_allocate(arena, sizeof *document);
    if (document) document->values = arena_allocate_raw(arena, tape->count * sizeof *document->values);
    if (!document || !document->values)
        return error_set(error, POSTERN_E_MEMORY,
                         "a JSON text of %zu bytes does not fit the memory of this call", text.size);
    document->text.text = tape->text;
    for (size_t i = 0; i < tape->count; i++)
        document->values[i] = (postern_json_value){.document = document, .node = tape->nodes[i]};
    *value = document->values + (root - tape->nodes);
    return POSTERN_OK;
}

static int32_t type_of(const postern_json_value *value)
{
    return value ? value->node.type : POSTERN_JSON_NULL;
}

static const postern_json_value *first(const postern_json_value *container)
{
    if (!container || !json_node_is_container(&container->node) || container->node.flags & JSON_EMPTY)
        return NULL;
    return container + 1;
}

static const postern_json_value *after(const postern_json_value *item)
{
    return item->node.sibling ? item->document->values + item->node.sibling : NULL;
}

static int32_t type(const postern_host *host, const postern_json_value *value)
{
    (void)host;
    return type_of(value);
}

static const postern_json_value *get(const postern_host *host, const postern_json_value *object,
                                     postern_text key)
{
    (void)host;
    if (type_of(object) != POSTERN_JSON_OBJECT) return NULL;
    for (const postern_json_value *member = first(object); member; member = after(member))
        if (json_node_key_is(&member->document->text, &member->node, key)) return member;
    return NULL;
}

static bool next(const postern_host *host, const postern_json_value *container,
                 const postern_json_value **item, postern_text *key)
{
    (void)host;
    const postern_json_value *found = *item ? after(*item) : first(container);
    if (!found) return false;
    if (key) *key = json_node_key(&found->document->text, &found->node);
    *item = found;
    return true;
}

static bool text(const postern_host *host, postern_arena *arena, const postern_json_value *value,
                 postern_text *into)
{
    (void)host;
    if (type_of(value) != POSTERN_JSON_STRING) return false;
    postern_text inside = json_node_inside(&value->document->text, &value->node);
    if (!(value->node.flags & JSON_STRING_ESCAPED)) {
        *into = inside;
        return true;
    }
    _cleanup_(buffer_free) struct buffer plain = {.limit = inside.size + 16};
    if (!json_unescape_raw(inside, &plain)) return false;
    postern_text copy = arena_copy(arena, buffer_text(&plain));
    if (!copy.data) return false;
    *into = copy;
    return true;
}

static bool integer(const postern_host *host, const postern_json_value *value, int64_t *into)
{
    (void)host;
    return value && json_integer(&value->document->text, &value->node, into);
}

static postern_text raw(const postern_host *host, const postern_json_value *value)
{
    (void)host;
    return value ? json_node_raw(&value->document->text, &value->node) : TEXT("null");
}

static bool boolean(const postern_host *host, const postern_json_value *value)
{
    return type_of(value) == POSTERN_JSON_BOOLEAN && text_is(raw(host, value), "true");
}

const postern_json json_service = {
    .size = sizeof json_service,
    .parse = parse,
    .type = type,
    .get = get,
    .next = next,
    .text = text,
    .integer = integer,
    .boolean = boolean,
    .raw = raw,
};
