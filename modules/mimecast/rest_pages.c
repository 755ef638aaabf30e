#include "rest_pages.h"
#include "failures.h"
#include "link.h"
#include <stdio.h>

/* ---- Numbers ---- */

/* Digits at the front of the text; false if there are none, or too many for a page. */
static bool take_number(postern_text text, int64_t *number)
{
    size_t digits = 0;
    for (*number = 0; digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9'; digits++)
        *number = *number * 10 + (text.data[digits] - '0');
    return digits && digits < 10;
}

static postern_status turn_to_number(const struct reading *reading, int64_t number, postern_text behind,
                                     size_t records)
{
    struct kit_writer writer = kit_writer_in_arena(reading->instance->host, reading->call->arena);
    postern_text position = {NULL, 0};
    kit_write_integer(&writer, number);
    kit_write(&writer, behind);
    postern_status status = kit_written(&writer, &position, reading->error);
    return status < 0 ? status : page_turn_to(reading, position, records);
}

static postern_status end_pass(const struct reading *reading, size_t records)
{
    return page_turn_to(reading, (postern_text){NULL, 0}, records);
}

/* ---- What names the next page ---- */

/* One of these, in this order: the endpoints differ, and of some nobody has seen an answer. */
static const postern_json_value *find_next(const struct reading *reading, const struct envelope *envelope)
{
    const postern_json *json = reading->instance->json;
    const postern_host *host = reading->instance->host;
    const postern_json_value *meta = NULL;
    postern_error ignored = {.size = sizeof ignored};
    if (envelope->meta.size) json->parse(host, reading->call->arena, envelope->meta, &meta, &ignored);
    const postern_json_value *pagination = json->get(host, meta, KIT_TEXT("pagination"));
    const postern_json_value *places[] = {json->get(host, meta, KIT_TEXT("nextPage")),
                                          json->get(host, pagination, KIT_TEXT("next")),
                                          json->get(host, pagination, KIT_TEXT("nextPageToken")), NULL};
    if (envelope->next_page.size)
        json->parse(host, reading->call->arena, envelope->next_page, &places[3], &ignored);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (json->type(host, places[i]) != POSTERN_JSON_NULL) return places[i];
    return NULL;
}

/* False if it is named by something that is no text. */
static bool read_next(const struct reading *reading, const struct envelope *envelope, postern_text *next)
{
    const struct instance *instance = reading->instance;
    const postern_json_value *place = find_next(reading, envelope);
    *next = (postern_text){NULL, 0};
    return !place || instance->json->text(instance->host, reading->call->arena, place, next);
}

/* The value of a parameter in a link's query, as it is written there; empty if there is none. */
static postern_text parameter(postern_text link, const char *name)
{
    const char *end = kit_end(link), *at = link.size ? memchr(link.data, '?', link.size) : NULL;
    size_t size = strlen(name);
    while (at && at < end) {
        const char *from = at + 1, *stop = from;
        while (stop < end && *stop != '&' && *stop != '#')
            stop++;
        postern_text pair = kit_between(from, stop);
        if (pair.size > size && kit_starts_with(pair, name) && pair.data[size] == '=')
            return kit_span(pair.data + size + 1, pair.size - size - 1);
        at = stop < end && *stop == '&' ? stop : NULL;
    }
    return (postern_text){NULL, 0};
}

/* ---- By offset ---- */

postern_status rest_turn_by_offset(const struct reading *reading, const struct envelope *envelope,
                                   const struct envelope_meta *meta, size_t records)
{
    postern_text next;
    int64_t page = 0, named;
    (void)meta;
    if (!read_next(reading, envelope, &next))
        return failure_unreadable(reading, "what names the next page is no text");
    if (records == 0 || (next.size == 0 && records < REST_ROWS)) return end_pass(reading, records);
    take_number(reading->position, &page);
    /* Documented is a number of pages. Should it count rows, the link shows it. */
    bool counts_rows =
        take_number(parameter(next, "offset"), &named) && named == page + (int64_t)records && named > page;
    return turn_to_number(reading, counts_rows ? named : page + 1, KIT_TEXT(""), records);
}

/* ---- By cursor ---- */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, kit_lower(c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

static postern_status decode(const struct reading *reading, postern_text coded, postern_text *text)
{
    struct kit_writer writer = kit_writer_in_arena(reading->instance->host, reading->call->arena);
    for (size_t i = 0; i < coded.size; i++) {
        bool is_code = coded.data[i] == '%' && i + 2 < coded.size && hex_digit(coded.data[i + 1]) >= 0 &&
                       hex_digit(coded.data[i + 2]) >= 0;
        char byte = coded.data[i];
        if (is_code) byte = (char)(hex_digit(coded.data[i + 1]) * 16 + hex_digit(coded.data[i + 2]));
        if (is_code) i += 2;
        kit_write(&writer, kit_span(&byte, 1));
    }
    return kit_written(&writer, text, reading->error);
}

static bool is_link(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (link_separator(kit_span(text.data + i, text.size - i))) return true;
    return kit_starts_with(text, "/") || kit_starts_with(text, "?");
}

/* Of a link nothing but the token is taken: who answers does not say where our credentials go. */
static postern_status token_of(const struct reading *reading, postern_text next, postern_text *token)
{
    static const char *const names[] = {"pageToken", "nextPageToken", "nextPage", "token", "cursor"};
    *token = next;
    if (!is_link(next)) return POSTERN_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        postern_text coded = parameter(next, names[i]);
        if (coded.size) return decode(reading, coded, token);
    }
    return failure_unreadable(reading, "the link to the next page has no token");
}

static void warn_of_limit(const struct reading *reading)
{
    const struct instance *instance = reading->instance;
    char message[200];
    snprintf(
        message, sizeof message,
        "the endpoint brings %d records of one range at the most, and this one had as many: there may be "
        "more. Make slice of this source shorter",
        REST_MOST);
    instance->log->write(instance->host, POSTERN_LOG_WARNING, message);
}

postern_text rest_cursor(postern_text position)
{
    const char *blank = position.size ? memchr(position.data, ' ', position.size) : NULL;
    return blank ? kit_between(blank + 1, kit_end(position)) : position;
}

postern_status rest_turn_by_cursor(const struct reading *reading, const struct envelope *envelope,
                                   const struct envelope_meta *meta, size_t records)
{
    postern_text next, token = {NULL, 0};
    int64_t before = 0;
    (void)meta;
    if (!read_next(reading, envelope, &next))
        return failure_unreadable(reading, "the token of the next page is no text");
    take_number(reading->position, &before);
    int64_t all = before + (int64_t)records;
    if (next.size == 0 || records == 0) {
        if (all >= REST_MOST) warn_of_limit(reading);
        return end_pass(reading, records);
    }
    postern_status status = token_of(reading, next, &token);
    if (status < 0) return status;
    struct kit_writer writer = kit_writer_in_arena(reading->instance->host, reading->call->arena);
    kit_write_string(&writer, " ");
    kit_write(&writer, token);
    status = kit_written(&writer, &token, reading->error);
    return status < 0 ? status : turn_to_number(reading, all, token, records);
}
