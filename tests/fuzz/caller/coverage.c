#include "coverage.h"

#include "base/text.h"
#include "checked_heap.h"
#include <ftw.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUNCTIONS_LIMIT 512
#define FILE_LIMIT      ((size_t)1 << 20)

extern const char __executable_start; /* of the linker */

static struct coverage *noted;

/* ---- Calls ---- */

static void note(uintptr_t function)
{
    for (size_t at = function / 16 % COVERAGE_LIMIT, tries = 0; tries < COVERAGE_LIMIT; tries++) {
        uintptr_t *place = &noted->called[(at + tries) % COVERAGE_LIMIT];
        if (*place == function) return;
        if (*place) continue;
        *place = function;
        noted->called_count++;
        return;
    }
}

static void note_call(lua_State *L, lua_Debug *activation)
{
    if (!lua_checkstack(L, 1) || !lua_getinfo(L, "f", activation)) return;
    lua_CFunction function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (function) note((uintptr_t)function);
}

/* A sandbox that has had an overrun has no hook any more. */
static void watch(lua_State *L)
{
    if (!lua_gethook(L)) lua_sethook(L, note_call, LUA_MASKCALL, 0);
}

void coverage_switch(struct coverage *coverage, bool on)
{
    noted = coverage;
    checked_heap_watch = on ? watch : NULL;
}

/* ---- Sources ---- */

struct function {
    char name[96]; /* "core/sandbox/library_base.c: base_print" */
};

static struct function functions[FUNCTIONS_LIMIT];
static size_t function_count;
static struct buffer *words;
static regex_t word, definition;

/* What C itself calls, and what only looks like a function for Lua. */
static const char *const not_for_scripts[] = {
    "library/json.c: free_tape", "library/json.c: free_buffer", "sandbox.c: open_libraries",
    "sandbox.c: tolstring",      "sandbox.c: on_error",         "sandbox.c: give_environment",
    "traceback.c: count_levels", "evaluate.c: prepare",         "reference.c: calling_line",
    "test_file.c: read_case",    "state.c: open_state",         "state.c: keep_function",
    "runner.c: run_scripts",     "library/time.c: parse_any",   "map/map.c: free_map",
};

static bool is_for_scripts(const char *name)
{
    for (size_t i = 0; i < sizeof not_for_scripts / sizeof *not_for_scripts; i++)
        if (text_ends_with(text_of(name), not_for_scripts[i])) return false;
    return true;
}

void coverage_read_file(const char *path, struct buffer *into)
{
    char bytes[4096];
    FILE *file = fopen(path, "r");
    if (!file) abort();
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buffer_append(into, bytes, size);
    fclose(file);
    if (into->failed) abort();
}

static void find_words(const char *text)
{
    regmatch_t match;
    for (const char *at = text; regexec(&word, at, 1, &match, 0) == 0; at += match.rm_eo) {
        postern_text found = {at + match.rm_so, (size_t)(match.rm_eo - match.rm_so)};
        if (words->size && memmem(words->data, words->size, found.data, found.size)) continue;
        buffer_append_text(words, found);
        buffer_append_byte(words, ',');
    }
}

static void find_definitions(const char *text, const char *path)
{
    regmatch_t match[3];
    for (const char *at = text; regexec(&definition, at, 3, match, 0) == 0; at += match[0].rm_eo) {
        if (function_count == FUNCTIONS_LIMIT) abort();
        struct function *function = &functions[function_count];
        snprintf(function->name, sizeof function->name, "%s: %.*s", path,
                 (int)(match[2].rm_eo - match[2].rm_so), at + match[2].rm_so);
        if (is_for_scripts(function->name)) function_count++;
    }
}

static int read_source(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)walk;
    if (type != FTW_F || !text_ends_with(text_of(path), ".c")) return 0;
    struct buffer text = {.limit = FILE_LIMIT};
    coverage_read_file(path, &text);
    find_words(buffer_string(&text));
    find_definitions(buffer_string(&text), path + sizeof TEST_SOURCE_DIR);
    buffer_free(&text);
    return 0;
}

void coverage_read_sources(struct coverage *coverage, struct buffer *names)
{
    static const char *const folders[] = {"sandbox", "script", "config"};
    (void)coverage;
    words = names;
    if (regcomp(&word, "\"[a-z_][a-z0-9_]{1,23}\"", REG_EXTENDED) != 0 ||
        regcomp(&definition, "^(static )?int ([a-z0-9_]+)\\(lua_State \\*L\\)$",
                REG_EXTENDED | REG_NEWLINE) != 0)
        abort();
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/core/%s", TEST_SOURCE_DIR, folders[i]);
        if (nftw(path, read_source, 8, FTW_PHYS) != 0) abort();
    }
    if (function_count < 80 || names->failed) abort(); /* it looked at the wrong place */
    regfree(&word);
    regfree(&definition);
}

/* ---- The answer ---- */

/* addr2line says for each address "function\nfile:line\n". */
static void mark_called(const struct coverage *coverage, bool called[FUNCTIONS_LIMIT])
{
    struct buffer command = {.limit = FILE_LIMIT};
    buffer_printf(&command, "addr2line -f -e /proc/%d/exe", (int)getpid());
    for (size_t i = 0; i < COVERAGE_LIMIT; i++)
        if (coverage->called[i])
            buffer_printf(&command, " 0x%zx", (size_t)(coverage->called[i] - (uintptr_t)&__executable_start));
    FILE *answer = popen(buffer_string(&command), "r");
    if (!answer) abort();
    char name[256], file[4096];
    while (fgets(name, sizeof name, answer) && fgets(file, sizeof file, answer)) {
        name[strcspn(name, "\n")] = file[strcspn(file, ":")] = 0;
        for (size_t i = 0; i < function_count; i++) {
            char *space = strchr(functions[i].name, ' ');
            postern_text path = {functions[i].name, (size_t)(space - functions[i].name) - 1};
            postern_text full = text_of(file);
            if (strcmp(space + 1, name) == 0 && full.size >= path.size &&
                memcmp(file + full.size - path.size, path.data, path.size) == 0)
                called[i] = true;
        }
    }
    pclose(answer);
    buffer_free(&command);
}

size_t coverage_missing(const struct coverage *coverage)
{
    bool called[FUNCTIONS_LIMIT] = {false};
    size_t missing = 0;
    mark_called(coverage, called);
    for (size_t i = 0; i < function_count; i++)
        missing += !called[i];
    return missing;
}

int coverage_report(const struct coverage *coverage, bool all)
{
    bool called[FUNCTIONS_LIMIT] = {false};
    size_t count = 0;
    mark_called(coverage, called);
    for (size_t i = 0; i < function_count; i++) {
        count += called[i];
        if (!called[i]) printf("%s%s was not called\n", all ? "FINDING: " : "", functions[i].name);
    }
    printf("%zu of ours and %zu of Lua's functions were called, of %zu of ours\n", count,
           coverage->called_count - count, function_count);
    return all && count < function_count;
}
