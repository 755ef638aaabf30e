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

/* What was cut off may have left a part of a character at the end. */
size_t whole_characters(const char *text, size_t size)
{
    size_t lead = size;
    while (lead && size - lead < 4 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0) return size;
    unsigned char c = (unsigned char)text[lead - 1];
    size_t needed = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    return lead - 1 + needed > size ? lead - 1 : size;
}

void print_words(char *words, size_t size, const char *format, va_list arguments)
{
    vsnprintf(words, size, format, arguments);
    words[whole_characters(words, strlen(words))] = '\0';
    for (char *at = words; *at; at++)
        if ((unsigned char)*at < ' ') *at = ' ';
}

void answer_say(struct judged_answer *answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_words(answer->words, sizeof answer->words, format, arguments);
    va_end(arguments);
}

void answer_quote(postern_text body, char *words, size_t size)
{
    size_t used = 0;
    body = kit_trim(body);
    for (size_t i = 0; i < body.size && used + 1 < size; i++) {
        bool blank = (unsigned char)body.data[i] <= ' ';
        if (blank && used && words[used - 1] == ' ') continue;
        words[used++] = blank ? ' ' : body.data[i];
    }
    words[whole_characters(words, used)] = '\0';
    if (used == 0) snprintf(words, size, "without a word");
}
