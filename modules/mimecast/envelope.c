#include "envelope.h"
#include "json_outline.h"

/* Of a member that comes twice the first counts. */
static void keep_first(struct envelope *envelope, postern_text key, postern_text value)
{
    const struct {
        const char *key;
        postern_text *value;
    } members[] = {{"meta", &envelope->meta},         {"type", &envelope->type},
                   {"fail", &envelope->failures},     {"errors", &envelope->errors},
                   {"error", &envelope->error},       {"error_description", &envelope->description},
                   {"nextPage", &envelope->next_page}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (kit_is(key, members[i].key) && !members[i].value->data) *members[i].value = value;
}

static bool names_list(const struct envelope *envelope, postern_text key)
{
    for (const char *const *name = envelope->lists; *name; name++)
        if (kit_is(key, *name)) return true;
    return false;
}

/* Takes one member's value. False if the envelope breaks off in it. */
static bool take_member(struct envelope *envelope, postern_text key, struct json_walk *walk)
{
    json_walk_space(walk);
    const char *start = walk->at;
    bool is_data = names_list(envelope, key) && !envelope->data.data;
    bool is_further = names_list(envelope, key) && !is_data;
    if (is_data) envelope->data = kit_between(start, walk->end);
    if (!json_walk_value(walk, NULL, NULL)) {
        if (walk->fault == WALK_CUT) return false;
        walk->at = start;
        if (!is_data || !json_outline_value(walk)) return false; /* a bad record in it concerns only itself */
    }
    if (is_data) {
        envelope->data_end = walk->at;
        envelope->data_is_sound = walk->fault == WALK_FINE;
    }
    postern_text value = kit_between(start, walk->at);
    if (is_further)
        envelope->further = kit_between(envelope->further.size ? envelope->further.data : start, walk->at);
    keep_first(envelope, key, value);
    return true;
}

/* Reads from behind a value to the end of the text. */
static void read_end(struct envelope *envelope, struct json_walk *walk)
{
    for (;;) {
        json_walk_space(walk);
        if (walk->at == walk->end || (*walk->at != ',' && *walk->at != '}')) return;
        bool over = *walk->at++ == '}';
        postern_text key;
        if (over) break;
        if (!json_walk_key(walk, &key) || !take_member(envelope, key, walk)) return;
    }
    envelope->state = ENVELOPE_WHOLE;
    envelope->behind = kit_trim(kit_between(walk->at, walk->end));
}

struct envelope envelope_read(postern_text text)
{
    static const char *const data[] = {"data", NULL};
    return envelope_read_with(text, data);
}

struct envelope envelope_read_with(postern_text text, const char *const *lists)
{
    struct envelope envelope = {.state = ENVELOPE_NONE, .lists = lists};
    struct json_walk walk = json_walk_over(text_without_byte_order_mark(text));
    json_walk_space(&walk);
    if (walk.at == walk.end || *walk.at != '{') return envelope;
    walk.at++;
    envelope.state = ENVELOPE_DAMAGED;
    json_walk_space(&walk);
    bool empty = walk.at < walk.end && *walk.at == '}';
    postern_text key;
    if (empty || (json_walk_key(&walk, &key) && take_member(&envelope, key, &walk)))
        read_end(&envelope, &walk);
    return envelope;
}

bool envelope_read_behind_data(struct envelope *envelope, const char *end, postern_text *rest)
{
    if (end == envelope->data_end) return true;
    struct json_walk walk = json_walk_over(kit_between(end, kit_end(envelope->data)));
    *rest = kit_trim(kit_between(walk.at, walk.end));
    envelope->state = ENVELOPE_DAMAGED;
    envelope->behind = envelope->further = (postern_text){NULL, 0};
    read_end(envelope, &walk);
    return rest->size == 0 || envelope->state == ENVELOPE_WHOLE;
}

postern_status envelope_further(const struct envelope *envelope, const struct reading *reading,
                                postern_text name)
{
    if (envelope->further.size == 0) return POSTERN_OK;
    return damaged(reading, name, envelope->further, "it has \"data\" more than once");
}

bool envelope_says(postern_text failure)
{
    if (failure.size == 0 || kit_is(failure, "null") || kit_is(failure, "false")) return false;
    char opening = failure.data[0];
    if (opening != '[' && opening != '{') return true;
    struct json_walk inside = json_walk_over(failure);
    inside.at++;
    json_walk_space(&inside);
    return inside.at < inside.end && *inside.at != ']' && *inside.at != '}';
}

bool envelope_failed(const struct envelope *envelope)
{
    return envelope_says(envelope->failures) || envelope_says(envelope->errors) ||
           envelope_says(envelope->error);
}

postern_status envelope_meta(const struct reading *reading, const struct envelope *envelope,
                             struct envelope_meta *meta)
{
    const postern_json *json = reading->instance->json;
    const postern_host *host = reading->instance->host;
    const postern_json_value *root = NULL;
    *meta = (struct envelope_meta){0};
    if (envelope->meta.size == 0) return POSTERN_OK;
    postern_error error = {.size = sizeof error};
    if (json->parse(host, reading->call->arena, envelope->meta, &root, &error) < 0)
        return kit_fail(reading->error, POSTERN_E_PROTOCOL, NULL, "the answer's meta cannot be read: %s",
                        error.message);
    json->integer(host, json->get(host, root, KIT_TEXT("status")), &meta->status);
    meta->is_last_token = json->boolean(host, json->get(host, root, KIT_TEXT("isLastToken")));
    const postern_json_value *next =
        json->get(host, json->get(host, root, KIT_TEXT("pagination")), KIT_TEXT("next"));
    int32_t type = json->type(host, next);
    meta->bad_next = type != POSTERN_JSON_NULL && !json->text(host, reading->call->arena, next, &meta->next);
    return POSTERN_OK;
}
