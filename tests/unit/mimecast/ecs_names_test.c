/* One name for each thing from the module to the packaged mapping and its tests: log types, sources, streams.
 */
#include "../patient_limits.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "batch.h"
#include "script/script.h"
#include "siem_type.h"
#include "sources.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka needs the headers above
#include <cmocka.h>

#define SCRIPTS TEST_SOURCE_DIR "/scripts"

/* Gives as an event what the files say: the names of log_types.lua, and source, stream and type of all tests.
 */
static const char gather[] =
    "local types, tests = postern.list {}, postern.list {}\n"
    "for name in pairs(postern.script 'ecs/log_types') do types[#types + 1] = name end\n"
    "for _, file in ipairs { 'siem', 'siem_api2', 'siem_ci', 'audit', 'ttp_url', 'ttp_attachment',\n"
    "    'ttp_impersonation', 'dlp', 'held_release', 'rejections', 'hold_queue', 'archive_search',\n"
    "    'archive_view', 'remediation', 'threat_intel', 'reported_emails', 'threat_events' } do\n"
    "  for _, test in ipairs(postern.script('ecs/' .. file .. '_test')) do\n"
    "    tests[#tests + 1] = { source = test.ctx.source, stream = test.ctx.stream, type = test.ctx.type }\n"
    "  end\n"
    "end\n"
    "return function() return { types = types, tests = tests } end\n";

struct mapping {
    struct script_set *set;
    struct script_runner *runner;
    struct json_tape *tape;
};

static void mapping_open(struct mapping *mapping, const char *path)
{
    postern_error error = ERROR_INIT;
    *mapping = (struct mapping){.tape = json_tape_new()};
    if (script_set_load(&path, &path, 1, SCRIPTS, patiently(), &mapping->set, &error) < 0)
        fail_msg("%s", error.message);
    mapping->runner = script_runner_new(mapping->set, &error);
    assert_non_null(mapping->runner);
}

static void mapping_close(struct mapping *mapping)
{
    script_runner_free(mapping->runner);
    script_set_release(mapping->set);
    json_tape_free(mapping->tape);
}

static const struct json_node *map_event(struct mapping *mapping, const char *source, const char *stream,
                                         const char *type)
{
    struct script_event event = {.json = TEXT("{}"),
                                 .account = TEXT("acme"),
                                 .source = text_of(source),
                                 .stream = text_of(stream),
                                 .type = text_of(type),
                                 .id = TEXT("00112233445566778899aabbccddeeff"),
                                 .pipeline = "default",
                                 .received_ms = 1767225900000};
    struct script_result result = {0};
    const struct json_node *root = NULL;
    script_runner_reset(mapping->runner);
    script_run(mapping->runner, &event, &result);
    if (result.verdict != SCRIPT_KEPT || result.output_count != 1)
        fail_msg("%s %s: %s", source, type, result.error.message);
    assert_int_equal(json_parse(mapping->tape, result.outputs[0].text, &root, NULL), POSTERN_OK);
    return root;
}

static bool has_text(const struct mapping *mapping, const struct json_node *object, const char *name,
                     const char *text)
{
    postern_text raw = json_raw(mapping->tape, json_get(mapping->tape, object, name));
    return raw.size == strlen(text) + 2 && memcmp(raw.data + 1, text, strlen(text)) == 0;
}

static bool is_siem_type(postern_text name)
{
    for (const char *const *at = siem_types; *at; at++)
        if (text_is(name, *at)) return true;
    return false;
}

static postern_text inside(postern_text raw)
{
    return raw.size >= 2 ? (postern_text){raw.data + 1, raw.size - 2} : raw;
}

/* Which types the events of a stream may have. */
static bool is_type_of(const postern_source *source, const postern_stream *stream, postern_text type)
{
    if (source == &siem_source) return !type.size || is_siem_type(type);
    if (strcmp(source->name, "siem-ci") == 0) return text_is(type, stream->name + strlen("siem-"));
    if (strcmp(source->name, "threat-intel") == 0) return true; /* what STIX calls the object */
    if (stream->kind == POSTERN_STREAM_SNAPSHOT && text_is(type, stream->left_type)) return true;
    return text_is(type, source->name);
}

/* Of a test's ctx: that the module gives such events. */
static void check_test(const struct mapping *said, const struct json_node *test)
{
    const struct json_node *type_node = json_get(said->tape, test, "type");
    postern_text type = type_node ? inside(json_raw(said->tape, type_node)) : (postern_text){0};
    for (const postern_source *const *source = postern_module_entry.sources; *source; source++) {
        if (!has_text(said, test, "source", (*source)->name)) continue;
        for (const postern_stream *const *stream = (*source)->streams; *stream; stream++)
            if (has_text(said, test, "stream", (*stream)->name) && is_type_of(*source, *stream, type)) return;
    }
    fail_msg("a test of scripts/ecs is of %.*s, and the module gives no such events",
             TEXT_ARGS(json_raw(said->tape, test)));
}

static void names_of_the_files(void **state)
{
    (void)state;
    char directory[] = "/tmp/postern-names-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/gather.lua", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(gather, file);
    fclose(file);
    struct mapping said;
    mapping_open(&said, path);
    const struct json_node *root = map_event(&said, "siem", "siem", "");
    const struct json_node *types = json_get(said.tape, root, "types");
    size_t count = 0, tests = 0;
    while (siem_types[count])
        count++;
    for (const struct json_node *at = json_first(said.tape, types); at; at = json_after(said.tape, at))
        if (!is_siem_type(inside(json_raw(said.tape, at))))
            fail_msg("scripts/ecs/log_types.lua names %.*s, and the module has no such type",
                     TEXT_ARGS(json_raw(said.tape, at)));
    assert_int_equal(json_count(said.tape, types), count);
    const struct json_node *first = json_first(said.tape, json_get(said.tape, root, "tests"));
    for (const struct json_node *at = first; at; at = json_after(said.tape, at), tests++)
        check_test(&said, at);
    assert_true(tests >= 60);
    mapping_close(&said);
    unlink(path);
    rmdir(directory);
}

/* Each source has a map of its own, whatever the stream: the streams of siem are one dataset. */
static void every_source_has_its_map(void **state)
{
    (void)state;
    struct mapping ecs;
    char seen[1024] = "\"mimecast.other\"";
    mapping_open(&ecs, SCRIPTS "/ecs.lua");
    for (const postern_source *const *source = postern_module_entry.sources; *source; source++) {
        char before[64] = "";
        for (const postern_stream *const *stream = (*source)->streams; *stream; stream++) {
            const char *type = *source == &siem_source ? "" : (*source)->name;
            const struct json_node *root = map_event(&ecs, (*source)->name, (*stream)->name, type);
            postern_text dataset =
                json_raw(ecs.tape, json_get(ecs.tape, json_get(ecs.tape, root, "event"), "dataset"));
            char text[64];
            text_to_string(dataset, text, sizeof text);
            if (strcmp(text, before) != 0 && strstr(seen, text))
                fail_msg("stream %s: dataset %s is another's", (*stream)->name, text);
            if (!strstr(seen, text)) strcat(seen, text);
            memcpy(before, text, sizeof before);
        }
    }
    mapping_close(&ecs);
}

/* Each type of the module becomes what dashboards know, and so do the other names of it. */
static void every_type_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *type, *names[8];
    } rows[] = {
        {"receipt", {"receipt", "email_receipt", "Receipt"}},
        {"process", {"process", "email_process"}},
        {"delivery", {"delivery", "email_delivery"}},
        {"jrnl", {"jrnl", "journal", "email_journal"}},
        {"avlog", {"av", "email_antivirus"}},
        {"spam", {"spam", "email_spam"}},
        {"url-protect", {"ttp-url", "ttp_url", "url protect", "email_ttp_url", "url-protect"}},
        {"attachment-protect", {"ttp-attachment", "ttp_ap", "attachment protect", "email_ttp_ap"}},
        {"impersonation-protect", {"impersonation", "impersonation protect", "email_ttp_impersonation"}},
        {"internal-email-protect", {"iep", "internal email protect", "email_iep"}},
        {"brand-new", {"brand new"}},
    };
    struct mapping ecs;
    size_t of_the_module = 0;
    mapping_open(&ecs, SCRIPTS "/ecs.lua");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (const char *const *name = rows[i].names; *name; name++) {
            const struct json_node *root = map_event(&ecs, "siem", "siem", *name);
            if (!has_text(&ecs, json_get(ecs.tape, root, "mimecast"), "log_type", rows[i].type))
                fail_msg("%s is not %s", *name, rows[i].type);
            of_the_module += name == rows[i].names && is_siem_type(text_of(*name));
        }
    for (const char *const *name = siem_types; *name; name++)
        assert_true(of_the_module-- > 0);
    assert_int_equal(of_the_module, 0);
    mapping_close(&ecs);
}

/* Over API 2.0 there is a stream for each type; what the endpoint calls the log is a name of it. */
static void every_type_has_its_stream(void **state)
{
    (void)state;
    size_t count = 0, types = 0;
    for (const postern_stream *const *at = siem_source.streams; *at; at++) {
        const struct batch_log *log = (*at)->data;
        if (strcmp((*at)->auth, "mimecast/2.0") != 0) continue;
        count++;
        assert_true(is_siem_type(text_of(log->type)));
        assert_string_equal((*at)->name + strlen("siem-"), log->type);
        assert_string_equal(siem_type_of_wire(text_of(log->wire)), log->type);
    }
    while (siem_types[types])
        types++;
    assert_int_equal(count, types);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_files),
        cmocka_unit_test(every_source_has_its_map),
        cmocka_unit_test(every_type_is_known),
        cmocka_unit_test(every_type_has_its_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
