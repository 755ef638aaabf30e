/* Checks of the module as a whole. */
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "commands/module_test/exports.h"
#include "commands/module_test/subject.h"

#define FILE_MOST ((size_t)1 << 30)

static void offer(struct suite_board *board, enum offer_kind kind, const char *name)
{
    for (size_t i = 0; i < board->offer_count; i++)
        if (board->offers[i].kind == kind && strcmp(board->offers[i].name, name) == 0) return;
    if (board->offer_count == SUITE_OFFERS) return;
    struct suite_offer *into = &board->offers[board->offer_count++];
    into->kind = kind;
    text_to_string(text_of(name), into->name, sizeof into->name);
}

static void check_loads(struct subject *subject)
{
    if (!subject_load(subject)) return;
    const postern_module *module = subject->loaded->module;
    for (const postern_sink *const *at = module->sinks; at && *at; at++)
        offer(subject->suite->board, OFFER_SINK, (*at)->name);
    for (const postern_source *const *at = module->sources; at && *at; at++)
        offer(subject->suite->board, OFFER_SOURCE, (*at)->name);
    for (const postern_lookup *const *at = registry_lookups(module); at && *at; at++)
        offer(subject->suite->board, OFFER_LOOKUP, (*at)->name);
    const struct suite *suite = subject->suite;
    if (suite->config && suite->only && suite->only_kind == OFFER_SINK)
        subject_type(subject, suite->only, suite->board->type, sizeof suite->board->type);
}

static void check_exports(struct subject *subject)
{
    _cleanup_(buffer_free) struct buffer file = {.limit = FILE_MOST}, names = {.limit = 1024};
    postern_error error = ERROR_INIT;
    size_t count = 0;
    postern_status status = file_read(subject->suite->file, FILE_MOST, &file, &error);
    if (status >= 0) status = exports_read(buffer_text(&file), &names, &count, &error);
    if (status < 0)
        subject_fails(subject, "%s", error.message);
    else if (count)
        subject_fails(subject, "it exports %zu more: %s%s; build it with -fvisibility=hidden", count,
                      buffer_string(&names), count > 8 ? " ..." : "");
}

static bool is_line(const char *text)
{
    return text && *text && !strpbrk(text, "\n\r\t") && text_is_utf8(text_of(text));
}

static void check_words(struct subject *subject)
{
    if (!subject_load(subject)) return;
    const postern_module *module = subject->loaded->module;
    if (!is_line(module->summary)) subject_fails(subject, "the summary of the module is no line of text");
    if (!is_line(module->version)) subject_fails(subject, "the version of the module is no line of text");
    for (const postern_source *const *at = module->sources; at && *at; at++)
        for (const postern_stream *const *stream = (*at)->streams; stream && *stream; stream++)
            if (!is_line((*stream)->permission))
                subject_fails(subject, "stream %s does not say in a line what the user must grant",
                              (*stream)->name);
    for (const postern_lookup *const *at = registry_lookups(module); at && *at; at++)
        if (!is_line((*at)->permission))
            subject_fails(subject, "lookup %s does not say in a line what the user must grant", (*at)->name);
}

const struct module_check module_checks[] = {
    {"loads",
     "it is loaded as a run loads it: owner and rights of the file and the folders above it, ABI, sizes, "
     "flags, tables and defaults of options",
     check_loads},
    {"exports", "it exports postern_module_entry and no other symbol (rule 10)", check_exports},
    {"words", "what people read of it is there, one line of UTF-8 each", check_words},
    {0},
};
