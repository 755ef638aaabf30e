#include "page.h"
#include "envelope.h"
#include "event_time.h"
#include "failures.h"
#include "json_outline.h"
#include "loose.h"
#include "records.h"

#define POSITION_LIMIT ((size_t)64 << 10)

/* ---- Records ---- */

/* A page while its records are read. */
struct page_reader {
    const struct reading *reading;
    const struct endpoint *endpoint;
    postern_text name; /* of the stream */
    size_t records;    /* of any kind: a page with records is not empty */
    int64_t time_ms;   /* of the record at hand */
    bool is_sound;     /* the list keeps every rule of JSON */
    bool lost;         /* the text breaks off: nothing behind it can be read */
};

static void look_for_time(void *context, postern_text key, postern_text value)
{
    struct page_reader *page = context;
    if (kit_is(key, page->endpoint->time)) page->time_ms = time_parse_json(value, true);
}

static bool next_is(struct json_walk *walk, char c)
{
    json_walk_space(walk);
    return walk->at < walk->end && *walk->at == c;
}

static bool is_empty_list(postern_text list)
{
    struct json_walk walk = json_walk_over(list);
    walk.at++;
    return next_is(&walk, ']');
}

/* The rest of the page cannot be told apart. */
static postern_status lose_rest(struct page_reader *page, postern_text rest, const char *reason)
{
    page->lost = true;
    return damaged(page->reading, page->name, rest, reason);
}

/* Reads the list that begins at `walk`, and moves behind it. */
static postern_status read_records(struct page_reader *page, struct json_walk *walk)
{
    struct record_list list = records_over(kit_between(walk->at, walk->end));
    for (;;) {
        struct record record;
        postern_status status = POSTERN_OK;
        page->time_ms = 0;
        enum record_kind kind = records_next(&list, &record, look_for_time, page);
        walk->at = list.walk.at;
        if (kind == RECORDS_END) return POSTERN_OK;
        page->records++;
        if (kind == RECORDS_LOST) return lose_rest(page, record.text, record.reason);
        if (kind == RECORD)
            status = emit(page->reading, page->reading->stream->name, page->time_ms, record.text);
        if (kind == RECORD_STRANGE) status = set_record_aside(page->reading, page->name, &record);
        if (kind == RECORD_BROKEN) status = damaged_record(page->reading, page->name, &record);
        if (status < 0) return status;
    }
}

/* Over a bad value that begins at `start` and is no record. */
static postern_status step_over(struct page_reader *page, struct json_walk *walk, const char *start)
{
    bool cut = walk->fault == WALK_CUT;
    walk->at = start;
    if (cut || !json_outline_value(walk))
        return lose_rest(page, kit_between(start, walk->end), "the page breaks off");
    page->records++;
    return damaged(page->reading, page->name, kit_between(start, walk->at), "it breaks the rules of JSON");
}

/* Reads one of the objects in `data`: {"clickLogs":[...],"resultCount":2}. */
static postern_status read_container(struct page_reader *page, struct json_walk *walk)
{
    const char *start = walk->at;
    bool has_list = false, has_other_list = false, has_strange_list = false;
    walk->at++;
    while (!next_is(walk, '}')) {
        postern_text key;
        postern_status status = POSTERN_OK;
        if (!json_walk_key(walk, &key))
            return lose_rest(page, kit_between(start, walk->end), "the page breaks off");
        bool is_list = next_is(walk, '[');
        const char *value = walk->at;
        if (is_list && kit_is(key, page->endpoint->list)) {
            has_list = true;
            status = read_records(page, walk);
        } else if (json_walk_value(walk, NULL, NULL)) {
            postern_text text = kit_between(value, walk->at);
            has_other_list |= is_list && !is_empty_list(text);
            has_strange_list |= kit_is(key, page->endpoint->list) && !kit_is(text, "null");
        } else {
            status = step_over(page, walk, value);
        }
        if (status < 0 || page->lost) return status;
        if (next_is(walk, ','))
            walk->at++;
        else if (!next_is(walk, '}'))
            return lose_rest(page, kit_between(start, walk->end), "the page breaks off");
    }
    walk->at++;
    bool harmless = !has_other_list && page->is_sound; /* where records are bad it may be one of them */
    if (!has_strange_list && (has_list || harmless)) return POSTERN_OK;
    page->records++;
    if (has_strange_list)
        return damaged(page->reading, page->name, kit_between(start, walk->at),
                       "its list of records is none");
    return set_aside(page->reading, page->name, kit_between(start, walk->at),
                     has_other_list ? "it holds a list, but not the expected one"
                                    : "it stands where a list of records is expected");
}

/* Reads `data` of the endpoints whose records lie one level deeper. */
static postern_status read_containers(struct page_reader *page, struct json_walk *walk)
{
    walk->at++;
    while (!next_is(walk, ']')) {
        const char *start = walk->at;
        postern_status status = POSTERN_OK;
        if (next_is(walk, '{'))
            status = read_container(page, walk);
        else if (json_walk_value(walk, NULL, NULL))
            status =
                set_aside(page->reading, page->name, kit_between(start, walk->at), "it is no JSON object");
        else
            status = step_over(page, walk, start);
        if (status < 0 || page->lost) return status;
        if (next_is(walk, ','))
            walk->at++;
        else if (!next_is(walk, ']'))
            return lose_rest(page, kit_between(walk->at, walk->end), "the page breaks off");
    }
    walk->at++;
    return POSTERN_OK;
}

static postern_status read_data(struct page_reader *page, struct envelope *envelope)
{
    struct json_walk walk = json_walk_over(envelope->data);
    postern_status status;
    postern_text rest;
    page->is_sound = envelope->data_is_sound;
    if (next_is(&walk, '[')) {
        status = page->endpoint->list ? read_containers(page, &walk) : read_records(page, &walk);
        if (status < 0 || page->lost || envelope_read_behind_data(envelope, walk.at, &rest)) return status;
        return lose_rest(page, rest, "the page breaks off");
    }
    if (envelope->data.size == 0 || kit_starts_with(envelope->data, "null")) return POSTERN_OK;
    page->records++;
    return damaged(page->reading, page->name, envelope->data, "\"data\" is no list");
}

/* ---- Pages ---- */

/* The next page, if there is one. An empty page is the last, whatever token it carries: the endpoints end
 * their lists with one. No token is kept beyond the pass. */
static postern_status turn_page(const struct page_reader *page, const struct envelope_meta *meta)
{
    const struct reading *reading = page->reading;
    bool more = meta->next.size && page->records;
    if (more && meta->next.size > POSITION_LIMIT)
        return kit_fail(reading->error, POSTERN_E_PROTOCOL, NULL,
                        "the token of the next page is longer than 64 KiB");
    reading->answer->position = more ? meta->next : (postern_text){NULL, 0};
    bool nothing = page->records == 0 && reading->position.size == 0;
    reading->answer->outcome = more ? POSTERN_MORE : nothing ? POSTERN_NOTHING_NEW : POSTERN_END;
    return POSTERN_OK;
}

static postern_status read_meta(const struct reading *reading, const struct envelope *envelope,
                                struct envelope_meta *meta)
{
    postern_status status = envelope_meta(reading, envelope, meta);
    if (status < 0) return status;
    return envelope_failed(envelope) || meta->status >= 400 ? failure_of_envelope(reading, envelope, meta)
                                                            : POSTERN_OK;
}

/* Why the next page is not asked for, although the records of this one are taken; NULL if it is. */
static const char *why_it_stays(const struct reading *reading, const struct envelope *envelope,
                                const struct envelope_meta *meta)
{
    if (meta->bad_next) return "the token of the next page is no text";
    bool lost = envelope->state == ENVELOPE_DAMAGED && (may_ask_again(reading) || envelope->meta.size == 0);
    return lost ? "the JSON text ends early or breaks off" : NULL;
}

postern_status page_read(const struct reading *reading)
{
    const char *name = reading->stream->name;
    struct page_reader page = {
        .reading = reading, .endpoint = reading->stream->data, .name = {name, strlen(name)}};
    struct envelope envelope = envelope_read(reading->response->body);
    struct envelope_meta meta;
    if (envelope.state == ENVELOPE_NONE) return failure_unreadable(reading, "it is no JSON object");
    postern_status status = read_meta(reading, &envelope, &meta);
    if (status < 0) return status;
    bool meta_seen = envelope.meta.size;
    if (!meta_seen && envelope.data.size == 0)
        return failure_unreadable(reading, "it has neither meta nor data");
    status = read_data(&page, &envelope);
    page.records += envelope.further.size > 0;
    if (status == POSTERN_OK) status = envelope_further(&envelope, reading, page.name);
    if (status == POSTERN_OK && !meta_seen && envelope.meta.size) /* it stood behind what is damaged */
        status = read_meta(reading, &envelope, &meta);
    if (status == POSTERN_OK && envelope.behind.size)
        status =
            set_aside(reading, page.name, envelope.behind, "these bytes stand behind the end of the page");
    if (status < 0) return status;
    const char *reason = why_it_stays(reading, &envelope, &meta);
    if (!reason) return turn_page(&page, &meta);
    reading->answer->flags |= POSTERN_ANSWER_READ_ON;
    return failure_unreadable(reading, reason);
}

/* ---- What was set aside ---- */

static void begin_record(void *context)
{
    ((struct page_reader *)context)->time_ms = 0;
}

static postern_status emit_again(void *context, postern_text json)
{
    const struct page_reader *page = context;
    return emit(page->reading, page->reading->stream->name, page->time_ms, json);
}

struct list_search {
    const char *list;
    bool found;
};

static void look_for_list(void *context, postern_text key, postern_text value)
{
    struct list_search *search = context;
    search->found |= kit_is(key, search->list) && kit_starts_with(value, "[");
}

/* One of the objects that hold the records, where they lie one level deeper. */
static bool is_container(const struct endpoint *endpoint, postern_text text)
{
    struct list_search search = {endpoint->list, false};
    struct json_walk walk = json_walk_over(text);
    if (!endpoint->list || !next_is(&walk, '{') || !json_walk_value(&walk, look_for_list, &search))
        return false;
    json_walk_space(&walk);
    return search.found && walk.at == walk.end;
}

postern_status page_read_set_aside(const struct reading *reading, const postern_set_aside *what)
{
    const char *name = reading->stream->name;
    struct page_reader page = {
        .reading = reading, .endpoint = reading->stream->data, .name = {name, strlen(name)}};
    if (is_container(page.endpoint, what->bytes)) {
        struct json_walk walk = json_walk_over(what->bytes);
        json_walk_space(&walk);
        return read_container(&page, &walk);
    }
    struct envelope envelope = envelope_read(what->bytes);
    if (envelope.state != ENVELOPE_NONE && envelope.meta.size && envelope.data.size) {
        postern_status status = read_data(&page, &envelope);
        if (status == POSTERN_OK) status = envelope_further(&envelope, reading, page.name);
        if (status < 0 || envelope.behind.size == 0) return status;
        return set_aside(reading, page.name, envelope.behind, "these bytes stand behind the end of the page");
    }
    if (!loose_is_json(what->bytes)) return set_aside(reading, page.name, what->bytes, "it is no JSON");
    const struct loose_records loose = {.reading = reading,
                                        .name = page.name,
                                        .member = look_for_time,
                                        .begin = begin_record,
                                        .record = emit_again,
                                        .context = &page};
    return loose_read(&loose, what->bytes);
}
