#include "google_place.h"
#include "shared/cloud/url.h"

#define PAGE_SIZE  1000 /* log types in an answer */
#define MOST_PAGES 20

static enum google_place place_of(int status)
{
    if (status >= 200 && status <= 299) return GOOGLE_PLACE_RIGHT;
    return status == 400 || status == 404 ? GOOGLE_PLACE_WRONG : GOOGLE_PLACE_UNKNOWN;
}

/* Names are whole: "projects/.../logTypes/MIMECAST_MAIL". */
static bool lists(const struct sender *sender, const postern_json_value *answer, postern_text log_type)
{
    const struct http_instance *sink = sender->sink;
    const postern_json_value *one = NULL, *all = sink->json->get(sink->host, answer, KIT_TEXT("logTypes"));
    while (sink->json->next(sink->host, all, &one, NULL)) {
        postern_text name = read_text(sender, one, "name");
        const char *slash = name.size ? memrchr(name.data, '/', name.size) : NULL;
        if (slash && kit_equal(kit_between(slash + 1, kit_end(name)), log_type)) return true;
    }
    return false;
}

static postern_status ask(const struct sender *sender, postern_text parent, postern_text page,
                          postern_http_response *response)
{
    struct kit_writer url = kit_writer_in_arena(sender->sink->host, sender->call->arena);
    kit_write(&url, parent);
    kit_write_string(&url, "/logTypes?pageSize=");
    kit_write_integer(&url, PAGE_SIZE);
    if (page.size) kit_write_string(&url, "&pageToken=");
    cloud_write_encoded(&url, page);
    if (url.failed) return kit_no_memory(sender->error);
    const struct parcel question = {.method = "GET", .url = kit_span(url.data, url.size)};
    return send_aside(sender, &question, response);
}

postern_status google_place_look(const struct sender *sender, postern_text parent, postern_text log_type,
                                 enum google_place *place, postern_http_response *response)
{
    postern_text page = {0};
    *place = GOOGLE_PLACE_UNKNOWN;
    for (unsigned pages = 0; pages < MOST_PAGES; pages++) {
        postern_status status = ask(sender, parent, page, response);
        if (status < 0) return status;
        *place = place_of((int)response->status);
        if (*place != GOOGLE_PLACE_RIGHT || !log_type.size) return POSTERN_OK;
        const postern_json_value *answer = read_json(sender, response);
        if (lists(sender, answer, log_type)) return POSTERN_OK;
        page = read_text(sender, answer, "nextPageToken");
        *place = page.size ? GOOGLE_PLACE_UNKNOWN : GOOGLE_PLACE_WITHOUT_LOG_TYPE;
        if (!page.size) return POSTERN_OK;
    }
    return POSTERN_OK;
}
