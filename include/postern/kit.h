/* postern/kit.h: small helpers that almost every module needs, for C11, C17 and C++17.
 *
 * No part of the ABI: all of it is compiled into the module, nothing of it crosses the boundary, and a module
 * may do without. It needs the C standard library and postern/module.h. Every function may be called from any
 * thread; a kit_writer belongs to one at a time.
 */
#ifndef POSTERN_KIT_H
#define POSTERN_KIT_H

#include <postern/kit/json.h>
#include <postern/kit/scan.h>
#include <postern/kit/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Options ---- */

/* The value of an option that is given or has a default; empty, or 0, if it is absent. */
static inline postern_text kit_option_text(const postern_host *host, const char *name)
{
    postern_text value = kit_span(NULL, 0);
    host->option_text(host, name, &value);
    return value;
}

/* As kit_string; NULL if it is absent, too. */
static inline char *kit_option_string(const postern_host *host, const char *name)
{
    postern_text value = kit_span(NULL, 0);
    return host->option_text(host, name, &value) ? kit_string(value) : NULL;
}

static inline int64_t kit_option_integer(const postern_host *host, const char *name)
{
    int64_t value = 0;
    host->option_integer(host, name, &value);
    return value;
}

#ifndef __cplusplus
/* ---- What a module declares; in C alone, since C++17 has no initializers by name ---- */

/* The module's one symbol: KIT_MODULE(.name = "mine", .version = "1.0", .summary = "events to my service",
 * .sinks = KIT_LIST(postern_sink, &sink)); */
#define KIT_MODULE(...)                                                                                      \
    const postern_module postern_module_entry = {.size = sizeof(postern_module),                             \
                                                 .magic = POSTERN_MODULE_MAGIC,                              \
                                                 .abi_major = POSTERN_ABI_MAJOR,                             \
                                                 .abi_minor = POSTERN_ABI_MINOR,                             \
                                                 __VA_ARGS__}

/* A table of pointers with its NULL at the end: KIT_LIST(postern_source, &mail, &web). */
#define KIT_LIST(type_, ...) ((const type_ *const[]){__VA_ARGS__, NULL})

/* An entry of a table of options: KIT_OPTION(SIZE, "max_body", "1MiB", "the most in one request", .minimum =
 * 1). The default may be NULL; behind the help stand further fields of postern_option, if any. */
#define KIT_OPTION(type_, name_, default_, ...)                                                              \
    &(const postern_option)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_option), .type = POSTERN_OPTION_##type_, .name = (name_),                     \
        .default_value = (default_), .help = __VA_ARGS__                                                     \
    }
#endif

/* ---- What a probe says ---- */

/* One printf line of a probe, as postern_report.say takes it. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static inline void
kit_say(const postern_report *report, int32_t level, const char *remedy, const char *format, ...)
{
    char words[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    report->say(report, level, words, remedy);
}

/* ---- Batches ---- */

/* This bit of a batch's id says that it is a dead letter which is tried again: a batch of its own between
 * those of its delivery. */
#define KIT_LETTER (UINT64_C(1) << 63)

static inline bool kit_is_letter(const postern_batch *batch)
{
    return (batch->id & KIT_LETTER) != 0;
}

/* ---- Templates ---- */

/* Room for "2026-01-31". */
#define KIT_DAY_SIZE 16

/* The UTC day of a point in time. No locale and no time zone is involved. */
static inline postern_text kit_day(int64_t ms, char buffer[KIT_DAY_SIZE])
{
    /* Days from 0000-03-01, so that the leap day is a year's last. */
    int64_t days = ms / 86400000 - (ms % 86400000 < 0) + 719468;
    int64_t era = (days < 0 ? days - 146096 : days) / 146097, day_of_era = days - era * 146097;
    int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day = day_of_era - (365 * year + year / 4 - year / 100), month = (5 * day + 2) / 153;
    day = day - (153 * month + 2) / 5 + 1;
    year += era * 400 + (month >= 10);
    month = month < 10 ? month + 3 : month - 9;
    if (year < 0 || year > 9999) year = 0;
    int size = snprintf(buffer, KIT_DAY_SIZE, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
    return kit_span(buffer, size > 0 ? (size_t)size : 0);
}

/* Room for "2026-01-31T23:59:59.123Z". */
#define KIT_TIMESTAMP_SIZE 32

/* A point in time as RFC 3339 writes it, in UTC. */
static inline postern_text kit_timestamp(int64_t ms, char buffer[KIT_TIMESTAMP_SIZE])
{
    char day[KIT_DAY_SIZE];
    int in_day = (int)(ms % 86400000);
    if (in_day < 0) in_day += 86400000;
    kit_day(ms, day);
    int size = snprintf(buffer, KIT_TIMESTAMP_SIZE, "%.10sT%02d:%02d:%02d.%03dZ", day, in_day / 3600000,
                        in_day / 60000 % 60, in_day / 1000 % 60, in_day % 1000);
    return kit_span(buffer, size > 0 ? (size_t)size : 0);
}

/* The UTC hour of a point in time, "00" to "23". */
static inline postern_text kit_hour(int64_t ms, char buffer[KIT_DAY_SIZE])
{
    int64_t of_day = (ms % 86400000 + 86400000) % 86400000;
    int size = snprintf(buffer, KIT_DAY_SIZE, "%02d", (int)(of_day / 3600000));
    return kit_span(buffer, size > 0 ? (size_t)size : 0);
}

/* The value of a template's placeholder, "account" or "date"; empty if there is none of that name. */
static inline postern_text kit_placeholder(postern_text name, const postern_sink_event *event,
                                           char day[KIT_DAY_SIZE])
{
    if (kit_is(name, "account")) return event->account;
    if (kit_is(name, "source")) return event->source;
    if (kit_is(name, "stream")) return event->stream;
    if (kit_is(name, "type")) return event->type;
    if (kit_is(name, "id")) return event->id;
    if (kit_is(name, "date")) return kit_day(event->received_ms, day);
    if (kit_is(name, "hour")) return kit_hour(event->received_ms, day);
    return kit_span(NULL, 0);
}

/* Writes the value of any placeholder, ".a.b" (see kit_json_at) too. */
static inline void kit_write_placeholder(struct kit_writer *writer, postern_text name,
                                         const postern_sink_event *event)
{
    char day[KIT_DAY_SIZE];
    if (!kit_starts_with(name, "."))
        kit_write(writer, kit_placeholder(name, event, day));
    else if (event->flags & POSTERN_EVENT_JSON)
        kit_write_json_value(writer, kit_json_at(event->text, kit_span(name.data + 1, name.size - 1)));
}

static inline bool kit_is_safe_byte(const char *value, size_t at, size_t size)
{
    char c = value[at];
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           (c == '_' && size > 1) || (c == '.' && at > 0 && at + 1 < size);
}

/* Makes what was written from `from` on part of a path or URL: [A-Za-z0-9_-] and inner dots stay, every other
 * byte becomes %XX, so that no value can name another directory. An empty value becomes "_" and the value "_"
 * becomes "%5F", so that no two values become the same. */
static inline void kit_make_safe(struct kit_writer *writer, size_t from)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = writer->size - from, coded = 0, i;
    if (size == 0) kit_write_string(writer, "_");
    if (size == 0 || writer->failed) return;
    for (i = 0; i < size; i++)
        coded += !kit_is_safe_byte(writer->data + from, i, size);
    if (!kit_reserve(writer, 2 * coded)) return;
    char *value = writer->data + from, *to = writer->data + writer->size;
    while (i-- > 0) { /* from behind, where the room is */
        unsigned char c = (unsigned char)value[i];
        bool safe = kit_is_safe_byte(value, i, size);
        to -= safe ? 1 : 3;
        to[0] = safe ? (char)c : '%';
        if (!safe) to[1] = digits[c >> 4];
        if (!safe) to[2] = digits[c & 15];
    }
}

static inline void kit_write_safe(struct kit_writer *writer, postern_text value)
{
    size_t from = writer->size;
    kit_write(writer, value);
    kit_make_safe(writer, from);
}

/* Writes a template with the event's values in the place of its placeholders, as they are or, with `safe`, as
 * kit_make_safe makes them. The core has checked that it knows every placeholder. */
static inline void kit_write_template(struct kit_writer *writer, postern_text text,
                                      const postern_sink_event *event, bool safe)
{
    const char *at = text.data, *end = kit_end(text);
    while (at < end) {
        const char *open = at;
        while (open < end && !(open[0] == '%' && end - open > 1 && open[1] == '{'))
            open++;
        kit_write(writer, kit_between(at, open));
        const char *close = open < end ? (const char *)memchr(open, '}', (size_t)(end - open)) : NULL;
        at = close ? close + 1 : end;
        if (!close) {
            kit_write(writer, kit_between(open, end));
            break;
        }
        size_t from = writer->size;
        kit_write_placeholder(writer, kit_between(open + 2, close), event);
        if (safe) kit_make_safe(writer, from);
    }
}

#ifdef __cplusplus
}
#endif
#endif
