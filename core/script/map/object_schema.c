/* The members of objects, out of the schema's paths: "email.attachments.file.name" is one of
 * email.attachments. */
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/map/schema.h"

#define DEPTH_LIMIT 32 /* of objects in objects */

struct growing_member {
    struct field_member member;
    struct growing_member *first, *next;
    size_t count; /* below */
};

static struct growing_member *grow(struct compiler *compiler, struct growing_member *above, postern_text name)
{
    struct growing_member *member = above->first;
    size_t passed = 0;
    for (; member && !text_equal(member->member.name, name); member = member->next)
        passed++;
    sandbox_charge(compiler->L, 1 + (int64_t)passed / 4);
    if (member) return member;
    member = compile_allocate(compiler, sizeof *member);
    member->member = (struct field_member){.name = compile_copy(compiler, name), .type = FIELD_OBJECT};
    member->next = above->first;
    above->first = member;
    above->count++;
    return member;
}

static void add_path(struct compiler *compiler, struct growing_member *root, postern_text path,
                     postern_text type)
{
    struct growing_member *place = root;
    const char *at = path.data, *end = path.data + path.size;
    for (int depth = 0; at <= end; depth++) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        if (depth == DEPTH_LIMIT)
            compile_error(compiler, "the schema's \"%.80s\" is nested too deeply", path.data);
        place = grow(compiler, place, text_slice(at, dot ? dot : end));
        at = dot ? dot + 1 : end + 1;
    }
    field_type_read(type, &place->member.type, &place->member.is_list);
}

static struct field_members settle(struct compiler *compiler, const struct growing_member *above)
{
    struct field_member *members = compile_array(compiler, above->count + 1, sizeof *members),
                        *member = members;
    for (const struct growing_member *below = above->first; below; below = below->next, member++) {
        *member = below->member;
        if (below->count && member->type == FIELD_OBJECT) member->below = settle(compiler, below);
    }
    return (struct field_members){members, above->count};
}

const struct field_members *schema_members(struct compiler *compiler, const char *object)
{
    lua_State *L = compiler->L;
    struct growing_member root = {0};
    postern_text object_name = text_of(object);
    for (lua_pushnil(L); lua_next(L, compiler->schema); lua_pop(L, 1)) {
        postern_text path, type;
        path.data = lua_tolstring(L, -2, &path.size);
        type.data = lua_tolstring(L, -1, &type.size);
        sandbox_charge(L, 1);
        bool lies_in_it = path.size > object_name.size + 1 && path.data[object_name.size] == '.' &&
                          memcmp(path.data, object, object_name.size) == 0;
        if (lies_in_it)
            add_path(compiler, &root, text_slice(path.data + object_name.size + 1, path.data + path.size),
                     type);
    }
    if (root.count == 0) return NULL;
    struct field_members *members = compile_allocate(compiler, sizeof *members);
    *members = settle(compiler, &root);
    return members;
}
