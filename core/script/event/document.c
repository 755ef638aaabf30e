#include "script/event/document.h"

#include "base/container.h"
#include "base/json_outline.h"
#include "base/text.h"
#include "parse/strict_json.h"
#include "sandbox/sandbox.h"

void document_init(struct event_document *document, lua_State *L, postern_arena *arena,
                   const struct json_tape *tape, const struct json_node *root)
{
    *document = (struct event_document){.L = L, .arena = arena, .tape = tape, .root = root};
}

/* For members, elements or edits that were passed over. A few cost less than asking for the pay. */
static void pay_for(const struct event_document *document, size_t passed)
{
    if (passed >= 16) sandbox_charge(document->L, (int64_t)(passed / 4));
}

/* The first member with that key from `member` on. */
static const struct json_node *find_member(const struct event_document *document,
                                           const struct json_node *member, postern_text key)
{
    size_t passed = 0;
    for (; member && !json_node_key_is(document->tape, member, key); passed++)
        member = json_node_after(document->tape, member);
    pay_for(document, passed);
    return member;
}

/* The first member of an object with that key. */
static const struct json_node *find_first_member(const struct event_document *document,
                                                 const struct json_node *object, postern_text key)
{
    if (object == document->tape->nodes && document->tape->outline)
        return json_outline_get(document->tape, key);
    return find_member(document, json_node_first(object), key);
}

/* The next member of the same object behind `member` with its key, which is `key`. */
static const struct json_node *find_next_member(const struct event_document *document,
                                                const struct json_node *member, postern_text key)
{
    const struct json_tape *tape = document->tape;
    if (tape->outline && json_has_own_keys(tape, tape->nodes)) return NULL;
    return find_member(document, json_node_after(tape, member), key);
}

static struct event_value absent(void)
{
    return (struct event_value){.kind = VALUE_ABSENT};
}

static struct event_value node_value(const struct json_node *node)
{
    return (struct event_value){.kind = VALUE_NODE, .node = node};
}

/* ---- Overlays ---- */

static bool start_editing(struct event_document *document)
{
    if (document->changed) return true;
    size_t count = document->tape->count;
    struct node_change *changes = arena_allocate_raw(document->arena, count * sizeof *changes);
    uint64_t *changed = arena_allocate(document->arena, (count / 64 + 1) * sizeof *changed);
    if (!changes || !changed) return false;
    document->changes = changes;
    document->changed = changed;
    return true;
}

/* The node's change, which the caller fills in at once. */
static struct node_change *make_change(struct event_document *document, size_t index)
{
    uint64_t *word = &document->changed[index / 64], bit = (uint64_t)1 << index % 64;
    if (!(*word & bit)) document->changes[index] = (struct node_change){0};
    *word |= bit;
    return &document->changes[index];
}

/* The overlay of a container, made if need be, with those of all that it is in. */
static struct overlay *make_overlay(struct event_document *document, const struct json_node *container)
{
    if (!start_editing(document)) return NULL;
    struct overlay *wanted = NULL;
    for (;;) {
        struct overlay *overlay = document_overlay(document, container);
        bool was_there = overlay != NULL;
        if (!was_there) {
            overlay = arena_allocate_raw(document->arena, sizeof *overlay);
            if (!overlay) return NULL;
            *overlay = (struct overlay){.added_end = &overlay->added};
            make_change(document, document_index(document, container))->overlay = overlay;
        }
        if (!wanted) wanted = overlay;
        if (was_there || container == document->tape->nodes) return wanted;
        container = &document->tape->nodes[container->parent];
    }
}

const struct json_node *document_next_changed(const struct event_document *document,
                                              const struct json_node *node, const struct json_node *behind)
{
    size_t at = document_index(document, node), end = document_index(document, behind);
    while (at < end) {
        uint64_t bits = document->changed[at / 64] >> at % 64;
        if (bits) {
            at += (size_t)__builtin_ctzll(bits);
            break;
        }
        at = (at / 64 + 1) * 64;
    }
    return at < end ? &document->tape->nodes[at] : behind;
}

/* ---- Objects ---- */

static struct edit *find_added(const struct event_document *document, const struct json_node *object,
                               postern_text key)
{
    const struct overlay *overlay = document_overlay(document, object);
    struct edit *edit = overlay ? overlay->added : NULL;
    size_t passed = 0;
    for (; edit && !text_equal(edit->key, key); passed++)
        edit = edit->next;
    pay_for(document, passed);
    return edit;
}

struct event_value document_get(const struct event_document *document, const struct json_node *object,
                                postern_text key)
{
    if (object->type != POSTERN_JSON_OBJECT) return absent();
    const struct json_node *member = find_first_member(document, object, key);
    if (!document->changed) return member ? node_value(member) : absent();
    for (; member; member = find_next_member(document, member, key)) {
        const struct edit *edit = document_edit(document, member);
        if (!edit) return node_value(member);
        if (edit->value.kind != VALUE_ABSENT) return edit->value;
    }
    const struct edit *added = find_added(document, object, key);
    return added ? added->value : absent();
}

static struct edit *new_edit(struct event_document *document, postern_text key, struct event_value value)
{
    struct edit *edit = arena_allocate_raw(document->arena, sizeof *edit + key.size);
    if (!edit) return NULL;
    *edit = (struct edit){.value = value};
    if (key.size == 0) return edit;
    edit->key = (postern_text){memcpy(edit + 1, key.data, key.size), key.size};
    return edit;
}

static bool set_member(struct event_document *document, const struct json_node *member,
                       struct event_value value)
{
    struct edit *edit = document_edit(document, member);
    if (edit) return edit->value = value, true;
    edit = new_edit(document, (postern_text){0}, value);
    if (edit) make_change(document, document_index(document, member))->edit = edit;
    return edit != NULL;
}

bool document_set(struct event_document *document, const struct json_node *object, postern_text key,
                  struct event_value value)
{
    struct overlay *overlay = make_overlay(document, object);
    if (!overlay) return false;
    const struct json_node *member = find_first_member(document, object, key);
    if (member) {
        const struct json_node *other = find_next_member(document, member, key);
        if (!other) return set_member(document, member, value);
        /* the first last, and with what it is until then: if memory is out, the object reads as before */
        const struct edit *now = document_edit(document, member);
        if (!set_member(document, member, now ? now->value : node_value(member))) return false;
        for (; other; other = find_next_member(document, other, key))
            if (!set_member(document, other, absent())) return false;
        return set_member(document, member, value);
    }
    struct edit *added = find_added(document, object, key);
    if (added) return added->value = value, true;
    if (value.kind == VALUE_ABSENT) return true;
    added = new_edit(document, key, value);
    if (!added) return false;
    *overlay->added_end = added;
    overlay->added_end = &added->next;
    return true;
}

void document_walk_begin(const struct event_document *document, const struct json_node *object,
                         struct document_walk *walk)
{
    const struct overlay *overlay = document_overlay(document, object);
    walk->next_member = json_node_first(object);
    walk->next_added = overlay ? overlay->added : NULL;
    walk->last_added = walk->next_added ? CONTAINER_OF(overlay->added_end, struct edit, next) : NULL;
}

bool document_walk_next(const struct event_document *document, struct document_walk *walk,
                        const struct json_node **member, struct edit **edit)
{
    for (size_t removed = 0; walk->next_member; removed++) {
        *member = walk->next_member;
        walk->next_member = json_node_after(document->tape, walk->next_member);
        *edit = document_edit(document, *member);
        if (!*edit || (*edit)->value.kind != VALUE_ABSENT) return pay_for(document, removed), true;
    }
    for (size_t removed = 0; walk->next_added; removed++) {
        *member = NULL;
        *edit = walk->next_added;
        walk->next_added = *edit == walk->last_added ? NULL : (*edit)->next;
        if ((*edit)->value.kind != VALUE_ABSENT) return pay_for(document, removed), true;
    }
    return false;
}

/* ---- Lists ---- */

size_t document_length(const struct event_document *document, const struct json_node *list)
{
    const struct overlay *overlay = document_overlay(document, list);
    if (overlay && overlay->elements) return overlay->count;
    size_t count = json_count(document->tape, list);
    pay_for(document, count);
    return count;
}

struct event_value document_element(const struct event_document *document, const struct json_node *list,
                                    size_t index)
{
    const struct overlay *overlay = document_overlay(document, list);
    if (overlay && overlay->elements) return index < overlay->count ? overlay->elements[index] : absent();
    const struct json_node *item = json_node_first(list);
    while (item && index-- > 0)
        item = json_node_after(document->tape, item);
    return item ? node_value(item) : absent();
}

static bool make_room(struct event_document *document, struct overlay *overlay, size_t capacity)
{
    struct event_value *elements = arena_allocate_raw(document->arena, capacity * sizeof *elements);
    if (!elements) return false;
    if (overlay->elements) memcpy(elements, overlay->elements, overlay->count * sizeof *elements);
    overlay->elements = elements;
    overlay->capacity = capacity;
    return true;
}

struct overlay *document_open_list(struct event_document *document, const struct json_node *list)
{
    struct overlay *overlay = make_overlay(document, list);
    if (!overlay || overlay->elements) return overlay;
    size_t count = json_count(document->tape, list);
    pay_for(document, count);
    if (!make_room(document, overlay, count + 4)) return NULL;
    for (const struct json_node *item = json_node_first(list); item;
         item = json_node_after(document->tape, item))
        overlay->elements[overlay->count++] = node_value(item);
    return overlay;
}

bool document_append(struct event_document *document, struct overlay *overlay, struct event_value value)
{
    if (overlay->count == overlay->capacity && !make_room(document, overlay, overlay->capacity * 2))
        return false;
    overlay->elements[overlay->count++] = value;
    return true;
}

/* ---- Copies ---- */

static struct overlay *copy_overlay(struct event_document *copy, const struct overlay *overlay)
{
    struct overlay *made = arena_allocate(copy->arena, sizeof *made);
    if (!made) return NULL;
    made->added_end = &made->added;
    for (const struct edit *edit = overlay->added; edit; edit = edit->next) {
        struct edit *added = arena_allocate(copy->arena, sizeof *added);
        if (!added) return NULL;
        *added = (struct edit){.key = edit->key, .value = edit->value};
        *made->added_end = added;
        made->added_end = &added->next;
    }
    if (!overlay->elements) return made;
    made->elements = overlay->elements;
    made->count = overlay->count;
    return make_room(copy, made, overlay->count + 4) ? made : NULL;
}

static bool copy_change(struct event_document *copy, size_t index, const struct node_change *change)
{
    struct node_change made = {0};
    if (change->edit && !(made.edit = new_edit(copy, (postern_text){0}, change->edit->value))) return false;
    if (change->overlay && !(made.overlay = copy_overlay(copy, change->overlay))) return false;
    *make_change(copy, index) = made;
    return true;
}

struct event_document *document_copy(const struct event_document *document)
{
    const struct json_node *nodes = document->tape->nodes, *behind = nodes + document->tape->count;
    struct event_document *copy = arena_allocate(document->arena, sizeof *copy);
    if (!copy) return NULL;
    document_init(copy, document->L, document->arena, document->tape, document->root);
    if (!document->changed) return copy;
    if (!start_editing(copy)) return NULL;
    pay_for(document, document->tape->count);
    const struct json_node *node = nodes;
    while ((node = document_next_changed(document, node, behind)) < behind) {
        if (!copy_change(copy, document_index(document, node), document_change(document, node))) return NULL;
        node++;
    }
    return copy;
}
