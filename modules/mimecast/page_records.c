#include "page_records.h"
#include "event_time.h"
#include "json_outline.h"
#include "loose.h"
#include "records.h"

/* ---- What is read of a record ---- */

static bool is_one_of(const char *const *names, postern_text key)
{
    for (; names && *names; names++)
        if (kit_is(key, *names)) return true;
    return false;
}

/* A text as written between its quotes, anything else as written. */
static postern_text bare(postern_text value)
{
    bool quoted = value.size >= 2 && value.data[0] == '"';
    return quoted ? kit_span(value.data + 1, value.size - 2) : value;
}

/* Of a field that may be anything: a number of another kind is no time of this century. */
static int64_t time_of_any(postern_text value)
{
    static const int64_t least_ms = 1000000000000; /* September 2001 */
    int64_t time_ms = time_of_epoch_json(value);
    return time_ms >= least_ms ? time_ms : 0;
}

static void take_time(struct page_reader *page, size_t rank, postern_text value)
{
    int64_t time_ms = time_parse_json(value, true);
    if (!time_ms && page->shape->is_unverified) time_ms = time_of_any(value);
    if (!time_ms || rank >= page->time_rank) return;
    page->time_ms = time_ms;
    page->time_rank = rank;
}

/* Looks for a time inside another field. */
struct inner_time {
    struct page_reader *page;
    const char *name;
    size_t rank;
};

static void look_inside(void *context, postern_text key, postern_text value)
{
    const struct inner_time *inner = context;
    if (kit_is(key, inner->name)) take_time(inner->page, inner->rank, value);
}

static void look_at_member(void *context, postern_text key, postern_text value)
{
    struct page_reader *page = context;
    const struct page_shape *shape = page->shape;
    size_t rank = 0;
    for (; shape->times[rank]; rank++) {
        const char *name = shape->times[rank];
        if (key.size == 0 || key.data[0] != name[0]) continue; /* nearly always */
        const char *dot = strchr(name, '.');
        if (!dot && kit_is(key, name)) take_time(page, rank, value);
        if (!dot || !kit_equal(key, kit_between(name, dot))) continue;
        struct inner_time inner = {page, dot + 1, rank};
        struct json_walk walk = json_walk_over(value);
        json_walk_value(&walk, look_inside, &inner);
    }
    if (shape->is_unverified) take_time(page, rank, value);
    if (shape->type && kit_is(key, shape->type)) page->type = bare(value);
    if (shape->key && kit_is(key, shape->key)) page->key = bare(value);
}

static void begin_record(void *context)
{
    struct page_reader *page = context;
    page->time_ms = 0;
    page->time_rank = SIZE_MAX;
    page->type = kit_text(page->reading->stream->name);
    page->key = (postern_text){NULL, 0};
    if (page->shape->type) page->type = (postern_text){NULL, 0};
}

static postern_status emit_record(void *context, postern_text json)
{
    const struct page_reader *page = context;
    postern_event event = {
        .size = sizeof event, .time_ms = page->time_ms, .type = page->type, .json = json, .id = page->key};
    return page->reading->answer->event(page->reading->answer, &event);
}

/* ---- Lists ---- */

static bool next_is(struct json_walk *walk, char c)
{
    json_walk_space(walk);
    return walk->at < walk->end && *walk->at == c;
}

static bool list_begins_with(postern_text list, char c)
{
    struct json_walk walk = json_walk_over(list);
    walk.at++;
    return next_is(&walk, c);
}

/* The rest of the page cannot be told apart. */
static postern_status lose_rest(struct page_reader *page, postern_text rest, const char *reason)
{
    page->lost = true;
    return page->is_salvaging ? POSTERN_OK : damaged(page->reading, page->name, rest, reason);
}

/* Reads the list that begins at `walk`, and moves behind it. */
static postern_status read_records(struct page_reader *page, struct json_walk *walk)
{
    struct record_list list = records_over(kit_between(walk->at, walk->end));
    for (;;) {
        struct record record;
        postern_status status = POSTERN_OK;
        begin_record(page);
        enum record_kind kind = records_next(&list, &record, look_at_member, page);
        walk->at = list.walk.at;
        if (kind == RECORDS_END) return POSTERN_OK;
        page->records++;
        if (kind == RECORDS_LOST) return lose_rest(page, record.text, record.reason);
        if (kind == RECORD) status = emit_record(page, record.text);
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

/* ---- Records one level deeper ---- */

/* What lists an object has. */
struct list_search {
    const struct page_shape *shape;
    postern_text found; /* name of the list of records, as far as it is certain */
    size_t others;      /* further lists of objects */
    postern_text other;
};

static void look_for_list(void *context, postern_text key, postern_text value)
{
    struct list_search *search = context;
    if (!kit_starts_with(value, "[")) return;
    if (is_one_of(search->shape->lists, key))
        search->found = key;
    else if (list_begins_with(value, '{'))
        search->others++, search->other = key;
}

/* What stands beside a list of records has no time; a record has one, and perhaps a list of recipients. */
static bool is_record_itself(struct page_reader *page, const struct list_search *search, postern_text object)
{
    struct json_walk walk = json_walk_over(object);
    begin_record(page);
    return !search->found.data && json_walk_value(&walk, look_at_member, page) && page->time_ms;
}

/* Reads an object of an endpoint that nobody has described, if it is a record itself; else its records may
 * lie under `*list`. */
static bool read_unverified(struct page_reader *page, struct json_walk *walk, postern_text *list,
                            postern_status *status)
{
    const char *start = walk->at;
    struct list_search search = {.shape = page->shape};
    struct json_walk ahead = *walk;
    if (!page->shape->is_unverified || !json_walk_value(&ahead, look_for_list, &search)) return false;
    postern_text object = kit_between(start, ahead.at);
    if (!is_record_itself(page, &search, object)) {
        *list = search.found.data ? search.found : search.others == 1 ? search.other : *list;
        return false;
    }
    walk->at = ahead.at;
    page->records++;
    *status = emit_record(page, object);
    return true;
}

/* What was seen of an object that holds the records. */
struct container {
    postern_text list; /* its name; empty: any of the shape's */
    bool has_list, has_other_list, has_strange_list, has_text;
};

static postern_status read_member(struct page_reader *page, struct json_walk *walk, postern_text key,
                                  struct container *container)
{
    bool is_list = next_is(walk, '[');
    bool is_named =
        container->list.size ? kit_equal(key, container->list) : is_one_of(page->shape->lists, key);
    const char *value = walk->at;
    if (is_list && is_named) {
        container->has_list = true;
        return read_records(page, walk);
    }
    if (!json_walk_value(walk, NULL, NULL)) return step_over(page, walk, value);
    postern_text text = kit_between(value, walk->at);
    container->has_text |= kit_starts_with(text, "\"");
    container->has_other_list |= is_list && !list_begins_with(text, ']');
    container->has_strange_list |= is_named && !kit_is(text, "null");
    return POSTERN_OK;
}

static postern_status end_container(struct page_reader *page, const struct container *container,
                                    postern_text text)
{
    /* Where records are bad, or nobody knows what they look like, it may be one. */
    bool may_be_record = !page->is_sound || (page->shape->is_unverified && container->has_text);
    bool harmless = !container->has_other_list && !may_be_record;
    if (!container->has_strange_list && (container->has_list || harmless)) return POSTERN_OK;
    page->records++;
    if (container->has_strange_list)
        return damaged(page->reading, page->name, text, "its list of records is none");
    return set_aside(page->reading, page->name, text,
                     container->has_other_list ? "it holds a list, but not the expected one"
                                               : "it stands where a list of records is expected");
}

/* Reads one of the objects in the list: {"clickLogs":[...],"resultCount":2}. */
static postern_status read_container(struct page_reader *page, struct json_walk *walk)
{
    const char *start = walk->at;
    struct container container = {.has_list = false};
    postern_status status = POSTERN_OK;
    if (read_unverified(page, walk, &container.list, &status)) return status;
    walk->at++;
    while (!next_is(walk, '}')) {
        postern_text key;
        if (!json_walk_key(walk, &key))
            return lose_rest(page, kit_between(start, walk->end), "the page breaks off");
        status = read_member(page, walk, key, &container);
        if (status < 0 || page->lost) return status;
        if (next_is(walk, ','))
            walk->at++;
        else if (!next_is(walk, '}'))
            return lose_rest(page, kit_between(start, walk->end), "the page breaks off");
    }
    walk->at++;
    return end_container(page, &container, kit_between(start, walk->at));
}

/* Reads the list of the endpoints whose records lie one level deeper. */
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

/* ---- The page ---- */

struct page_reader page_reader_of(const struct reading *reading, const struct page_shape *shape,
                                  postern_text name)
{
    return (struct page_reader){.reading = reading, .shape = shape, .name = name};
}

struct envelope page_envelope(const struct page_shape *shape, postern_text text)
{
    return shape->tops ? envelope_read_with(text, shape->tops) : envelope_read(text);
}

postern_status page_read_list(struct page_reader *page, struct envelope *envelope)
{
    struct json_walk walk = json_walk_over(envelope->data);
    postern_status status;
    postern_text rest;
    page->is_sound = envelope->data_is_sound;
    if (next_is(&walk, '[')) {
        status = page->shape->lists ? read_containers(page, &walk) : read_records(page, &walk);
        if (status < 0 || page->lost || envelope_read_behind_data(envelope, walk.at, &rest)) return status;
        return lose_rest(page, rest, "the page breaks off");
    }
    if (envelope->data.size == 0 || kit_starts_with(envelope->data, "null")) return POSTERN_OK;
    page->records++;
    return damaged(page->reading, page->name, envelope->data, "\"data\" is no list");
}

/* ---- What was set aside ---- */

bool page_is_container(const struct page_reader *page, postern_text text)
{
    struct list_search search = {.shape = page->shape};
    struct json_walk walk = json_walk_over(text);
    if (!page->shape->lists || !next_is(&walk, '{') || !json_walk_value(&walk, look_for_list, &search))
        return false;
    json_walk_space(&walk);
    return search.found.data && walk.at == walk.end;
}

postern_status page_read_container(struct page_reader *page, postern_text text)
{
    struct json_walk walk = json_walk_over(text);
    json_walk_space(&walk);
    return read_container(page, &walk);
}

postern_status page_read_loose(struct page_reader *page, postern_text text)
{
    const struct loose_records loose = {.reading = page->reading,
                                        .name = page->name,
                                        .member = look_at_member,
                                        .begin = begin_record,
                                        .record = emit_record,
                                        .context = page};
    return loose_read(&loose, text);
}
