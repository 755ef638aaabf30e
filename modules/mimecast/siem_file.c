#include "siem_file.h"
#include "archive.h"
#include "event_time.h"
#include "key_value.h"
#include "loose.h"
#include "records.h"
#include "siem_type.h"

/* ---- Records ---- */

/* What a record's members say about it. */
struct about {
    int64_t time_ms;
    uint32_t hints;
    bool wants_hints;
};

static void look_at_member(void *context, postern_text key, postern_text value)
{
    struct about *about = context;
    if (about->wants_hints) siem_type_hint(&about->hints, key);
    if (kit_is_ignoring_case(key, "datetime")) about->time_ms = time_parse_json(value, false);
}

static struct about about_type(const char *type)
{
    return (struct about){.wants_hints = !type};
}

static postern_status emit_record(const struct reading *reading, const char *type, const struct about *about,
                                  postern_text json)
{
    return emit(reading, type ? type : siem_type_of_hints(about->hints), about->time_ms, json);
}

/* ---- JSON ---- */

/* What stands behind the list of records, to which `end` belongs. */
static postern_status read_behind(const struct reading *reading, postern_text name, struct envelope *envelope,
                                  const char *end)
{
    postern_text rest;
    if (envelope_read_behind_data(envelope, end, &rest)) return POSTERN_OK;
    return damaged(reading, name, rest, "the file breaks off behind its list of records");
}

/* `salvaging`: of a damaged member, of which all that was packed is set aside anyway. */
static postern_status read_records(const struct reading *reading, postern_text name,
                                   struct envelope *envelope, bool salvaging)
{
    struct record_list list = records_over(envelope->data);
    const char *type = siem_type_of_name(name);
    for (;;) {
        struct record record;
        struct about about = about_type(type);
        postern_status status = POSTERN_OK;
        switch (records_next(&list, &record, look_at_member, &about)) {
        case RECORD:
            status = emit_record(reading, type, &about, record.text);
            break;
        case RECORD_STRANGE:
            status = set_record_aside(reading, name, &record);
            break;
        case RECORD_BROKEN:
            status = damaged_record(reading, name, &record);
            break;
        case RECORDS_LOST:
            return salvaging ? POSTERN_OK : damaged(reading, name, record.text, record.reason);
        case RECORDS_END:
            return salvaging ? POSTERN_OK : read_behind(reading, name, envelope, list.walk.at);
        }
        if (status < 0) return status;
    }
}

postern_status siem_read_json(const struct reading *reading, postern_text name, postern_text text,
                              struct envelope *envelope, const char *damage, postern_text packed)
{
    postern_status status = POSTERN_OK;
    if (envelope->data.size && envelope->data.data[0] == '[')
        status = read_records(reading, name, envelope, damage != NULL);
    else if (!damage && envelope->state == ENVELOPE_DAMAGED)
        status = damaged(reading, name, text, "the file ends before its first record");
    else if (!damage)
        status = damaged(reading, name, text, "the file has no list of records");
    if (status == POSTERN_OK && !damage) status = envelope_further(envelope, reading, name);
    if (status < 0 || !damage) {
        if (status < 0 || envelope->behind.size == 0) return status;
        return set_aside(reading, name, envelope->behind, "these bytes stand behind the end of the file");
    }
    return damaged(reading, name, packed, damage);
}

/* ---- key_value ---- */

/* One line as a JSON object; all values are texts. False if it is no line of pairs. */
static bool line_to_json(postern_text line, struct kit_writer *writer, struct about *about)
{
    struct key_value record;
    if (!key_value_read(line, &record)) return false;
    for (size_t i = 0; i < record.count; i++) {
        const struct key_value_pair *pair = &record.pairs[i];
        if (about->wants_hints) siem_type_hint(&about->hints, pair->key);
        if (kit_is_ignoring_case(pair->key, "datetime")) about->time_ms = time_parse(pair->value, false);
        kit_write_string(writer, i ? "," : "{");
        kit_write_json_string(writer, pair->key);
        kit_write_string(writer, ":");
        kit_write_json_string(writer, pair->value);
    }
    kit_write_string(writer, "}");
    return true;
}

/* Lines in a row that cannot be read; they are kept as one. */
struct bad_lines {
    const char *from, *end;
};

static postern_status keep_bad_lines(const struct reading *reading, postern_text name, struct bad_lines *bad)
{
    if (!bad->from) return POSTERN_OK;
    postern_text lines = kit_between(bad->from, bad->end);
    bad->from = NULL;
    return damaged(reading, name, lines, "these lines are not of the form key=value|key=value");
}

static postern_status read_lines(const struct reading *reading, postern_text name, postern_text text,
                                 bool salvaging)
{
    const char *type = siem_type_of_name(name);
    text = text_without_byte_order_mark(text);
    struct bad_lines bad = {NULL, NULL};
    struct kit_writer writer = kit_writer_in_arena(reading->instance->host, reading->call->arena);
    postern_text line;
    bool ended;
    while (key_value_line(&text, &line, &ended)) {
        struct about about = about_type(type);
        writer.size = 0;
        bool cut = !ended && (salvaging || key_value_is_cut(line));
        bool good = !cut && line_to_json(line, &writer, &about), too_long = writer.failed;
        writer.failed = false;
        if (!good && !too_long) {
            if (!bad.from) bad.from = line.data;
            bad.end = kit_end(line);
            continue;
        }
        postern_status status = keep_bad_lines(reading, name, &bad);
        if (status == POSTERN_OK && too_long)
            status = set_record_aside(reading, name,
                                      &(struct record){line, "the line is too long to be read", true});
        else if (status == POSTERN_OK)
            status = emit_record(reading, type, &about, (postern_text){writer.data, writer.size});
        if (status < 0) return status;
    }
    return salvaging ? POSTERN_OK : keep_bad_lines(reading, name, &bad);
}

bool siem_is_key_value(postern_text text)
{
    postern_text line;
    bool ended;
    text = text_without_byte_order_mark(text);
    if (!key_value_line(&text, &line, &ended)) return false;
    return key_value_begins(line);
}

/* Two pairs and nothing else: more than chance. */
static bool is_record(postern_text line)
{
    struct key_value record;
    return key_value_read(line, &record) && record.count > 1;
}

bool siem_holds_key_value(postern_text text)
{
    if (siem_is_key_value(text)) return true;
    postern_text line;
    bool ended;
    while (key_value_line(&text, &line, &ended))
        if (is_record(line)) return true;
    return false;
}

/* ---- Files ---- */

postern_status siem_read_file(const struct reading *reading, postern_text name, postern_text text,
                              const char *damage, postern_text packed)
{
    struct envelope envelope = envelope_read(text);
    if (envelope.state != ENVELOPE_NONE)
        return siem_read_json(reading, name, text, &envelope, damage, packed);
    bool has_lines = siem_holds_key_value(text);
    postern_status status = POSTERN_OK;
    if (has_lines) status = read_lines(reading, name, text, damage != NULL);
    if (status < 0) return status;
    if (damage) return damaged(reading, name, packed, damage);
    if (has_lines || kit_trim(text).size == 0) return POSTERN_OK;
    return damaged(reading, name, text, "it is neither JSON nor lines of key=value");
}

/* ---- Zip ---- */

bool siem_is_zip(postern_text body)
{
    return kit_starts_with(body, "PK\3\4") || kit_starts_with(body, "PK\5\6");
}

static postern_status read_member(void *context, const postern_member *member)
{
    const struct reading *reading = context;
    postern_text name = member->name.size ? member->name : KIT_TEXT("zip archive");
    postern_status status = begin_part(reading, member->name, member->damage != NULL);
    if (status < 0) return status;
    return siem_read_file(reading, name, member->data, member->damage, member->archive);
}

postern_status siem_read_zip(const struct reading *reading, bool *unreadable, bool *empty)
{
    struct reading context = *reading;
    struct archive_walk walk = {.reading = reading, .member = read_member, .context = &context};
    postern_status status = archive_read(&walk, POSTERN_UNPACK_ZIP, reading->response->body);
    *unreadable = walk.unreadable;
    *empty = walk.empty;
    return status;
}

/* ---- What was set aside -------------------------------------------------------------------------- */

/* What is whole in a damaged member became events when it was set aside. */
static postern_status read_member_again(void *context, const postern_member *member)
{
    const struct reading *reading = context;
    if (!member->damage) return read_member(context, member);
    /* Between two members, or where the archive's directory is missed, stands nothing. */
    if (kit_trim(member->archive).size == 0) return POSTERN_OK;
    postern_text name = member->name.size ? member->name : KIT_TEXT("zip archive");
    return set_aside(reading, name, member->archive, member->damage);
}

struct again {
    const struct reading *reading;
    const char *type; /* NULL = by each record's members */
    struct about about;
};

static void begin_record(void *context)
{
    struct again *again = context;
    again->about = about_type(again->type);
}

static void look_at_member_again(void *context, postern_text key, postern_text value)
{
    look_at_member(&((struct again *)context)->about, key, value);
}

static postern_status emit_again(void *context, postern_text json)
{
    const struct again *again = context;
    return emit_record(again->reading, again->type, &again->about, json);
}

static postern_status read_records_again(const struct reading *reading, const postern_set_aside *what,
                                         postern_text type)
{
    char text[64];
    struct again again = {.reading = reading, .type = siem_type_of_name(what->name)};
    if (type.size && type.size < sizeof text) {
        memcpy(text, type.data, type.size);
        text[type.size] = 0;
        again.type = text;
    }
    const struct loose_records loose = {.reading = reading,
                                        .name = what->name,
                                        .member = look_at_member_again,
                                        .begin = begin_record,
                                        .record = emit_again,
                                        .context = &again};
    return loose_read(&loose, what->bytes);
}

static bool is_file(const struct envelope *envelope)
{
    return envelope->state != ENVELOPE_NONE &&
           (kit_is(envelope->type, "\"MTA\"") || kit_starts_with(envelope->data, "["));
}

postern_status siem_read_set_aside(const struct reading *reading, const postern_set_aside *what)
{
    struct reading context = *reading;
    struct archive_walk walk = {.reading = reading, .member = read_member_again, .context = &context};
    postern_text type = POSTERN_HAS(what, type) ? what->type : (postern_text){NULL, 0};
    if (siem_is_zip(what->bytes)) {
        postern_status status = archive_read(&walk, POSTERN_UNPACK_ZIP, what->bytes);
        if (!walk.unreadable) return status;
        return set_aside(reading, what->name, what->bytes, "it is no whole file of an archive");
    }
    struct envelope envelope = envelope_read(what->bytes);
    if (!type.size && is_file(&envelope))
        return siem_read_json(reading, what->name, what->bytes, &envelope, NULL, (postern_text){NULL, 0});
    if (loose_is_json(what->bytes)) return read_records_again(reading, what, type);
    if (siem_holds_key_value(what->bytes)) return read_lines(reading, what->name, what->bytes, false);
    return set_aside(reading, what->name, what->bytes, "it is neither JSON nor lines of key=value");
}
