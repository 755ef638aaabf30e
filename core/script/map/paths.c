/* Paths in events: "a.b", and "a[1].b" for what lies in a list. */
#include "script/map/compile.h"

#include "base/text.h"

#define INDEX_DIGITS 9

/* "[1]" or "[-1]" at `*at`, which moves behind it. */
static struct path_name read_index(struct compiler *compiler, postern_text path, const char **at)
{
    const char *end = path.data + path.size, *digit = *at + 1;
    bool from_the_end = digit < end && *digit == '-';
    digit += from_the_end;
    const char *first = digit;
    int32_t index = 0;
    for (; digit < end && *digit >= '0' && *digit <= '9' && digit - first < INDEX_DIGITS; digit++)
        index = index * 10 + (*digit - '0');
    bool is_index = digit > first && digit < end && *digit == ']';
    if (!is_index || (digit + 1 < end && digit[1] != '.' && digit[1] != '['))
        compile_error(
            compiler,
            "the path \"%.80s\" is wrong at \"%.20s\": an element of a list is written as in \"a[1].b\"",
            path.data, *at);
    if (index == 0)
        compile_error(
            compiler,
            "the path \"%.80s\" asks for element 0: lists begin with [1], and [-1] is the last element",
            path.data);
    *at = digit + 1;
    return (struct path_name){.index = from_the_end ? -index : index};
}

/* The name at `*at`, which moves to what ends it: a dot, a bracket or the end. */
static postern_text read_name(postern_text path, const char **at)
{
    const char *from = *at, *end = path.data + path.size;
    while (*at < end && **at != '.' && **at != '[')
        ++*at;
    return text_slice(from, *at);
}

struct field_path compile_path(struct compiler *compiler, postern_text text, bool root)
{
    struct field_path path = {.slot = MAP_NO_SLOT};
    struct path_name *names = compile_allocate(compiler, (text.size + 1) * sizeof *names);
    const char *at = text.data, *end = text.data + text.size;
    for (bool first = true;; first = false, at++) {
        postern_text name = read_name(text, &at);
        bool is_item =
            name.size == 0 && first && !root && at < end && *at == '['; /* the item itself is a list */
        if (name.size == 0 && !is_item)
            compile_error(compiler, "a name is empty in the path \"%.80s\"", text.data);
        if (first && root)
            path.slot = compile_name(compiler, &compiler->fields, name);
        else if (!is_item)
            names[path.count++] = (struct path_name){.text = name};
        while (at < end && *at == '[')
            names[path.count++] = read_index(compiler, text, &at);
        if (at == end) break;
    }
    path.names = names;
    return path;
}
