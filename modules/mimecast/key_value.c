#include "key_value.h"
#include "json_walk.h"
#include "key_value_marks.h"

/* Whether a place lies in a text in front of it. */
enum suspicion { CANNOT, MAY, MUST };

/* Places where a text that can hold others begins, of keys that we know; NULL = none. */
struct texts {
    const char *wrapped; /* between backslashes */
    const char *plain;
};

/* Where a known key stands last in the line, and the last texts in front of it. */
struct last_place {
    const char *at;
    size_t count; /* of the key's places */
    struct texts texts;
    struct closing closing; /* the first one behind it, once it is asked for */
    bool closing_known;
};

/* A pair as it is read. */
struct field {
    postern_text key;
    const char *value;
    const char *end; /* NULL = it goes on to the next field */
    int known;
    bool wrapped; /* `end` is the backslash that ends it */
    bool closed;  /* JSON: nothing behind it is a part of it */
};

struct line_reader {
    const char *end;          /* of the line */
    const char *last_closing; /* the last backslash that can end a text */
    const char *closing_from; /* `closing` is the first one at or behind this */
    struct closing closing;
    unsigned broken_json;
    size_t count;
    struct last_place last[SIEM_KEYS_MAX];
    size_t field_of[SIEM_KEYS_MAX]; /* + 1 */
    bool in_doubt[SIEM_KEYS_MAX];   /* none of its places is a field */
    struct field fields[KEY_VALUE_PAIRS_MAX];
};

/* ---- Lines ---- */

bool key_value_line(postern_text *rest, postern_text *line, bool *ended)
{
    const char *at = rest->data, *end = kit_end(*rest);
    while (at < end && (*at == '\r' || *at == '\n'))
        at++;
    const char *start = at;
    while (at < end && *at != '\r' && *at != '\n')
        at++;
    *ended = at < end;
    *line = kit_between(start, at);
    *rest = kit_between(at, end);
    return start < end;
}

bool key_value_begins(postern_text line)
{
    struct mark mark;
    return mark_at(line.data, kit_end(line), &mark);
}

/* ---- Values ---- */

/* The end of whole JSON that begins at `at` and is all of a value; NULL if there is none. */
static const char *json_end(struct line_reader *reader, const char *at)
{
    enum { BROKEN_MAX = 8 }; /* each of them may be as long as the line */
    struct mark mark;
    if (at == reader->end || (*at != '{' && *at != '[') || reader->broken_json == BROKEN_MAX) return NULL;
    struct json_walk walk = json_walk_over(kit_between(at, reader->end));
    bool whole = json_walk_value(&walk, NULL, NULL);
    if (whole && (walk.at == reader->end || (*walk.at == '|' && mark_at(walk.at + 1, reader->end, &mark))))
        return walk.at;
    reader->broken_json++;
    return NULL;
}

/* Behind the quotes in which a display name or a local part stands; NULL if it stands in none. */
static const char *quoted_end(const char *at, const char *end)
{
    at = memchr(at + 1, '"', (size_t)(end - at - 1));
    if (!at || at + 1 == end) return at ? end : NULL;
    return memchr("@ <,|", at[1], 5) ? at + 1 : NULL;
}

/* Behind the brackets around a message id; NULL if another text begins in them. */
static const char *bracketed_end(const char *at, const char *end, const char *line_end)
{
    struct mark mark;
    const char *last = memchr(at, '>', (size_t)(end - at)), *behind = last ? last + 1 : NULL;
    if (!behind || (behind < line_end && *behind != '|')) return NULL;
    for (; mark_next(at, behind, &mark); at = mark.value)
        if (mark.opens || siem_key_author(mark.known) == AUTHOR_OUTSIDERS) return NULL;
    return behind;
}

/* Behind the part of an outsider's value that is one by its own signs; NULL if there is none. */
static const char *signed_end(const struct line_reader *reader, const struct mark *mark)
{
    const char *at = mark->value, *end = reader->end;
    if (siem_key_author(mark->known) == AUTHOR_MIMECAST || at == end) return NULL;
    if (end - at > LONGEST_ADDRESS) end = at + LONGEST_ADDRESS;
    if (*at == '"') return quoted_end(at, end);
    return *at == '<' ? bracketed_end(at, end, reader->end) : NULL;
}

/* From where on the next pair may begin: not inside JSON and quotes. */
static const char *behind_value(struct line_reader *reader, const struct mark *mark)
{
    const char *end = json_end(reader, mark->value);
    if (!end) end = signed_end(reader, mark);
    return end ? end : mark->value;
}

static struct closing closing_behind(struct line_reader *reader, const char *from)
{
    struct closing *closing = &reader->closing;
    if (!reader->closing_from || from < reader->closing_from || (closing->at && closing->at < from)) {
        *closing =
            from > reader->last_closing ? (struct closing){.at = NULL} : mark_closing(from, reader->end);
        reader->closing_from = from;
    }
    struct closing found = *closing;
    if (found.other && found.other <= from) found.other = NULL;
    if (found.known && found.known <= from) found.known = NULL;
    return found;
}

static enum suspicion wrapped_suspicion(struct closing closing)
{
    return !closing.at ? CANNOT : closing.known ? MAY : MUST;
}

/* Whether a field holds what stands behind `place`. */
static enum suspicion field_suspicion(struct line_reader *reader, const struct field *field,
                                      const char *place)
{
    if (field->closed) return CANNOT;
    if (field->wrapped) return wrapped_suspicion(closing_behind(reader, place));
    return mark_may_go_on(field->known, field->value, field->end ? field->end : place - 1) ? MAY : CANNOT;
}

/* ---- Where each key stands last ---- */

static void look_at_text(struct texts *texts, const struct mark *mark, const char *end)
{
    if (mark->known < 0) return;
    if (mark->opens)
        texts->wrapped = mark->at;
    else if (mark_may_go_on(mark->known, mark->value, end))
        texts->plain = mark->at;
}

static void find_last_places(struct line_reader *reader, struct mark mark)
{
    struct texts texts = {.wrapped = NULL};
    for (;;) {
        if (mark.known >= 0) {
            struct last_place *last = &reader->last[mark.known];
            *last = (struct last_place){.at = mark.at, .count = last->count + 1, .texts = texts};
        }
        struct mark next;
        if (!mark_next(behind_value(reader, &mark), reader->end, &next)) break;
        look_at_text(&texts, &mark, next.at - 1);
        mark = next;
    }
    reader->broken_json = 0;
}

/* Whether the last place of a key lies in a text that begins behind `place`. */
static enum suspicion last_suspicion(struct line_reader *reader, struct last_place *last, const char *place)
{
    enum suspicion suspicion = CANNOT;
    if (last->texts.plain && last->texts.plain > place) suspicion = MAY;
    if (!last->texts.wrapped || last->texts.wrapped <= place) return suspicion;
    if (!last->closing_known && last->at <= reader->last_closing)
        last->closing = mark_closing(last->at, reader->end);
    last->closing_known = true;
    enum suspicion wrapped = wrapped_suspicion(last->closing);
    return wrapped > suspicion ? wrapped : suspicion;
}

/* ---- Fields ---- */

/* Ends a wrapped text at the first closing at or behind `from`, or the last of those that nothing else
 * explains. */
static const char *close_text(struct line_reader *reader, struct field *field, const char *from)
{
    struct closing closing = closing_behind(reader, from);
    while (closing.at < reader->last_closing) {
        struct closing next = closing_behind(reader, closing.at + 1);
        if (!next.at || next.other) break;
        closing = next;
    }
    field->wrapped = true;
    field->end = closing.at;
    return closing.at + 1;
}

/* Returns from where on the next pair may begin. */
static const char *begin_field(struct line_reader *reader, const struct mark *mark)
{
    if (reader->count && !reader->fields[reader->count - 1].end)
        reader->fields[reader->count - 1].end = mark->at - 1;
    struct field *field = &reader->fields[reader->count++];
    *field = (struct field){.key = mark->key, .value = mark->value, .known = mark->known};
    if (mark->known >= 0) reader->field_of[mark->known] = reader->count;
    if (mark->opens && reader->last_closing > mark->value) return close_text(reader, field, mark->value + 1);
    const char *end = json_end(reader, mark->value);
    field->closed = end != NULL;
    if (!end) end = signed_end(reader, mark);
    return end ? end : mark->value;
}

/* The field from `first` on that holds, or may hold, what stands behind `place`; `count` if none can. In
 * doubt a wrapped one, the first of them; else the nearest. */
static size_t find_text(struct line_reader *reader, size_t first, const char *place,
                        enum suspicion *suspicion)
{
    size_t found = reader->count;
    bool wrapped = false;
    *suspicion = CANNOT;
    for (size_t i = first; i < reader->count; i++) {
        const struct field *field = &reader->fields[i];
        enum suspicion one = field_suspicion(reader, field, place);
        if (one == CANNOT || one < *suspicion || (one == MAY && wrapped)) continue;
        found = i;
        wrapped = field->wrapped;
        *suspicion = one;
    }
    return found;
}

/* Makes all from field `text` on to behind the place a part of that field. What was taken for a field there
 * is none further on either: it may have been one. */
static const char *take_into(struct line_reader *reader, size_t text, const char *place, const char *behind)
{
    while (reader->count > text + 1) {
        const struct field *field = &reader->fields[--reader->count];
        if (field->known < 0) continue;
        reader->field_of[field->known] = 0;
        reader->in_doubt[field->known] = true;
    }
    struct field *field = &reader->fields[text];
    if (field->wrapped) return close_text(reader, field, place);
    field->end = NULL;
    return behind;
}

/* Whatever stands between `from` and the place, and again behind it, is in doubt. */
static void doubt(struct line_reader *reader, const char *from, const char *place)
{
    struct mark mark;
    for (; mark_next(from, reader->end, &mark) && mark.at <= place; from = mark.value)
        if (mark.known >= 0) reader->in_doubt[mark.known] = true;
}

/* A known key that comes again further on. */
static const char *settle(struct line_reader *reader, const struct mark *mark)
{
    struct last_place *last = &reader->last[mark->known];
    enum suspicion here, there;
    size_t text = find_text(reader, 0, mark->at, &here);
    if (here == CANNOT) return begin_field(reader, mark);
    there = last_suspicion(reader, last, mark->at);
    /* Of three places two texts may have written the first and the last. */
    if (here == MAY && there == MUST && last->count == 2) return begin_field(reader, mark);
    const char *behind = behind_value(reader, mark);
    if (here == MUST || there == CANNOT) return take_into(reader, text, mark->at, behind);
    doubt(reader, reader->fields[text].value, last->at);
    bool holds_both = !reader->fields[text].wrapped || last->at <= reader->last_closing;
    return holds_both ? take_into(reader, text, last->at, last->at)
                      : take_into(reader, text, mark->at, behind);
}

/* A known key that a field has already. */
static const char *repeat(struct line_reader *reader, const struct mark *mark)
{
    size_t first = reader->field_of[mark->known] - 1;
    const char *behind = behind_value(reader, mark);
    enum suspicion suspicion;
    if (!reader->fields[first].wrapped) first++;
    size_t text = find_text(reader, first, mark->at, &suspicion);
    return text == reader->count ? behind : take_into(reader, text, mark->at, behind);
}

static bool is_same_key(postern_text a, postern_text b)
{
    bool same = a.size == b.size;
    for (size_t i = 0; same && i < a.size; i++)
        same = kit_lower(a.data[i]) == kit_lower(b.data[i]);
    return same;
}

/* A key that we do not know. */
static bool is_new_field(struct line_reader *reader, const struct mark *mark)
{
    const struct field *before = &reader->fields[reader->count - 1];
    if (!before->wrapped && !before->closed &&
        (siem_key_author(before->known) == AUTHOR_OUTSIDERS ||
         field_suspicion(reader, before, mark->at) != CANNOT))
        return false;
    for (size_t i = 0; i < reader->count; i++)
        if (reader->fields[i].known < 0 && is_same_key(reader->fields[i].key, mark->key)) return false;
    return true;
}

/* What stands at a place where a pair may begin: a field, or a part of one in front of it. */
static const char *read_mark(struct line_reader *reader, const struct mark *mark)
{
    if (reader->count == KEY_VALUE_PAIRS_MAX) return mark->value;
    if (mark->known < 0)
        return is_new_field(reader, mark) ? begin_field(reader, mark) : behind_value(reader, mark);
    if (reader->field_of[mark->known]) return repeat(reader, mark);
    if (reader->in_doubt[mark->known]) return behind_value(reader, mark);
    if (reader->last[mark->known].at > mark->at) return settle(reader, mark);
    return begin_field(reader, mark);
}

static bool read_line(struct line_reader *reader, postern_text line)
{
    struct mark mark;
    *reader = (struct line_reader){.end = kit_end(line)};
    if (!mark_at(line.data, reader->end, &mark)) return false;
    if (reader->end[-1] == '|') reader->end--; /* behind the last pair */
    reader->last_closing = mark_last_closing(mark.value, reader->end);
    find_last_places(reader, mark);
    const char *from = begin_field(reader, &mark);
    while (mark_next(from, reader->end, &mark))
        from = read_mark(reader, &mark);
    return true;
}

/* ---- The face ---- */

static void take_fields(const struct line_reader *reader, struct key_value *record)
{
    record->count = reader->count;
    for (size_t i = 0; i < reader->count; i++) {
        const struct field *field = &reader->fields[i];
        const char *end = i + 1 < reader->count ? field[1].key.data - 1 : reader->end;
        bool wrapped = field->wrapped && field->end + 1 == end; /* else what follows was no field after all */
        record->pairs[i] = (struct key_value_pair){
            field->key, wrapped ? kit_between(field->value + 1, field->end) : kit_between(field->value, end)};
    }
}

bool key_value_read(postern_text line, struct key_value *record)
{
    struct line_reader reader;
    if (!read_line(&reader, line)) return false;
    take_fields(&reader, record);
    return true;
}

bool key_value_is_cut(postern_text line)
{
    struct line_reader reader;
    if (!read_line(&reader, line)) return true;
    const struct field *last = &reader.fields[reader.count - 1];
    bool empty = last->value == reader.end;
    if (!empty && *last->value == '\\' && !last->wrapped) return true;
    if (!empty && *last->value == '{' && !last->closed) return true;
    return mark_is_cut(line);
}
