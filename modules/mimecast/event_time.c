#include "event_time.h"
#include <time.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number of `least` to `most` digits at the front of the text. */
static bool take_number(postern_text *text, int least, int most, int *number)
{
    int digits = 0;
    *number = 0;
    for (; digits < most && text->size && is_digit(text->data[0]); digits++) {
        *number = *number * 10 + (text->data[0] - '0');
        text->data++, text->size--;
    }
    return digits >= least;
}

static bool take(postern_text *text, char c)
{
    if (text->size == 0 || text->data[0] != c) return false;
    text->data++, text->size--;
    return true;
}

static void take_blanks(postern_text *text)
{
    while (take(text, ' '))
        continue;
}

static bool take_colon(postern_text *text)
{
    take_blanks(text);
    bool found = take(text, ':');
    take_blanks(text);
    return found;
}

/* ".678" in milliseconds; further digits are cut off. */
static int take_fraction(postern_text *text)
{
    int ms = 0, weight = 100;
    if (!take(text, '.') && !take(text, ',')) return 0;
    for (; text->size && is_digit(text->data[0]); weight /= 10) {
        ms += (text->data[0] - '0') * weight;
        text->data++, text->size--;
    }
    return ms;
}

/* Z, +0000, -04:00 or nothing, to the end of the text. */
static bool take_offset(postern_text *text, bool default_utc, int *minutes)
{
    int hours, rest = 0;
    *minutes = 0;
    take_blanks(text);
    if (text->size == 0) return default_utc;
    if (take(text, 'Z') || take(text, 'z')) return text->size == 0;
    bool west = take(text, '-');
    if (!west && !take(text, '+')) return false;
    if (!take_number(text, 2, 2, &hours)) return false;
    take(text, ':');
    if (text->size && !take_number(text, 2, 2, &rest)) return false;
    if (text->size || hours > 14 || rest > 59) return false;
    *minutes = (hours * 60 + rest) * (west ? -1 : 1);
    return true;
}

/* timegm takes the 31st of February for a day of March, and says so by changing what it was given. */
static bool to_seconds(struct tm fields, int64_t *seconds)
{
    struct tm normal = fields;
    *seconds = timegm(&normal);
    return fields.tm_mday == normal.tm_mday && fields.tm_mon == normal.tm_mon;
}

int64_t time_parse(postern_text text, bool default_utc)
{
    int year, month, day, hour, minute, second, offset;
    int64_t seconds;
    text = kit_trim(text);
    bool date = take_number(&text, 4, 4, &year) && take(&text, '-') && take_number(&text, 1, 2, &month) &&
                take(&text, '-') && take_number(&text, 1, 2, &day);
    if (!date || (!take(&text, 'T') && !take(&text, ' '))) return 0;
    take_blanks(&text);
    bool clock = take_number(&text, 1, 2, &hour) && take_colon(&text) && take_number(&text, 1, 2, &minute) &&
                 take_colon(&text) && take_number(&text, 1, 2, &second);
    if (!clock || hour > 23 || minute > 59 || second > 60) return 0;
    int fraction = take_fraction(&text);
    if (!take_offset(&text, default_utc, &offset)) return 0;
    struct tm fields = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
    if (month < 1 || month > 12 || !to_seconds(fields, &seconds)) return 0;
    return (seconds + second - offset * (int64_t)60) * 1000 + fraction;
}

int64_t time_parse_json(postern_text value, bool default_utc)
{
    if (value.size < 2 || value.data[0] != '"') return 0;
    return time_parse((postern_text){value.data + 1, value.size - 2}, default_utc);
}

int64_t time_of_epoch_json(postern_text value)
{
    static const int64_t milliseconds_at_least = 100000000000; /* 1973, or as seconds the year 5138 */
    bool is_text = value.size >= 2 && value.data[0] == '"';
    postern_text text = is_text ? kit_trim(kit_span(value.data + 1, value.size - 2)) : value;
    int64_t number = 0;
    size_t digits = 0;
    for (; digits < text.size && digits < 18 && is_digit(text.data[digits]); digits++)
        number = number * 10 + (text.data[digits] - '0');
    if (digits == 0) return 0;
    postern_text behind = kit_span(text.data + digits, text.size - digits);
    int fraction = take_fraction(&behind);
    if (behind.size) return is_text ? time_parse(text, true) : 0;
    if (number < milliseconds_at_least) return number * 1000 + fraction;
    while (number / 1000 >= milliseconds_at_least)
        number /= 1000;
    return number;
}

const char *time_format(int64_t ms, char buffer[TIME_SIZE])
{
    struct tm fields;
    time_t seconds = (time_t)(ms / 1000);
    if (!gmtime_r(&seconds, &fields)) seconds = 0, gmtime_r(&seconds, &fields);
    strftime(buffer, TIME_SIZE, "%Y-%m-%dT%H:%M:%S+0000", &fields); /* digits only: no locale is involved */
    return buffer;
}

const char *time_format_z(int64_t ms, char buffer[TIME_SIZE])
{
    time_format(ms, buffer);
    char *offset = strchr(buffer, '+');
    if (offset) memcpy(offset, "Z", 2);
    return buffer;
}
