/* An event while a script works on it: a tape that is never changed, and what the script changed, kept beside
 * it. So what is not touched costs nothing and keeps its exact text.
 *
 * Changes hang on the containers that they are in: an overlay for each container that was changed, or that
 * holds a changed one further down. Everything here lives in the arena of the event that is being worked on.
 */
#ifndef POSTERN_SCRIPT_EVENT_DOCUMENT_H
#define POSTERN_SCRIPT_EVENT_DOCUMENT_H

#include "base/arena.h"
#include "base/json_tape.h"
#include <lua.h>

enum value_kind {
    VALUE_ABSENT, /* removed */
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_TEXT, /* `text` in the arena */
    VALUE_NODE, /* `node` of the document's own tape, with its overlay */
    VALUE_LUA,  /* a Lua table, or another event's part: element `anchor` of the bridge's table of anchors */
};

struct event_value {
    enum value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double real;
        postern_text text;
        const struct json_node *node;
        int anchor;
    };
};

/* A member that was set or removed. */
struct edit {
    struct edit *next;        /* of the members added to the same object, in order */
    postern_text key;         /* of an added member, unescaped */
    struct event_value value; /* VALUE_ABSENT = removed */
};

struct overlay {
    struct edit *added, **added_end; /* of an object: members that the source does not have */
    struct event_value *elements; /* of a list, once it was changed: all of them; NULL = as in the source */
    size_t count, capacity;
};

/* Of a node that was changed. */
struct node_change {
    struct edit *edit;       /* of a member that was set or removed */
    struct overlay *overlay; /* of a container: NULL = unchanged, all that is inside included */
};

struct event_document {
    lua_State *L; /* of the script, which pays for searching in large objects */
    postern_arena *arena;
    const struct json_tape *tape;
    const struct json_node *root;
    /* Both NULL until the first change. All that a changed node is in is changed as well. */
    uint64_t *changed;           /* a bit for each node of the tape */
    struct node_change *changes; /* by node, of those whose bit is set; one of the two is there */
};

/* A member or element as it is now. */
struct place {
    const struct json_node *member; /* in the source, or NULL */
    struct edit *edit;              /* if it was set or removed */
};

void document_init(struct event_document *document, lua_State *L, postern_arena *arena,
                   const struct json_tape *tape, const struct json_node *root);
/* A copy with changes of its own; NULL if memory is out. What is in tables is shared. */
struct event_document *document_copy(const struct event_document *document);

static inline bool document_is_edited(const struct event_document *document)
{
    return document->changed != NULL;
}

static inline size_t document_index(const struct event_document *document, const struct json_node *node)
{
    return (size_t)(node - document->tape->nodes);
}

static inline const struct node_change *document_change(const struct event_document *document,
                                                        const struct json_node *node)
{
    if (!document->changed) return NULL;
    size_t index = document_index(document, node);
    bool is_changed = document->changed[index / 64] >> index % 64 & 1;
    return is_changed ? &document->changes[index] : NULL;
}

static inline struct edit *document_edit(const struct event_document *document,
                                         const struct json_node *member)
{
    const struct node_change *change = document_change(document, member);
    return change ? change->edit : NULL;
}

static inline struct overlay *document_overlay(const struct event_document *document,
                                               const struct json_node *container)
{
    const struct node_change *change = document_change(document, container);
    return change ? change->overlay : NULL;
}

/* The first changed node from `node` to in front of `behind`, or `behind`. */
const struct json_node *document_next_changed(const struct event_document *document,
                                              const struct json_node *node, const struct json_node *behind);

/* Whatever searches raises the error that ends a call if that has used up what it may. */

/* The first member with that key as it is now; VALUE_ABSENT if there is none. */
struct event_value document_get(const struct event_document *document, const struct json_node *object,
                                postern_text key);
/* Sets (VALUE_ABSENT: removes) a member; false if memory is out. Duplicate keys: one is left. */
bool document_set(struct event_document *document, const struct json_node *object, postern_text key,
                  struct event_value value);

size_t document_length(const struct event_document *document, const struct json_node *list);
/* The element, counted from 0; VALUE_ABSENT behind the end. */
struct event_value document_element(const struct event_document *document, const struct json_node *list,
                                    size_t index);
/* Makes the list changeable; its elements are then in overlay->elements. NULL if memory is out. */
struct overlay *document_open_list(struct event_document *document, const struct json_node *list);
bool document_append(struct event_document *document, struct overlay *overlay, struct event_value value);

/* Walks the members of an object as they are now: the source's in their order, then those that had been added
 * when the walk began. Setting and removing while walking is fine. */
struct document_walk {
    const struct json_node *next_member;
    struct edit *next_added;
    const struct edit *last_added; /* when the walk began */
};
void document_walk_begin(const struct event_document *document, const struct json_node *object,
                         struct document_walk *walk);
/* False at the end. *member is NULL for added ones; *edit is NULL for unchanged ones. */
bool document_walk_next(const struct event_document *document, struct document_walk *walk,
                        const struct json_node **member, struct edit **edit);

#endif
