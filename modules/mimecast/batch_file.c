#include "batch_file.h"
#include "archive.h"
#include "batch.h"
#include "event_time.h"
#include "loose.h"
#include "ndjson.h"
#include <stdio.h>

/* So often a file is asked for that its store refuses: with the waits between, half an hour. */
#define STORE_TRIES 15u

/* A file while it is read. */
struct batch_file {
    const struct reading *reading;
    const struct batch_log *log;
    postern_text name;
    const char *type;        /* of all its records; NULL = each says it, or it is the log's */
    bool of_lines_set_aside; /* they are numbered already */
    struct {
        const char *reason; /* NULL = the line before was good */
        char name[192];     /* of the first that is bad for that reason */
    } bad;
};

/* ---- Records ---- */

/* What a record's members say about it. */
struct batch_about {
    const struct batch_log *log;
    int64_t time_ms;
    const char *type;
    size_t rank; /* of the member that said the type; the lower counts */
};

static struct batch_about about_record(const struct batch_file *file)
{
    return (struct batch_about){.log = file->log, .rank = SIZE_MAX};
}

/* The name of the member with the type has changed over the years, and differs between the ways out of
 * Mimecast. */
static void look_at_member(void *context, postern_text key, postern_text value)
{
    static const char *const type_keys[] = {"type", "eventtype", "logtype", "mctype"};
    struct batch_about *about = context;
    if (kit_is(key, "timestamp")) about->time_ms = time_of_epoch_json(value);
    for (size_t i = 0; i < sizeof type_keys / sizeof *type_keys && i < about->rank; i++) {
        if (!text_may_be(key, type_keys[i]) || !kit_is_ignoring_case(key, type_keys[i])) continue;
        if (value.size < 2 || value.data[0] != '"') continue;
        const char *type = about->log->type_of(kit_span(value.data + 1, value.size - 2));
        if (!type) return;
        about->type = type;
        about->rank = i;
    }
}

static postern_status emit_record(const struct batch_file *file, const struct batch_about *about,
                                  postern_text json)
{
    const char *type = file->type ? file->type : about->type ? about->type : file->log->type;
    return emit(file->reading, type, about->time_ms, json);
}

/* ---- Records that do not stand one a line ---- */

struct loose_file {
    const struct batch_file *file;
    struct batch_about about;
};

static void begin_loose(void *context)
{
    struct loose_file *loose = context;
    loose->about = about_record(loose->file);
}

static void look_at_loose_member(void *context, postern_text key, postern_text value)
{
    look_at_member(&((struct loose_file *)context)->about, key, value);
}

static postern_status emit_loose(void *context, postern_text json)
{
    const struct loose_file *loose = context;
    return emit_record(loose->file, &loose->about, json);
}

static postern_status read_loose(const struct batch_file *file, postern_text text)
{
    struct loose_file context = {.file = file};
    const struct loose_records loose = {.reading = file->reading,
                                        .name = file->name,
                                        .member = look_at_loose_member,
                                        .begin = begin_loose,
                                        .record = emit_loose,
                                        .context = &context};
    return loose_read(&loose, text);
}

/* The list in [...] or {"value":[...]}; empty if the text begins with neither. */
static postern_text list_in(postern_text text)
{
    struct json_walk walk = json_walk_over(kit_trim(text_without_byte_order_mark(text)));
    postern_text key;
    if (walk.at < walk.end && *walk.at == '[') return kit_between(walk.at, walk.end);
    if (walk.at == walk.end || *walk.at++ != '{') return (postern_text){NULL, 0};
    if (!json_walk_key(&walk, &key) || !kit_is(key, "value")) return (postern_text){NULL, 0};
    json_walk_space(&walk);
    bool is_list = walk.at < walk.end && *walk.at == '[';
    return is_list ? kit_between(walk.at, walk.end) : (postern_text){NULL, 0};
}

/* ---- Lines ---- */

/* True if the whole line is objects, one behind the other: a line end was lost. */
static bool holds_several(postern_text line)
{
    struct json_walk walk = json_walk_over(line);
    for (;;) {
        json_walk_space(&walk);
        if (walk.at < walk.end && *walk.at == ',') walk.at++;
        json_walk_space(&walk);
        if (walk.at == walk.end) return true;
        if (*walk.at != '{' || !json_walk_value(&walk, NULL, NULL)) return false;
    }
}

static const char *why_bad(const struct json_walk *walk)
{
    switch (walk->fault) {
    case WALK_CUT:
        return "the line ends in the middle of a record";
    case WALK_DEEP:
        return "it is nested deeper than 128 levels";
    case WALK_FINE:
        return "it is no JSON object";
    case WALK_BROKEN:
        break;
    }
    return "it breaks the rules of JSON";
}

/* Lines in a row that are bad for one reason are kept as one, under the number of the first. */
static postern_text name_of_bad(struct batch_file *file, uint64_t number, const char *reason)
{
    enum { MOST = 120 };
    if (file->of_lines_set_aside) return file->name;
    if (file->bad.reason != reason)
        snprintf(file->bad.name, sizeof file->bad.name, "%.*s, line %llu",
                 file->name.size < MOST ? (int)file->name.size : MOST, file->name.data,
                 (unsigned long long)number);
    file->bad.reason = reason;
    return kit_text(file->bad.name);
}

static postern_status keep_bad_line(struct batch_file *file, postern_text line, uint64_t number,
                                    const struct json_walk *walk)
{
    const struct record record = {.text = line, .reason = why_bad(walk), .is_one = true};
    postern_text name = name_of_bad(file, number, record.reason);
    bool can_be_mended = walk->fault == WALK_CUT || walk->fault == WALK_BROKEN;
    return can_be_mended ? damaged_record(file->reading, name, &record)
                         : set_record_aside(file->reading, name, &record);
}

/* `is_cut`: the file ends in this line, and is kept as a whole for that. */
static postern_status read_line(struct batch_file *file, postern_text line, uint64_t number, bool is_cut)
{
    struct batch_about about = about_record(file);
    struct json_walk walk = json_walk_over(line);
    bool is_value = json_walk_value(&walk, look_at_member, &about);
    json_walk_space(&walk);
    bool is_one = is_value && walk.at == walk.end;
    bool several = is_value && !is_one && holds_several(line);
    if (several || (is_one && line.data[0] == '{')) {
        file->bad.reason = NULL;
        return several ? read_loose(file, line) : emit_record(file, &about, line);
    }
    if (is_value && !is_one) walk.fault = WALK_BROKEN;
    return is_cut ? POSTERN_OK : keep_bad_line(file, line, number, &walk);
}

static postern_status read_text(struct batch_file *file, postern_text text, bool is_cut)
{
    postern_text list = list_in(text), line;
    struct ndjson lines = ndjson_over(text);
    postern_status status = POSTERN_OK;
    bool ended;
    if (list.size) return read_loose(file, list);
    while (status >= 0 && ndjson_next(&lines, &line, &ended))
        status = read_line(file, line, lines.number, is_cut && !ended);
    return status;
}

/* ---- Files ---- */

static bool is_gzip(postern_text bytes)
{
    return kit_starts_with(bytes, "\x1f\x8b");
}

/* A checksum that fits says that all is as Mimecast wrote it: what is bad in it stays bad, and asking again
 * would only cost. */
static postern_status read_member(void *context, const postern_member *member)
{
    struct batch_file *file = context;
    struct reading sure = *file->reading;
    postern_status status = begin_part(file->reading, file->name, member->damage != NULL);
    if (status < 0) return status;
    sure.is_sure = !member->damage;
    struct batch_file inside = *file;
    inside.reading = &sure;
    status = read_text(&inside, member->data, member->damage != NULL);
    if (status < 0 || !member->damage) return status;
    return damaged(file->reading, file->name, member->archive, member->damage);
}

static int64_t announced_size(postern_text tag)
{
    int64_t size = 0;
    for (size_t i = 0; i < tag.size && i < 18; i++)
        size = size * 10 + (tag.data[i] - '0');
    return size;
}

/* Text has no checksum; that it was cut shows only in its size. */
static postern_status read_plain(struct batch_file *file, int64_t announced)
{
    postern_text body = file->reading->response->body;
    postern_status status = begin_part(file->reading, file->name, false);
    if (status == POSTERN_OK) status = read_text(file, body, false);
    if (status < 0 || announced <= (int64_t)body.size) return status;
    return damaged(file->reading, file->name, (postern_text){NULL, 0}, "it is shorter than Mimecast says");
}

static postern_text file_name(postern_text key)
{
    const char *name = key.data, *end = kit_end(key);
    for (const char *at = key.data; at + 1 < end; at++)
        if (*at == '/') name = at + 1;
    return name < end ? kit_between(name, end) : KIT_TEXT("file");
}

static bool is_web_page(postern_text body)
{
    enum { LOOKED_AT = 1024 };
    postern_text beginning = kit_span(body.data, body.size < LOOKED_AT ? body.size : LOOKED_AT);
    return kit_starts_with(kit_trim(text_without_byte_order_mark(beginning)), "<") &&
           (text_has_ignoring_case(beginning, "<html") ||
            text_has_ignoring_case(beginning, "<!doctype html"));
}

/* Stores answer with data or XML. What stands between us and them answers so to every file, and none of them
 * is to be stepped over for that. */
static postern_status wait_for_store(const struct reading *reading)
{
    return kit_fail(
        reading->error, POSTERN_E_RETRY,
        "let this machine through to the host that holds Mimecast's files (proxy, firewall); nothing "
        "is lost as long as Mimecast keeps them (7 days)",
        "a web page comes in the place of a file (HTTP %d): something between this machine and "
        "the file store answers",
        (int)reading->response->status);
}

/* True if a line may be a record, or there is none at all. */
static bool may_hold_records(postern_text body)
{
    struct ndjson lines = ndjson_over(body);
    postern_text line;
    bool any = false, ended;
    while (ndjson_next(&lines, &line, &ended)) {
        if (line.data[0] == '{' || line.data[0] == '[') return true;
        any = true;
    }
    return !any;
}

/* What answers so may answer so to every file for a while, so that one is given up late. */
static postern_status ask_for_long(const struct reading *reading, postern_text name, postern_text kept,
                                   const char *reason)
{
    int shown = name.size < 120 ? (int)name.size : 120;
    if (reading->call->attempt >= STORE_TRIES) return set_aside(reading, name, kept, reason);
    return kit_fail(reading->error, POSTERN_E_PROTOCOL,
                    "see whether a proxy or firewall answers in the place of the file store; otherwise show "
                    "Mimecast's support this message. The file is given up after about half an hour",
                    "the file \"%.*s\": %s (try %u of %u)", shown, name.data, reason, reading->call->attempt,
                    STORE_TRIES);
}

/* What a store writes beside a refusal is not kept: it may hold what the link was signed with. */
static postern_status refused_by_store(const struct reading *reading, postern_text name)
{
    char reason[80];
    snprintf(reason, sizeof reason, "its store answers %d, however new the link",
             (int)reading->response->status);
    return ask_for_long(reading, name, (postern_text){NULL, 0}, reason);
}

postern_status batch_read_file(const struct reading *reading)
{
    const postern_response *response = reading->response;
    struct batch_file file = {
        .reading = reading, .log = reading->stream->data, .name = file_name(response->download->key)};
    if (is_web_page(response->body)) return wait_for_store(reading);
    if (response->status != 200) return refused_by_store(reading, file.name);
    if (!is_gzip(response->body) && !may_hold_records(response->body))
        return ask_for_long(reading, file.name, response->body, "it is neither gzip nor lines of JSON");
    struct archive_walk walk = {.reading = reading, .member = read_member, .context = &file};
    return is_gzip(response->body) ? archive_read(&walk, POSTERN_UNPACK_GZIP, response->body)
                                   : read_plain(&file, announced_size(response->download->tag));
}

/* ---- What was set aside ---- */

/* What is whole in a damaged file became events when it was set aside. */
static postern_status read_member_again(void *context, const postern_member *member)
{
    struct batch_file *file = context;
    if (member->damage) return set_aside(file->reading, file->name, member->archive, member->damage);
    return read_text(file, member->data, false);
}

postern_status batch_read_set_aside(const struct reading *reading, const postern_set_aside *what)
{
    char type[64] = "";
    if (POSTERN_HAS(what, type) && what->type.size && what->type.size < sizeof type)
        memcpy(type, what->type.data, what->type.size);
    struct batch_file file = {.reading = reading,
                              .log = reading->stream->data,
                              .name = what->name,
                              .type = type[0] ? type : NULL,
                              .of_lines_set_aside = true};
    struct archive_walk walk = {.reading = reading, .member = read_member_again, .context = &file};
    if (is_gzip(what->bytes)) {
        file.of_lines_set_aside = false;
        return archive_read(&walk, POSTERN_UNPACK_GZIP, what->bytes);
    }
    if (kit_trim(what->bytes).size) return read_text(&file, what->bytes, false);
    return set_aside(reading, what->name, what->bytes, "nothing was kept of it");
}
