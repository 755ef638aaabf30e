#include "batch.h"
#include "batch_file.h"
#include "failures.h"
#include "link.h"

#define LISTED_AT_ONCE ((size_t)10000) /* more than the core fetches for one answer */

static const char list_name[] = "list of files";

/* ---- Asking ---- */

/* Without dates: the first answer is then of the oldest that Mimecast keeps, and a day as the start could lie
 * behind the moment where that begins. */
postern_status batch_next(const void *self, const postern_call *call, const postern_stream *stream,
                          const postern_pass *pass, postern_text position, postern_request *request,
                          postern_error *error)
{
    static const postern_pair headers[] = {{{"Accept", 6}, {"application/json", 16}}};
    const struct instance *instance = self;
    const struct batch_log *log = stream->data;
    struct kit_writer writer = kit_writer_in_arena(instance->host, call->arena);
    (void)pass;
    kit_write_string(&writer, log->path);
    kit_write_string(&writer, "?type=");
    kit_write_safe(&writer, kit_text(log->wire));
    kit_write_string(&writer, "&pageSize=");
    kit_write_integer(&writer, instance->page_size);
    if (position.size) {
        kit_write_string(&writer, "&nextPage=");
        kit_write_safe(&writer, position);
    }
    request->method = "GET";
    request->headers = headers;
    request->header_count = 1;
    return kit_written(&writer, &request->path, error);
}

/* ---- The files that a page names ---- */

struct listing {
    const struct reading *reading;
    postern_text *keys; /* of the files so far */
    size_t count, rows;
};

/* Host and path: the query differs each time a file is listed, and one path on two hosts is two files. */
static postern_text key_of(postern_text url)
{
    const char *at = url.data, *end = kit_end(url);
    if (url.size == 0) return url;
    while (at < end && !link_separator(kit_between(at, end)))
        at++;
    at += link_separator(kit_between(at, end));
    const char *path = at < end ? memchr(at, '/', (size_t)(end - at)) : NULL;
    if (!path) return (postern_text){NULL, 0};
    const char *host = path, *stop = path;
    while (host > at && host[-1] != '@') /* user and password stay out */
        host--;
    while (stop < end && *stop != '?' && *stop != '#')
        stop++;
    return kit_between(host, stop);
}

static bool is_listed(const struct listing *listing, postern_text key)
{
    for (size_t i = 0; i < listing->count; i++)
        if (kit_equal(listing->keys[i], key)) return true;
    return false;
}

/* Its link could be used by whoever reads the dead letters. */
static postern_status set_row_aside(const struct listing *listing, postern_text row)
{
    const struct instance *instance = listing->reading->instance;
    char *cut = instance->host->allocate(instance->host, listing->reading->call->arena, row.size + 1);
    if (!cut) return kit_no_memory(listing->reading->error);
    size_t size = link_cut(row, cut, row.size);
    return damaged(listing->reading, kit_text(list_name), kit_span(cut, size), "the row names no file");
}

/* One file may be listed twice, with another signature. */
static postern_status read_row(struct listing *listing, const postern_json_value *row)
{
    const struct instance *instance = listing->reading->instance;
    const postern_host *host = instance->host;
    const postern_json *json = instance->json;
    postern_text url = {NULL, 0};
    listing->rows++;
    json->text(host, listing->reading->call->arena, json->get(host, row, KIT_TEXT("url")), &url);
    postern_download download = {.size = sizeof download, .url = kit_trim(url), .key = key_of(url)};
    if (download.key.size == 0) return set_row_aside(listing, json->raw(host, row));
    if (is_listed(listing, download.key)) return POSTERN_OK;
    if (listing->count < LISTED_AT_ONCE) listing->keys[listing->count++] = download.key;
    json->integer(host, json->get(host, row, KIT_TEXT("size")), &download.bytes);
    if (download.bytes < 0) download.bytes = 0;
    char tag[24];
    struct kit_writer writer = kit_writer_in_buffer(tag, sizeof tag);
    kit_write_integer(&writer, download.bytes);
    download.tag = kit_span(writer.data, writer.size);
    return listing->reading->answer->download(listing->reading->answer, &download);
}

static postern_status read_list(struct listing *listing, const postern_json_value *list)
{
    const struct instance *instance = listing->reading->instance;
    postern_status status = POSTERN_OK;
    listing->keys = instance->host->allocate(instance->host, listing->reading->call->arena,
                                             LISTED_AT_ONCE * sizeof *listing->keys);
    if (!listing->keys) return kit_no_memory(listing->reading->error);
    for (const postern_json_value *row = NULL;
         status >= 0 && instance->json->next(instance->host, list, &row, NULL);)
        status = read_row(listing, row);
    return status;
}

/* ---- Where to go on ---- */

/* In some answers booleans are texts. */
static bool is_true(const struct reading *reading, const postern_json_value *value)
{
    const struct instance *instance = reading->instance;
    return instance->json->boolean(instance->host, value) ||
           kit_is(instance->json->raw(instance->host, value), "\"true\"");
}

/* The place behind the page counts although nothing was on the page: that it was read is news as well. A page
 * without files that names itself is the end: there is nothing behind it yet. */
static postern_status turn_page(const struct listing *listing, const postern_json_value *root)
{
    const struct reading *reading = listing->reading;
    const postern_host *host = reading->instance->host;
    const postern_json *json = reading->instance->json;
    postern_answer *answer = reading->answer;
    const postern_json_value *place = json->get(host, root, KIT_TEXT("@nextPage"));
    postern_text next = {NULL, 0};
    bool is_text = json->text(host, reading->call->arena, place, &next);
    if (!is_text && json->type(host, place) != POSTERN_JSON_NULL)
        return failure_unreadable(reading, "the token of the next page is no text");
    bool stands_still = next.size == 0 || kit_equal(next, reading->position);
    bool caught_up = is_true(reading, json->get(host, root, KIT_TEXT("isCaughtUp")));
    bool over = caught_up || next.size == 0 || (stands_still && !listing->rows);
    answer->position = next;
    if (next.size == 0) answer->flags |= POSTERN_ANSWER_KEEP_POSITION;
    answer->outcome = !over ? POSTERN_MORE : listing->rows ? POSTERN_END : POSTERN_NOTHING_NEW;
    return POSTERN_OK;
}

/* ---- Pages ---- */

static bool has(const struct reading *reading, const postern_json_value *root, const char *key)
{
    const struct instance *instance = reading->instance;
    return instance->json->get(instance->host, root, kit_text(key)) != NULL;
}

static postern_status read_page(const struct reading *reading)
{
    const struct instance *instance = reading->instance;
    const postern_json_value *root = NULL;
    struct listing listing = {.reading = reading};
    struct envelope envelope = envelope_read(reading->response->body);
    postern_error error = {.size = sizeof error};
    if (envelope_failed(&envelope))
        return failure_of_envelope(reading, &envelope, &(struct envelope_meta){.status = 0});
    postern_text body = text_without_byte_order_mark(reading->response->body);
    if (instance->json->parse(instance->host, reading->call->arena, body, &root, &error) < 0)
        return failure_unreadable(reading, error.message);
    if (!has(reading, root, "value") && !has(reading, root, "@nextPage") && !has(reading, root, "isCaughtUp"))
        return failure_unreadable(reading, "it is no list of files");
    const postern_json_value *list = instance->json->get(instance->host, root, KIT_TEXT("value"));
    int32_t type = instance->json->type(instance->host, list);
    if (type != POSTERN_JSON_ARRAY && type != POSTERN_JSON_NULL)
        return failure_unreadable(reading, "its list of files is none");
    postern_status status = read_list(&listing, list);
    return status < 0 ? status : turn_page(&listing, root);
}

/* ---- What the core calls ---- */

static struct reading as_declared(struct reading reading)
{
    reading.is_optional = ((const struct batch_log *)reading.stream->data)->is_optional;
    return reading;
}

postern_status batch_on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                 const postern_pass *pass, postern_text position,
                                 const postern_response *response, postern_answer *answer,
                                 postern_error *error)
{
    struct damage damage = {false};
    const struct reading reading =
        as_declared(reading_of(self, call, stream, position, response, answer, error, &damage));
    (void)pass;
    if (response->download) return reading_end(&reading, batch_read_file(&reading));
    return response->status == 200 ? reading_end(&reading, read_page(&reading)) : failure_of_status(&reading);
}

postern_status batch_on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_set_aside *what, postern_answer *answer, postern_error *error)
{
    const struct reading reading = reading_again(self, call, stream, answer, error, &(struct damage){false});
    if (kit_is(what->name, list_name))
        return set_aside(&reading, what->name, what->bytes, "the row names no file");
    return batch_read_set_aside(&reading, what);
}
