/* Whether an index that is not there would be made as a data stream: by which template. */
#include "elasticsearch.h"

#define TEMPLATE_FIELDS                                                                                      \
    "index_templates.name,index_templates.index_template.index_patterns,"                                    \
    "index_templates.index_template.priority,index_templates.index_template.data_stream"

/* The template of the highest priority whose pattern the index has. */
struct found_template {
    postern_text name;
    int64_t priority;
    bool makes_stream;
};

/* `*` stands for any bytes. */
static bool matches(postern_text pattern, postern_text name)
{
    size_t p = 0, n = 0, star = pattern.size, behind = 0;
    while (n < name.size) {
        if (p < pattern.size && pattern.data[p] == '*') {
            star = p++;
            behind = n;
        } else if (p < pattern.size && pattern.data[p] == name.data[n]) {
            p++, n++;
        } else if (star < pattern.size) {
            p = star + 1;
            n = ++behind;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.data[p] == '*')
        p++;
    return p == pattern.size;
}

static bool takes(const struct sender *sender, const postern_json_value *body, postern_text index)
{
    const struct http_instance *sink = sender->sink;
    const postern_json_value *item = NULL,
                             *patterns = sink->json->get(sink->host, body, KIT_TEXT("index_patterns"));
    postern_text pattern;
    while (sink->json->next(sink->host, patterns, &item, NULL))
        if (sink->json->text(sink->host, sender->call->arena, item, &pattern) && matches(pattern, index))
            return true;
    return false;
}

static struct found_template find(const struct sender *sender, const postern_json_value *answer,
                                  postern_text index)
{
    const struct http_instance *sink = sender->sink;
    struct found_template found = {.priority = -1};
    const postern_json_value *item = NULL,
                             *list = sink->json->get(sink->host, answer, KIT_TEXT("index_templates"));
    while (sink->json->next(sink->host, list, &item, NULL)) {
        const postern_json_value *body = sink->json->get(sink->host, item, KIT_TEXT("index_template"));
        int64_t priority = 0;
        sink->json->integer(sink->host, sink->json->get(sink->host, body, KIT_TEXT("priority")), &priority);
        if (priority <= found.priority || !takes(sender, body, index)) continue;
        found = (struct found_template){read_text(sender, item, "name"), priority,
                                        sink->json->get(sink->host, body, KIT_TEXT("data_stream")) != NULL};
    }
    return found;
}

postern_status elasticsearch_look_for_template(struct probing *probing, postern_text index)
{
    postern_text base = sink_base_url(probing->sender.sink);
    postern_http_response response;
    bool answered;
    postern_status status = probe_get(probing, &response, "%.*s/_index_template?filter_path=" TEMPLATE_FIELDS,
                                      (int)base.size, base.data);
    if (status >= 0) status = probe_expect_if_allowed(probing, "index templates", &response, &answered);
    if (status < 0 || !answered) return status;
    struct found_template found = find(&probing->sender, read_json(&probing->sender, &response), index);
    if (found.makes_stream)
        kit_say(probing->report, POSTERN_LOG_INFO, NULL,
                "data stream %.*s is not there yet; the template %.*s will make it", (int)index.size,
                index.data, (int)found.name.size, found.name.data);
    else if (found.priority >= 0)
        kit_say(probing->report, POSTERN_LOG_WARNING,
                "switch data streams on in the template if it should be one",
                "index %.*s is not there yet; the template %.*s will make an ordinary index of it",
                (int)index.size, index.data, (int)found.name.size, found.name.data);
    else
        kit_say(probing->report, POSTERN_LOG_WARNING, REMEDY_INDEX,
                "index %.*s is not there yet, and no index template is for it: its fields would be guessed",
                (int)index.size, index.data);
    return POSTERN_OK;
}
