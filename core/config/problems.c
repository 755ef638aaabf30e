#include "config/problems.h"
#include "base/array.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool problems_are_full(const struct problems *problems)
{
    return problems->list->count >= PROBLEMS_LIMIT;
}

void problem_at(struct problems *problems, int line, const char *format, ...)
{
    struct config_problems *list = problems->list;
    if (problems_are_full(problems)) {
        list->left_out++;
        return;
    }
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&message, format, arguments);
    va_end(arguments);
    bool room = size >= 0 && array_extend(&list->items, list->count, sizeof(*list->items));
    char *file = room ? strdup(problems->file) : NULL;
    if (!file) {
        if (size >= 0) free(message);
        return;
    }
    list->items[list->count++] = (struct config_problem){.place = {file, line}, .message = message};
}

void config_problems_free(struct config_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free((void *)(uintptr_t)problems->items[i].place.file);
        free(problems->items[i].message);
    }
    free(problems->items);
    *problems = (struct config_problems){0};
}

/* Insertion sort: stable, and the list is short and nearly in order. */
void problems_sort(struct problems *problems)
{
    struct config_problem *items = problems->list->items;
    for (size_t i = 1; i < problems->list->count; i++) {
        struct config_problem moved = items[i];
        unsigned line = (unsigned)moved.place.line - 1; /* 0 becomes the largest */
        size_t to = i;
        for (; to > 0 && (unsigned)items[to - 1].place.line - 1 > line; to--)
            items[to] = items[to - 1];
        items[to] = moved;
    }
}

/* "rotate" for "rotate_size": the beginning of a name, too short to count as a slip of the finger. */
static const char *find_by_beginning(const char *wanted, const char *const *names)
{
    for (; strlen(wanted) >= 3 && *names; names++)
        if (text_starts_with(text_of(*names), wanted)) return *names;
    return NULL;
}

const char *suggestion(const char *wanted, const char *const *names, char buffer[SUGGESTION_SIZE])
{
    const char *near = text_nearest(text_of(wanted), names);
    if (!near) near = find_by_beginning(wanted, names);
    buffer[0] = 0;
    if (near) snprintf(buffer, SUGGESTION_SIZE, "; did you mean \"%s\"?", near);
    return buffer;
}

const char *suggestion_or_list(const char *wanted, const char *const *names, char buffer[SUGGESTION_SIZE])
{
    if (suggestion(wanted, names, buffer)[0] || !names[0]) return buffer;
    size_t used = (size_t)snprintf(buffer, SUGGESTION_SIZE, "; there are: ");
    for (size_t i = 0; names[i]; i++) {
        if (used + strlen(names[i]) + 8 > SUGGESTION_SIZE) {
            snprintf(buffer + used, SUGGESTION_SIZE - used, ", ...");
            break;
        }
        used += (size_t)snprintf(buffer + used, SUGGESTION_SIZE - used, "%s%s", i ? ", " : "", names[i]);
    }
    return buffer;
}
