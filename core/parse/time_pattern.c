#include "parse/time_pattern.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "parse/time_zone.h"
#include <strings.h>
#include <time.h>

static const char *const day_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday"};
static const char *const month_names[12] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};

const char *time_pattern_fault(postern_text pattern)
{
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.data[i] != '%') continue;
        const char *letter = pattern.data + i++;
        if (i == pattern.size || pattern.data[i] == '\0' || !strchr("YymdejHIpMSfbBaAzZs%", pattern.data[i]))
            return letter;
    }
    return NULL;
}

const char *time_pattern_reading_fault(postern_text pattern)
{
    bool has_year = false;
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.data[i] != '%') continue;
        char letter = pattern.data[++i];
        if (letter == 'j') return "%j is for writing only";
        has_year = has_year || letter == 'Y' || letter == 'y' || letter == 's';
    }
    return has_year ? NULL : "it has no year (%Y, %y or %s), which is never guessed";
}

/* ---- Reading ---- */

struct time_pattern_reading {
    const char *at, *end;
    int64_t year, epoch;
    int month, day, hour, minute, second, millisecond, offset; /* offset in minutes */
    bool has_year, has_epoch, afternoon, twelve_hours;
};

static bool is_digit(const struct time_pattern_reading *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static void skip_blanks(struct time_pattern_reading *r)
{
    while (r->at < r->end && (*r->at == ' ' || (*r->at >= '\t' && *r->at <= '\r')))
        r->at++;
}

static bool read_number(struct time_pattern_reading *r, int most_digits, int low, int high, int *value)
{
    int number = 0, digits = 0;
    for (; digits < most_digits && is_digit(r); digits++)
        number = number * 10 + (*r->at++ - '0');
    *value = number;
    return digits > 0 && number >= low && number <= high;
}

static bool read_year(struct time_pattern_reading *r, int digits)
{
    const char *from = r->at;
    int year;
    if (!read_number(r, digits, 0, 9999, &year) || r->at - from != digits) return false;
    r->year = digits == 4 ? year : year + (year < 70 ? 2000 : 1900);
    r->has_year = true;
    return true;
}

static bool read_fraction(struct time_pattern_reading *r)
{
    if (!is_digit(r)) return false;
    r->millisecond = 0;
    for (int scale = 100; is_digit(r); scale /= 10)
        r->millisecond += (*r->at++ - '0') * scale;
    return true;
}

/* A name in full or its first three letters. */
static bool read_name(struct time_pattern_reading *r, const char *const *names, int count, int *index)
{
    size_t left = (size_t)(r->end - r->at);
    for (int i = 0; i < count; i++) {
        size_t full = strlen(names[i]);
        size_t size = left >= full && strncasecmp(r->at, names[i], full) == 0 ? full : 3;
        if (left < size || strncasecmp(r->at, names[i], size) != 0) continue;
        r->at += size;
        *index = i;
        return true;
    }
    return false;
}

static bool read_half_of_day(struct time_pattern_reading *r)
{
    if (r->end - r->at < 2 || (r->at[1] | 0x20) != 'm' ||
        ((r->at[0] | 0x20) != 'a' && (r->at[0] | 0x20) != 'p'))
        return false;
    r->afternoon = (r->at[0] | 0x20) == 'p';
    r->twelve_hours = true;
    r->at += 2;
    return true;
}

static bool read_epoch(struct time_pattern_reading *r)
{
    bool negative = r->at < r->end && *r->at == '-';
    r->at += negative;
    const char *from = r->at;
    for (r->epoch = 0; is_digit(r) && r->at - from < 12; r->at++)
        r->epoch = r->epoch * 10 + (*r->at - '0');
    r->epoch = negative ? -r->epoch : r->epoch;
    r->has_epoch = true;
    return r->at > from;
}

static bool read_letter(struct time_pattern_reading *r, char letter)
{
    int ignored;
    switch (letter) {
    case 'Y':
        return read_year(r, 4);
    case 'y':
        return read_year(r, 2);
    case 'm':
        return read_number(r, 2, 1, 12, &r->month);
    case 'e':
        skip_blanks(r);
        return read_number(r, 2, 1, 31, &r->day);
    case 'd':
        return read_number(r, 2, 1, 31, &r->day);
    case 'H':
        return read_number(r, 2, 0, 23, &r->hour);
    case 'I':
        return read_number(r, 2, 1, 12, &r->hour);
    case 'p':
        return read_half_of_day(r);
    case 'M':
        return read_number(r, 2, 0, 59, &r->minute);
    case 'S':
        return read_number(r, 2, 0, 60, &r->second);
    case 'f':
        return read_fraction(r);
    case 'b':
    case 'B': {
        bool found = read_name(r, month_names, 12, &r->month);
        r->month++;
        return found;
    }
    case 'a':
    case 'A':
        return read_name(r, day_names, 7, &ignored);
    case 'z':
        return time_zone_read_offset(&r->at, r->end, &r->offset);
    case 'Z':
        return time_zone_read_name(&r->at, r->end, &r->offset);
    case 's':
        return read_epoch(r);
    case '%':
        return r->at < r->end && *r->at++ == '%';
    default:
        return false;
    }
}

static bool day_exists(int64_t year, int month, int day)
{
    int64_t next = month == 12 ? timestamp_days(year + 1, 1, 1) : timestamp_days(year, month + 1, 1);
    return day <= next - timestamp_days(year, month, 1);
}

bool time_pattern_read(postern_text text, postern_text pattern, int64_t *ms)
{
    text = text_trim(text);
    struct time_pattern_reading r = {.at = text.data, .end = text.data + text.size, .month = 1, .day = 1};
    for (size_t i = 0; i < pattern.size; i++) {
        char byte = pattern.data[i];
        if (byte == ' ')
            skip_blanks(&r);
        else if (byte == '%' && i + 1 < pattern.size) {
            if (!read_letter(&r, pattern.data[++i])) return false;
        } else if (r.at == r.end || *r.at++ != byte)
            return false;
    }
    if (r.at != r.end) return false;
    if (r.has_epoch) {
        *ms = r.epoch * 1000 + r.millisecond;
        return true;
    }
    if (!r.has_year || !day_exists(r.year, r.month, r.day)) return false;
    if (r.twelve_hours) r.hour = r.hour % 12 + (r.afternoon ? 12 : 0);
    int64_t minutes = (timestamp_days(r.year, r.month, r.day) * 24 + r.hour) * 60 + r.minute - r.offset;
    *ms = (minutes * 60 + r.second) * 1000 + r.millisecond;
    return true;
}

/* ---- Writing ---- */

/* The letters that stand for words; false for the others. */
static bool write_word(struct buffer *out, char letter, const struct tm *time)
{
    switch (letter) {
    case 'p':
        buffer_append_string(out, time->tm_hour < 12 ? "AM" : "PM");
        return true;
    case 'b':
        buffer_append(out, month_names[time->tm_mon], 3);
        return true;
    case 'B':
        buffer_append_string(out, month_names[time->tm_mon]);
        return true;
    case 'a':
        buffer_append(out, day_names[time->tm_wday], 3);
        return true;
    case 'A':
        buffer_append_string(out, day_names[time->tm_wday]);
        return true;
    case 'z':
        buffer_append_string(out, "+0000");
        return true;
    case 'Z':
        buffer_append_string(out, "UTC");
        return true;
    default:
        return false;
    }
}

static void write_letter(struct buffer *out, char letter, const struct tm *time, int64_t seconds,
                         int millisecond)
{
    int year = time->tm_year + 1900;
    const struct {
        char letter;
        int digits, number;
    } numbers[] = {
        {'Y', 4, year},
        {'y', 2, year % 100},
        {'m', 2, time->tm_mon + 1},
        {'d', 2, time->tm_mday},
        {'e', 2, time->tm_mday},
        {'j', 3, time->tm_yday + 1},
        {'H', 2, time->tm_hour},
        {'I', 2, (time->tm_hour + 11) % 12 + 1},
        {'M', 2, time->tm_min},
        {'S', 2, time->tm_sec},
        {'f', 3, millisecond},
    };
    if (write_word(out, letter, time)) return;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].letter != letter) continue;
        buffer_printf(out, letter == 'e' ? "%*d" : "%0*d", numbers[i].digits, numbers[i].number);
        return;
    }
    if (letter == 's')
        buffer_printf(out, "%lld", (long long)seconds);
    else
        buffer_append_byte(out, letter);
}

bool time_pattern_write(int64_t ms, postern_text pattern, struct buffer *out)
{
    int64_t millisecond = ms % 1000, seconds = ms / 1000;
    if (millisecond < 0) {
        millisecond += 1000;
        seconds--;
    }
    time_t whole = (time_t)seconds;
    struct tm time;
    if (!gmtime_r(&whole, &time) || time.tm_year < -1900 || time.tm_year > 8099) return false;
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.data[i] == '%' && i + 1 < pattern.size)
            write_letter(out, pattern.data[++i], &time, seconds, (int)millisecond);
        else
            buffer_append_byte(out, pattern.data[i]);
    }
    return !out->failed;
}
