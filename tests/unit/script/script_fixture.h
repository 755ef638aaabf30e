/* For tests of scripts: a script given as text, an event in, lines out. */
#ifndef TESTS_UNIT_SCRIPT_SCRIPT_FIXTURE_H
#define TESTS_UNIT_SCRIPT_SCRIPT_FIXTURE_H

#include "../own_folder.h"
#include "../patient_limits.h"
#include "base/error.h"
#include "base/text.h"
#include "parse/strict_json.h"
#include "script/script.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST_SCRIPTS 4

struct scripts {
    char directory[OWN_FOLDER_SIZE];
    struct script_set *set;
    struct script_runner *runner;
    struct script_result result;
    postern_error error;
};

static void write_file(const struct scripts *scripts, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scripts->directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void scripts_begin(struct scripts *scripts)
{
    *scripts = (struct scripts){.error = ERROR_INIT};
    assert_int_equal(own_folder_make(scripts->directory, "script"), 0);
}

/* Loads texts as 1.lua, 2.lua ...; the status of the load. */
static inline postern_status scripts_load(struct scripts *scripts, const struct sandbox_limits *limits,
                                          const char *const *texts, size_t count)
{
    char names[MOST_SCRIPTS][16], paths[MOST_SCRIPTS][128];
    const char *name_list[MOST_SCRIPTS] = {0}, *path_list[MOST_SCRIPTS] = {0};
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "%zu.lua", i + 1);
        snprintf(paths[i], sizeof paths[i], "%s/%s", scripts->directory, names[i]);
        write_file(scripts, names[i], texts[i]);
        name_list[i] = names[i];
        path_list[i] = paths[i];
    }
    postern_status status =
        script_set_load(name_list, path_list, count, NULL, limits, &scripts->set, &scripts->error);
    if (status < 0) return status;
    scripts->runner = script_runner_new(scripts->set, &scripts->error);
    assert_non_null(scripts->runner);
    return status;
}

/* One script that must load. */
static inline void scripts_open(struct scripts *scripts, const char *text)
{
    scripts_begin(scripts);
    if (scripts_load(scripts, patiently(), &text, 1) < 0) fail_msg("%s", scripts->error.message);
}

static inline void scripts_close(struct scripts *scripts)
{
    if (scripts->runner) script_runner_free(scripts->runner);
    if (scripts->set) script_set_release(scripts->set);
    assert_int_equal(own_folder_remove(scripts->directory), 0);
}

static inline struct script_event scripts_event(const char *json)
{
    return (struct script_event){.json = text_of(json),
                                 .account = TEXT("acme"),
                                 .source = TEXT("siem"),
                                 .stream = TEXT("siem-receipt"),
                                 .type = TEXT("receipt"),
                                 .id = TEXT("00112233445566778899aabbccddeeff"),
                                 .pipeline = "default",
                                 .received_ms = 1767323045678,
                                 .time_ms = 1767322800000};
}

/* Whatever a test is about: a line of JSON that leaves needs no mending. */
static inline void expect_strict(postern_text line)
{
    static const struct hash_key key;
    struct json_tape *tape = json_tape_new();
    struct buffer out = {.limit = line.size * 4 + 64};
    struct json_repairs repairs = {0};
    postern_error error = ERROR_INIT;
    if (json_write_strict(tape, line, &key, &out, &repairs, &error) < 0)
        fail_msg("%.*s: %s", TEXT_ARGS(line), error.message);
    if (repairs.replaced + repairs.renamed) fail_msg("%.*s: not strict", TEXT_ARGS(line));
    buffer_free(&out);
    json_tape_free(tape);
}

/* Runs over one event; the input lies in a block of its exact size. */
static inline void scripts_run(struct scripts *scripts, const char *json)
{
    size_t size = strlen(json);
    char *copy = malloc(size + 1);
    memcpy(copy, json, size + 1);
    struct script_event event = scripts_event(copy);
    script_run(scripts->runner, &event, &scripts->result);
    /* what was passed on as it is would dangle: look at it now */
    static char kept[8][1 << 16];
    static struct script_output lines[8];
    if (scripts->result.verdict == SCRIPT_KEPT) {
        assert_true(scripts->result.output_count <= 8);
        for (size_t i = 0; i < scripts->result.output_count; i++) {
            if (scripts->result.outputs[i].is_json) expect_strict(scripts->result.outputs[i].text);
            text_to_string(scripts->result.outputs[i].text, kept[i], sizeof kept[i]);
            lines[i] = (struct script_output){text_of(kept[i]), scripts->result.outputs[i].is_json};
        }
        scripts->result.outputs = lines;
    }
    free(copy);
}

/* Runs and compares the only output, byte by byte. */
static inline void expect_line(struct scripts *scripts, const char *json, const char *expected)
{
    scripts_run(scripts, json);
    const struct script_result *result = &scripts->result;
    if (result->verdict == SCRIPT_FAILED) fail_msg("%s: %s", json, result->error.message);
    if (result->verdict != SCRIPT_KEPT || result->output_count != 1 || !result->outputs[0].is_json)
        fail_msg("%s: not one event", json);
    if (!text_is(result->outputs[0].text, expected))
        fail_msg("%s:\n  got      %.*s\n  expected %s", json, TEXT_ARGS(result->outputs[0].text), expected);
}

/* Runs and looks for a part of the message. */
static inline void expect_failure(struct scripts *scripts, const char *json, const char *part)
{
    scripts_run(scripts, json);
    if (scripts->result.verdict != SCRIPT_FAILED) fail_msg("%s: did not fail with \"%s\"", json, part);
    if (!strstr(scripts->result.error.message, part))
        fail_msg("%s: \"%s\" lacks \"%s\"", json, scripts->result.error.message, part);
}

#endif
