#include "commands/module_test/source_cases.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "commands/module_test/case_reading.h"
#include "commands/module_test/lookup_cases.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define ARENA_MOST   ((size_t)1 << 30)
#define HEADERS_MOST 32
#define ATTEMPT      1
#define SHOWN        200 /* bytes of a line that differs */

/* Two streams may have one name; their authentication tells them apart. */
static bool find_stream(const struct case_reading *reading, struct source_case *into)
{
    postern_text name = case_member(reading, reading->root, "stream"),
                 auth = case_member(reading, reading->root, "auth");
    const postern_stream *const *at = reading->subject->source->streams;
    while (*at && ((name.size && !text_is(name, (*at)->name)) || (auth.size && !text_is(auth, (*at)->auth))))
        at++;
    into->question.stream = *at;
    if (*at) return true;
    subject_fails(reading->subject, "%s/case.json names no stream of this source", into->folder);
    return false;
}

static void read_headers(const struct case_reading *reading, struct source_question *question)
{
    const struct json_node *object = json_get(reading->tape, reading->root, "headers");
    postern_pair *headers = arena_allocate(reading->arena, HEADERS_MOST * sizeof *headers);
    const struct json_node *at =
        json_type(object) == POSTERN_JSON_OBJECT ? json_first(reading->tape, object) : NULL;
    for (; headers && at && question->header_count < HEADERS_MOST; at = json_after(reading->tape, at)) {
        postern_text name = arena_copy(reading->arena, json_raw_key(reading->tape, at));
        headers[question->header_count++] = (postern_pair){name, case_text(reading, at)};
    }
    question->headers = headers;
}

static void read_download(const struct case_reading *reading, struct source_case *into)
{
    const struct json_node *object = json_get(reading->tape, reading->root, "download");
    if (json_type(object) != POSTERN_JSON_OBJECT) return;
    into->download = (postern_download){.size = sizeof into->download,
                                        .url = case_member(reading, object, "url"),
                                        .key = case_member(reading, object, "key"),
                                        .tag = case_member(reading, object, "tag")};
    into->question.download = &into->download;
}

static bool read_answer(postern_arena *arena, const char *folder, postern_text *body)
{
    bool found = false;
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && !found && (entry = readdir(directory));)
        if (strncmp(entry->d_name, "answer.", 7) == 0) found = case_file(arena, folder, entry->d_name, body);
    if (directory) closedir(directory);
    return found;
}

/* A case of another source or lookup of the module is left to that. */
static bool is_of_this_offer(const struct case_reading *reading)
{
    const struct suite_offer *offer = reading->subject->offer;
    postern_text source = case_member(reading, reading->root, "source"),
                 lookup = case_member(reading, reading->root, "lookup");
    if (offer->kind == OFFER_LOOKUP) return text_is(lookup, offer->name);
    return !lookup.size && (!source.size || text_is(source, offer->name));
}

static bool read_case(const struct case_reading *reading, struct source_case *into)
{
    struct subject *subject = reading->subject;
    struct source_question *question = &into->question;
    *question = (struct source_question){.pass = {.size = sizeof(postern_pass),
                                                  .from_ms = case_number(reading, "from", 0),
                                                  .until_ms = case_number(reading, "until", 0)},
                                         .position = case_member(reading, reading->root, "position").data,
                                         .attempt = (uint32_t)case_number(reading, "attempt", ATTEMPT),
                                         .now_ms = case_number(reading, "now", 1767225600000),
                                         .status = (int)case_number(reading, "status", 200)};
    bool is_lookup = subject->offer->kind == OFFER_LOOKUP;
    if (!(is_lookup ? lookup_case_read(reading, into) : find_stream(reading, into))) return false;
    read_headers(reading, question);
    read_download(reading, into);
    if (read_answer(reading->arena, into->folder, &question->body)) return true;
    return subject_fails(subject, "%s has no answer.* with the vendor's answer", into->folder), false;
}

/* A folder without a case.json is none of a case. */
static bool take_folder(struct subject *subject, struct source_cases *cases, const char *name)
{
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    struct case_reading reading = {.subject = subject, .arena = cases->arena, .tape = tape};
    postern_text folder = arena_printf(cases->arena, "%s/%s", subject->suite->fixtures, name), text;
    postern_error error = ERROR_INIT;
    if (!tape || !folder.size) return subject_fails(subject, "no memory for its cases"), false;
    _cleanup_(freep) char *file = path_join(folder.data, "case.json");
    if (!file || access(file, F_OK) < 0) return true;
    if (!case_file(cases->arena, folder.data, "case.json", &text))
        return subject_fails(subject, "%s cannot be read", file), false;
    if (json_parse(tape, text, &reading.root, &error) < 0)
        return subject_fails(subject, "%s: %s", file, error.message), false;
    if (!is_of_this_offer(&reading)) return true;
    struct source_case *into = &cases->items[cases->count++];
    *into = (struct source_case){.name = arena_copy(cases->arena, text_of(name)).data, .folder = folder.data};
    return read_case(&reading, into);
}

bool cases_load(struct subject *subject, struct source_cases *cases)
{
    struct dirent **entries = NULL;
    *cases = (struct source_cases){.arena = arena_new(ARENA_MOST)};
    if (cases->arena) cases->items = arena_allocate(cases->arena, CASES_MOST * sizeof *cases->items);
    if (!cases->items) return subject_fails(subject, "no memory for its cases"), false;
    if (!subject->suite->fixtures)
        return subject_skips(subject, "name a folder with recorded answers with --fixtures DIR"), false;
    int count = scandir(subject->suite->fixtures, &entries, NULL, alphasort);
    if (count < 0) return subject_fails(subject, "%s: %s", subject->suite->fixtures, strerror(errno)), false;
    bool good = true;
    for (int i = 0; i < count; i++) {
        if (good && entries[i]->d_name[0] != '.' && cases->count < CASES_MOST)
            good = take_folder(subject, cases, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (good && !cases->count) subject_skips(subject, "%s has no case of it", subject->suite->fixtures);
    return good && cases->count;
}

void cases_free(struct source_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++)
        lookup_case_free(&cases->items[i]);
    arena_free(cases->arena);
    *cases = (struct source_cases){0};
}

/* ---- What was expected ---- */

static bool record(struct subject *subject, const struct source_case *of, const char *file, postern_text text)
{
    _cleanup_(freep) char *path = path_join(of->folder, file);
    _cleanup_(closep) int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
    int reason = fd < 0 ? errno : file_write_all(fd, text.data, text.size);
    if (reason) subject_fails(subject, "%s/%s cannot be written: %s", of->folder, file, strerror(reason));
    return reason == 0;
}

/* The first line in which they differ. */
static bool say_difference(struct subject *subject, const struct source_case *of, const char *file,
                           postern_text expected, postern_text text)
{
    size_t at = 0, line = 1, begin = 0;
    while (at < expected.size && at < text.size && expected.data[at] == text.data[at])
        if (expected.data[at++] == '\n') line++, begin = at;
    postern_text lines[] = {expected, text};
    for (size_t i = 0; i < 2; i++) {
        if (lines[i].size) lines[i].data += begin; /* of nothing there is no place */
        lines[i].size -= begin;
        const char *end = lines[i].size ? memchr(lines[i].data, '\n', lines[i].size) : NULL;
        if (end) lines[i].size = (size_t)(end - lines[i].data);
        lines[i].size = text_cut(lines[i], SHOWN);
    }
    subject_fails(subject, "case %s: line %zu of %s is %.*s, and now %.*s", of->name, line, file,
                  (int)lines[0].size, lines[0].data, (int)lines[1].size, lines[1].data);
    return false;
}

bool case_compare(struct subject *subject, const struct source_case *of, const char *file, postern_text text)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(CASE_FILE_MOST);
    postern_text expected;
    if (!arena) return subject_fails(subject, "no memory for its cases"), false;
    if (case_file(arena, of->folder, file, &expected))
        return text_equal(expected, text) || say_difference(subject, of, file, expected, text);
    if (subject->suite->records) return record(subject, of, file, text);
    subject_fails(subject, "case %s has no %s: see what comes with --record, and whether it is right",
                  of->name, file);
    return false;
}
