#include "commands/envelope.h"
#include "base/json_outline.h"
#include "base/text.h"

bool envelope_write(struct buffer *out, const struct script_event *event)
{
    const struct {
        const char *key;
        postern_text value;
    } texts[] = {{"{\"postern\":{\"account\":", event->account},
                 {",\"source\":", event->source},
                 {",\"stream\":", event->stream},
                 {",\"type\":", event->type},
                 {",\"id\":", event->id}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        buffer_append_string(out, texts[i].key);
        json_write_string(out, texts[i].value);
    }
    buffer_printf(out, ",\"received\":%lld,\"time\":%lld},\"event\":", (long long)event->received_ms,
                  (long long)event->time_ms);
    size_t start = out->size;
    buffer_append_text(out, event->json);
    for (size_t i = start; i < out->size; i++)
        if (out->data[i] == '\n' || out->data[i] == '\r') out->data[i] = ' ';
    return buffer_append_string(out, "}\n");
}

/* The members that are texts. */
enum { TEXTS = 5 };
static const char *const text_keys[TEXTS] = {"account", "source", "stream", "type", "id"};

/* Whose line it is: an object with an object "postern", which says at least one thing, and an object "event",
 * which is returned. `texts`: what is said, each a text or NULL. */
static const struct json_node *find_event(const struct json_tape *tape, const struct json_node **about,
                                          const struct json_node *texts[TEXTS])
{
    const struct json_node *root = tape->nodes;
    bool says_something = false;
    if (json_type(root) != POSTERN_JSON_OBJECT) return NULL;
    *about = json_outline_get(tape, TEXT("postern")); /* most lines are events themselves */
    if (!*about || json_type(*about) != POSTERN_JSON_OBJECT) return NULL;
    const struct json_node *event = json_outline_get(tape, TEXT("event"));
    if (json_type(event) != POSTERN_JSON_OBJECT) return NULL;
    for (size_t i = 0; i < TEXTS; i++) {
        texts[i] = json_get(tape, *about, text_keys[i]);
        if (json_type(texts[i]) != POSTERN_JSON_STRING) texts[i] = NULL;
        says_something |= texts[i] != NULL;
    }
    return says_something ? event : NULL;
}

const struct json_node *envelope_open(void *scratch, const struct json_tape *tape, struct script_event *event)
{
    struct buffer *said = scratch;
    const struct json_node *about = NULL, *texts[TEXTS], *inner = find_event(tape, &about, texts);
    if (!inner) return NULL;
    postern_text *const targets[TEXTS] = {&event->account, &event->source, &event->stream, &event->type,
                                          &event->id};
    size_t offsets[TEXTS + 1] = {0};
    buffer_clear(said);
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i]) json_unescape(tape, texts[i], said);
        offsets[i + 1] = said->size;
    }
    /* Only now does the buffer stay where it is. What is not said stays as it was. */
    for (size_t i = 0; i < TEXTS; i++)
        if (texts[i])
            *targets[i] =
                (postern_text){said->data ? said->data + offsets[i] : "", offsets[i + 1] - offsets[i]};
    json_integer(tape, json_get(tape, about, "received"), &event->received_ms);
    json_integer(tape, json_get(tape, about, "time"), &event->time_ms);
    return inner;
}
