#include "report/reason.h"
#include <stdarg.h>
#include <stdio.h>

const char *verdict_level_name(enum verdict_level level)
{
    static const char *const names[] = {"good", "attention", "bad"};
    return names[level];
}

struct verdict_reason *verdict_add(struct status_verdict *verdict, enum verdict_level level, const char *code)
{
    if (verdict->reason_count == VERDICT_REASONS) verdict->reason_count--;
    struct verdict_reason *reason = &verdict->reasons[verdict->reason_count++];
    *reason = (struct verdict_reason){.code = code, .level = level};
    return reason;
}

void verdict_say(struct verdict_reason *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
}

void verdict_advise(struct verdict_reason *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason->remedy, sizeof reason->remedy, format, arguments);
    va_end(arguments);
}

void verdict_name(struct verdict_reason *reason, const char *before, const char *name)
{
    if (reason->count < VERDICT_NAMES)
        snprintf(reason->names[reason->count], sizeof *reason->names, "%s%s", before, name);
    reason->count++;
}
