#include "exec_sink.h"

#define MOST_SECONDS 86400 /* what the core takes */

static const char *const kind_names[ANSWER_KINDS] = {
    [ANSWER_OK] = "ok",       [ANSWER_OK_UP_TO] = "ok_up_to", [ANSWER_REJECT] = "reject",
    [ANSWER_RETRY] = "retry", [ANSWER_STOP] = "stop",
};

/* Exactly one of the members that say what is answered. */
static const postern_json_value *find_kind(const postern_host *host, const postern_json *json,
                                           const postern_json_value *object, enum answer_kind *kind)
{
    const postern_json_value *found = NULL;
    for (int i = 0; i < ANSWER_KINDS; i++) {
        const postern_json_value *value = json->get(host, object, kit_text(kind_names[i]));
        if (value && found) return NULL;
        if (!value) continue;
        found = value;
        *kind = (enum answer_kind)i;
    }
    return found;
}

static postern_status read_words(const postern_host *host, const postern_json *json, postern_arena *arena,
                                 const postern_json_value *object, struct reply *answer, postern_error *error)
{
    const postern_json_value *reason = json->get(host, object, KIT_TEXT("reason"));
    const postern_json_value *remedy = json->get(host, object, KIT_TEXT("remedy"));
    const postern_json_value *after = json->get(host, object, KIT_TEXT("after"));
    int64_t seconds = 0;
    if (reason && !json->text(host, arena, reason, &answer->reason))
        return kit_fail(error, POSTERN_E_PROTOCOL, NULL, "its reason is no text");
    if (remedy && !json->text(host, arena, remedy, &answer->remedy))
        return kit_fail(error, POSTERN_E_PROTOCOL, NULL, "its remedy is no text");
    if (after && (!json->integer(host, after, &seconds) || seconds < 0 || seconds > MOST_SECONDS))
        return kit_fail(error, POSTERN_E_PROTOCOL, NULL, "after takes whole seconds up to %d", MOST_SECONDS);
    answer->after_ms = seconds * 1000;
    return POSTERN_OK;
}

postern_status answer_read(const postern_host *host, const postern_json *json, postern_arena *arena,
                           postern_text line, struct reply *answer, postern_error *error)
{
    const postern_json_value *object;
    postern_error ignored = {.size = sizeof ignored};
    postern_status status = json->parse(host, arena, line, &object, &ignored);
    *answer = (struct reply){0};
    if (status == POSTERN_E_MEMORY) return kit_no_memory(error);
    if (status < 0 || json->type(host, object) != POSTERN_JSON_OBJECT)
        return kit_fail(error, POSTERN_E_PROTOCOL, NULL, "it is no JSON object");
    const postern_json_value *value = find_kind(host, json, object, &answer->kind);
    if (!value)
        return kit_fail(error, POSTERN_E_PROTOCOL, NULL,
                        "it has not exactly one of ok, ok_up_to, reject, retry and stop");
    if (!json->text(host, arena, value, &answer->id) || answer->id.size == 0)
        return kit_fail(error, POSTERN_E_PROTOCOL, NULL, "%s takes a text", kind_names[answer->kind]);
    status = read_words(host, json, arena, object, answer, error);
    if (status < 0) return status;
    if (answer->kind == ANSWER_STOP) answer->reason = answer->id;
    answer->is_for_all =
        (answer->kind == ANSWER_OK || answer->kind == ANSWER_RETRY) && kit_is(answer->id, "all");
    if (answer->is_for_all || answer->kind == ANSWER_STOP) answer->id = kit_span(NULL, 0);
    if (answer->kind == ANSWER_REJECT && kit_trim(answer->reason).size == 0)
        return kit_fail(error, POSTERN_E_PROTOCOL, NULL, "reject needs a reason");
    return POSTERN_OK;
}
