#include "commands/module_test/question_variant.h"
#include "base/arena.h"
#include "base/text.h"

#define STEP_MS 1009000 /* by which ranges differ */

/* The last letter or digit becomes another. */
static void turn(char *text, size_t size, unsigned number)
{
    while (size--) {
        char c = text[size], first = c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : '0';
        unsigned many = first == '0' ? 10 : 26, at = (unsigned)(unsigned char)c - (unsigned char)first;
        if (at >= many) continue;
        text[size] = (char)(first + (char)((at + number) % many));
        return;
    }
}

static bool turn_position(postern_arena *arena, unsigned number, struct source_question *variant)
{
    postern_text position = *variant->position ? arena_copy(arena, text_of(variant->position))
                                               : arena_printf(arena, "%u", number);
    if (!position.data) return false;
    if (*variant->position) turn((char *)(uintptr_t)position.data, position.size, number);
    variant->position = position.data;
    return true;
}

/* Everywhere in the answer. */
static bool turn_token(postern_arena *arena, const char *token, unsigned number,
                       struct source_question *variant)
{
    size_t size = strlen(token);
    postern_text body = arena_copy(arena, variant->body);
    if (!body.data) return false;
    char *at = (char *)(uintptr_t)body.data, *end = at + body.size;
    for (char *found; (found = memmem(at, (size_t)(end - at), token, size)) != NULL; at = found + size)
        turn(found, size, number);
    variant->body = body;
    return true;
}

bool question_variant(postern_arena *arena, const struct source_question *of, const char *token,
                      unsigned number, struct source_question *variant)
{
    *variant = *of;
    if (!number) return true;
    if (of->stream->kind == POSTERN_STREAM_WINDOW) {
        variant->pass.from_ms += (int64_t)number * STEP_MS;
        variant->pass.until_ms += (int64_t)number * STEP_MS;
    }
    if (token && *token && !turn_token(arena, token, number, variant)) return false;
    return turn_position(arena, number, variant);
}
