#include "refusal.h"

static postern_text text_of(const struct reading *reading, const postern_json_value *object, postern_text key)
{
    const struct instance *instance = reading->instance;
    postern_text text = {NULL, 0};
    instance->json->text(instance->host, reading->call->arena,
                         instance->json->get(instance->host, object, key), &text);
    return text;
}

static size_t count(const struct instance *instance, const postern_json_value *list)
{
    size_t items = 0;
    for (const postern_json_value *item = NULL; instance->json->next(instance->host, list, &item, NULL);)
        items++;
    return items;
}

static const postern_json_value *first_of(const struct instance *instance, const postern_json_value *list)
{
    const postern_json_value *item = NULL;
    bool is_list = instance->json->type(instance->host, list) == POSTERN_JSON_ARRAY;
    return is_list && instance->json->next(instance->host, list, &item, NULL) ? item : NULL;
}

static const postern_json_value *parse(const struct reading *reading, postern_text text)
{
    const struct instance *instance = reading->instance;
    const postern_json_value *root = NULL;
    postern_error ignored = {.size = sizeof ignored};
    instance->json->parse(instance->host, reading->call->arena, text, &root, &ignored);
    return root;
}

/* One error: {"code":...,"message":...,"field":...,"retryable":...}. */
static struct refusal read_error(const struct reading *reading, const postern_json_value *error)
{
    const postern_host *host = reading->instance->host;
    const postern_json *json = reading->instance->json;
    const postern_json_value *retryable = json->get(host, error, KIT_TEXT("retryable"));
    return (struct refusal){
        .code = text_of(reading, error, KIT_TEXT("code")),
        .message = text_of(reading, error, KIT_TEXT("message")),
        .field = text_of(reading, error, KIT_TEXT("field")),
        .retryable_known = json->type(host, retryable) == POSTERN_JSON_BOOLEAN,
        .retryable = json->boolean(host, retryable),
    };
}

static struct refusal first_error(const struct reading *reading, const postern_json_value *errors)
{
    struct refusal refusal = read_error(reading, first_of(reading->instance, errors));
    size_t all = count(reading->instance, errors);
    refusal.more = all > 1 ? all - 1 : 0;
    return refusal;
}

/* {"fail":[{"key":...,"errors":[...]}]}, or the gateway's {"fail":[{"code":...,"message":...}]}. The echo of
 * the request under "key" is left alone: it may hold what must not be logged. */
static struct refusal read_fail(const struct reading *reading, const postern_json_value *fail)
{
    const struct instance *instance = reading->instance;
    bool is_object = instance->json->type(instance->host, fail) == POSTERN_JSON_OBJECT;
    const postern_json_value *item = is_object ? fail : first_of(instance, fail);
    const postern_json_value *errors = instance->json->get(instance->host, item, KIT_TEXT("errors"));
    return first_of(instance, errors) ? first_error(reading, errors) : read_error(reading, item);
}

/* {"error":{"code":...,"message":...}} or {"error":"...","error_description":"..."}. */
static struct refusal read_plain_error(const struct reading *reading, const struct envelope *envelope)
{
    const struct instance *instance = reading->instance;
    const postern_json_value *error = parse(reading, envelope->error);
    struct refusal refusal = read_error(reading, error);
    if (instance->json->type(instance->host, error) == POSTERN_JSON_STRING) {
        instance->json->text(instance->host, reading->call->arena, error, &refusal.code);
        instance->json->text(instance->host, reading->call->arena, parse(reading, envelope->description),
                             &refusal.message);
    }
    refusal.is_plain = refusal.code.size || refusal.message.size;
    return refusal;
}

struct refusal refusal_read(const struct reading *reading, const struct envelope *envelope)
{
    if (envelope_says(envelope->failures)) return read_fail(reading, parse(reading, envelope->failures));
    if (envelope_says(envelope->errors)) return first_error(reading, parse(reading, envelope->errors));
    if (envelope_says(envelope->error)) return read_plain_error(reading, envelope);
    return (struct refusal){.more = 0};
}
