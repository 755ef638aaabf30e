/* A status alone does not say that a request was taken: what its answer must say as well. */
#include "http_sink.h"

#define SHOWN 100 /* bytes of a value in a message */

/* "$.error" and "error" are the same place. */
static postern_text place_of(postern_text path)
{
    return kit_starts_with(path, "$.") ? kit_span(path.data + 2, path.size - 2) : path;
}

static bool holds(struct judged_answer *answer, postern_text path, postern_text wanted)
{
    char memory[1024];
    struct kit_writer found = kit_writer_in_buffer(memory, sizeof memory);
    postern_text value = kit_json_at(answer->http->body, place_of(path));
    kit_write_json_value(&found, value);
    if (value.size && !found.failed && kit_equal(kit_span(memory, found.size), wanted)) return true;
    bool scalar = value.size && found.size;
    postern_text shown = scalar ? kit_span(memory, found.size) : value;
    if (!value.size) shown = KIT_TEXT("nothing");
    if (shown.size > SHOWN) shown.size = SHOWN;
    answer_say(answer, "it was not accepted: %.*s is %.*s, not %.*s", (int)path.size, path.data,
               (int)shown.size, shown.data, (int)wanted.size, wanted.data);
    return false;
}

static enum outcome otherwise(const struct http_instance *sink)
{
    static const struct {
        const char *name;
        enum outcome outcome;
    } names[] = {{"retry", OUTCOME_RETRY}, {"refused", OUTCOME_REFUSED}, {"stop", OUTCOME_CONFIGURATION}};
    postern_text name = kit_option_text(sink->host, "accept_else");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (kit_is(name, names[i].name)) return names[i].outcome;
    return sink->preset->accept_else ? sink->preset->accept_else : OUTCOME_RETRY;
}

/* The preset's conditions, then the user's. */
static bool condition_at(const struct http_instance *sink, size_t index, postern_pair *condition)
{
    const struct condition *ours = sink->preset->accept_if;
    for (; ours && ours->path; ours++)
        if (index-- == 0) {
            *condition = (postern_pair){kit_text(ours->path), kit_text(ours->value)};
            return true;
        }
    return sink->host->option_pair(sink->host, "accept_if", index, condition);
}

enum outcome accept_judge(struct writing *writing, struct judged_answer *answer)
{
    const struct http_instance *sink = writing->sink;
    postern_pair condition;
    if (!condition_at(sink, 0, &condition)) return OUTCOME_DELIVERED;
    if (!answer_json(writing, answer)) {
        char words[sizeof answer->words];
        memcpy(words, answer->words, sizeof words);
        answer_say(answer, "it was not accepted: its answer is no JSON, where %.*s should be %.*s: %.100s",
                   (int)condition.name.size, condition.name.data, (int)condition.value.size,
                   condition.value.data, words);
        return otherwise(sink);
    }
    for (size_t i = 0; condition_at(sink, i, &condition); i++)
        if (!holds(answer, condition.name, condition.value)) return otherwise(sink);
    return OUTCOME_DELIVERED;
}
