#include "http_sink.h"

const postern_json_value *read_json(const struct sender *sender, const postern_http_response *response)
{
    const struct http_instance *sink = sender->sink;
    const postern_json_value *value = NULL;
    sink->json->parse(sink->host, sender->call->arena, response->body, &value, NULL);
    return value;
}

postern_text read_text(const struct sender *sender, const postern_json_value *object, const char *name)
{
    const struct http_instance *sink = sender->sink;
    const postern_json_value *value = sink->json->get(sink->host, object, kit_text(name));
    postern_text text = {0};
    if (!sink->json->text(sink->host, sender->call->arena, value, &text) &&
        sink->json->type(sink->host, value) == POSTERN_JSON_NUMBER)
        text = sink->json->raw(sink->host, value);
    return text;
}

const postern_json_value *answer_json(const struct writing *writing, const struct judged_answer *answer)
{
    const struct sender sender = sender_of(writing);
    return read_json(&sender, answer->http);
}

postern_text answer_text(const struct writing *writing, const postern_json_value *object, const char *name)
{
    const struct sender sender = sender_of(writing);
    return read_text(&sender, object, name);
}

int64_t answer_integer(const struct writing *writing, const postern_json_value *object, const char *name,
                       int64_t otherwise)
{
    const struct http_instance *sink = writing->sink;
    int64_t number = otherwise;
    sink->json->integer(sink->host, sink->json->get(sink->host, object, kit_text(name)), &number);
    return number;
}

void answer_say(struct judged_answer *answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_words(answer->words, sizeof answer->words, format, arguments);
    va_end(arguments);
}
