#include "commands/module_test/declare.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>

#define TEXT_LIMIT ((size_t)1 << 20)
#define SILENT     "%{silent}" /* becomes the address of a server that never answers */

struct declaring {
    const struct subject *subject;
    const postern_option *const *table;
};

static const postern_option *find_option(const struct declaring *declaring, const char *name)
{
    for (const postern_option *const *at = declaring->table; at && *at; at++)
        if (strcmp((*at)->name, name) == 0) return *at;
    return NULL;
}

static void write_quoted(const struct declaring *declaring, struct buffer *into, const char *text)
{
    buffer_append_byte(into, '"');
    for (; *text; text++) {
        if (strncmp(text, SILENT, strlen(SILENT)) == 0) {
            buffer_printf(into, "127.0.0.1:%d", declaring->subject->silent_port);
            text += strlen(SILENT) - 1;
        } else if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ') {
            buffer_printf(into, "\\%03d", (unsigned char)*text);
        } else {
            buffer_append_byte(into, *text);
        }
    }
    buffer_append_byte(into, '"');
}

static bool is_number(const char *text)
{
    size_t digits = strspn(text + (*text == '-'), "0123456789");
    return digits > 0 && text[digits + (*text == '-')] == '\0';
}

/* env:NAME and file:PATH are references, as in a configuration. */
static void write_text(const struct declaring *declaring, struct buffer *into, const char *text)
{
    static const char *const references[] = {"env:", "file:"};
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        size_t size = strlen(references[i]);
        if (strncmp(text, references[i], size) != 0) continue;
        buffer_printf(into, "%.*s ", (int)size - 1, references[i]);
        write_quoted(declaring, into, text + size);
        return;
    }
    write_quoted(declaring, into, text);
}

static void write_value(const struct declaring *declaring, struct buffer *into, const postern_option *option,
                        const char *value)
{
    uint32_t type = option ? option->type : POSTERN_OPTION_INTEGER;
    const char *equals = type == POSTERN_OPTION_MAP ? strchr(value, '=') : NULL;
    bool is_bare = type == POSTERN_OPTION_INTEGER ? is_number(value)
                                                  : type == POSTERN_OPTION_BOOLEAN &&
                                                        (!strcmp(value, "true") || !strcmp(value, "false"));
    if (equals) {
        _cleanup_(freep) char *key = text_duplicate(text_slice(value, equals));
        buffer_append_string(into, "[");
        write_quoted(declaring, into, key ? key : "");
        buffer_append_string(into, "] = ");
        write_text(declaring, into, equals + 1);
    } else if (is_bare) {
        buffer_append_string(into, value);
    } else {
        write_text(declaring, into, value);
    }
}

/* One option with all its values, where its name stands first. */
static void write_option(const struct declaring *declaring, struct buffer *into,
                         const struct given_option *given, size_t count, size_t at)
{
    const char *name = given[at].name;
    const postern_option *option = find_option(declaring, name);
    size_t values = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(given[i].name, name) != 0) continue;
        if (i < at) return; /* written there */
        values++;
    }
    bool many =
        values > 1 || (option && (option->type == POSTERN_OPTION_LIST || option->type == POSTERN_OPTION_MAP));
    buffer_printf(into, "  [\"%s\"] = %s", name, many ? "{ " : "");
    for (size_t i = at; i < count; i++) {
        if (strcmp(given[i].name, name) != 0) continue;
        write_value(declaring, into, option, given[i].value);
        if (many) buffer_append_string(into, ", ");
    }
    buffer_append_string(into, many ? "},\n" : ",\n");
}

static bool is_replaced(const struct declaring *declaring, const char *name)
{
    for (size_t i = 0; declaring->subject->is_silent && i < declaring->subject->suite->silent_count; i++)
        if (strcmp(declaring->subject->suite->silent[i].name, name) == 0) return true;
    return false;
}

static void write_declaration(const struct declaring *declaring, struct buffer *into)
{
    const struct suite *suite = declaring->subject->suite;
    buffer_printf(into, "state = \"%s/state\"\n", suite->scratch);
    if (declaring->subject->offer->kind == OFFER_LOOKUP) return; /* its parameters stand in the cases */
    buffer_printf(into, "%s \"%s\" {\n", offer_kind_name(declaring->subject->offer->kind),
                  declaring->subject->offer->name);
    if (declaring->subject->sink) buffer_printf(into, "  type = \"%s\",\n", declaring->subject->offer->name);
    for (size_t i = 0; i < suite->option_count; i++)
        if (!is_replaced(declaring, suite->options[i].name))
            write_option(declaring, into, suite->options, suite->option_count, i);
    for (size_t i = 0; declaring->subject->is_silent && i < suite->silent_count; i++)
        write_option(declaring, into, suite->silent, suite->silent_count, i);
    buffer_append_string(into, "}\n");
}

int declare_subject(const struct subject *subject, const postern_option *const *table, char *path,
                    size_t capacity)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = TEXT_LIMIT};
    write_declaration(&(struct declaring){subject, table}, &text);
    snprintf(path, capacity, "%s/options.lua", subject->suite->scratch);
    _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return text.failed ? ENOMEM : fd < 0 ? errno : file_write_all(fd, text.data, text.size);
}
