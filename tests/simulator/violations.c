#include "violations.h"
#include "times.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool violate(struct violation *violation, const char *rule, unsigned status, const char *code,
             const char *field, const char *format, ...)
{
    *violation = (struct violation){.rule = rule, .status = status, .code = code};
    snprintf(violation->field, sizeof violation->field, "%s", field ? field : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(violation->detail, sizeof violation->detail, format, arguments);
    va_end(arguments);
    return false;
}

void violations_add(struct violations *violations, const struct violation *violation)
{
    if (violations->count == violations->capacity) {
        violations->capacity = violations->capacity ? violations->capacity * 2 : 16;
        violations->list = must_grow(violations->list, violations->capacity * sizeof *violations->list);
    }
    violations->list[violations->count++] = *violation;
}

void violations_print(struct text *out, const struct violations *violations)
{
    text_printf(out, "{\"count\":%zu,\"violations\":[", violations->count);
    for (size_t i = 0; i < violations->count; i++) {
        const struct violation *one = &violations->list[i];
        text_puts(out, i ? ",\n{\"time\":\"" : "\n{\"time\":\"");
        time_iso(out, one->time_ms, 0, false);
        text_printf(out,
                    "\",\"account\":\"%s\",\"endpoint\":\"%s\",\"rule\":\"%s\",\"status\":%u,\"code\":\"%s\"",
                    one->account, one->endpoint, one->rule, one->status, one->code);
        text_puts(out, ",\"field\":");
        text_json_puts(out, one->field);
        text_puts(out, ",\"detail\":");
        text_json_puts(out, one->detail);
        text_put(out, '}');
    }
    text_puts(out, "]}\n");
}

void violations_clear(struct violations *violations)
{
    free(violations->list);
    *violations = (struct violations){0};
}
