#include "base/timestamp.h"
#include "base/text.h"
#include <stdio.h>

#define DAY_MS 86400000LL

static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Days from civil, counted in eras of 400 years that start on 1 March, so that the leap day comes last. */
int64_t timestamp_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool timestamp_day_exists(int64_t year, int month, int day)
{
    static const int lengths[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) return false;
    if (month != 2 || day < 29) return true;
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

struct calendar {
    int64_t year;
    int month, day, hour, minute, second, millisecond;
};

/* Whole days since 1970, and the rest in milliseconds. */
static int64_t days_of(int64_t ms, unsigned *rest)
{
    bool is_before = ms % DAY_MS < 0;
    *rest = (unsigned)(ms % DAY_MS + is_before * (int64_t)DAY_MS);
    return ms / DAY_MS - is_before;
}

static struct calendar calendar_of(int64_t ms)
{
    unsigned rest;
    int64_t days = days_of(ms, &rest);
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (int)((5 * day_of_year + 2) / 153);
    int month = month_from_march + (month_from_march < 10 ? 3 : -9);
    unsigned seconds = rest / 1000;
    return (struct calendar){
        .year = year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (int)(seconds / 3600),
        .minute = (int)(seconds / 60 % 60),
        .second = (int)(seconds % 60),
        .millisecond = (int)(rest % 1000),
    };
}

struct timestamp_reader {
    const char *at, *end;
};

static bool read_number(struct timestamp_reader *reader, int least_digits, int most_digits, int *value)
{
    int digits = 0, number = 0;
    while (reader->at < reader->end && digits < most_digits && *reader->at >= '0' && *reader->at <= '9') {
        number = number * 10 + (*reader->at++ - '0');
        digits++;
    }
    *value = number;
    return digits >= least_digits;
}

static bool read_byte(struct timestamp_reader *reader, char byte)
{
    if (reader->at >= reader->end || *reader->at != byte) return false;
    reader->at++;
    return true;
}

static void skip_blanks(struct timestamp_reader *reader)
{
    while (reader->at < reader->end && *reader->at == ' ')
        reader->at++;
}

/* ":MM" with blanks allowed around the colon. */
static bool read_sixtieth(struct timestamp_reader *reader, int *value)
{
    skip_blanks(reader);
    if (!read_byte(reader, ':')) return false;
    skip_blanks(reader);
    return read_number(reader, 2, 2, value);
}

bool timestamp_parse_http(postern_text text, int64_t *ms)
{
    text = text_trim(text);
    struct timestamp_reader reader = {text.data, text.data + text.size};
    int day, month = 0, year, hour, minute, second;
    if (text.size < 5 || text.data[3] != ',') return false;
    reader.at += 4;
    skip_blanks(&reader);
    if (!read_number(&reader, 1, 2, &day) || !read_byte(&reader, ' ') || reader.end - reader.at < 4)
        return false;
    while (month < 12 && memcmp(reader.at, month_names[month], 3) != 0)
        month++;
    reader.at += 3;
    if (month == 12 || !read_byte(&reader, ' ') || !read_number(&reader, 4, 4, &year) ||
        !read_byte(&reader, ' ') || !read_number(&reader, 2, 2, &hour) || !read_sixtieth(&reader, &minute) ||
        !read_sixtieth(&reader, &second))
        return false;
    if (!timestamp_day_exists(year, month + 1, day) || hour > 23 || minute > 59 || second > 60) return false;
    *ms = timestamp_days(year, month + 1, day) * DAY_MS + (hour * 3600LL + minute * 60LL + second) * 1000;
    return true;
}

/* Two digits and what stands behind them; returns the place behind that. */
static char *write_two(char *at, int value, char behind)
{
    unsigned number = (unsigned)value;
    at[0] = (char)('0' + number / 10);
    at[1] = (char)('0' + number % 10);
    at[2] = behind;
    return at + 3;
}

const char *timestamp_iso(int64_t ms, char buffer[TIMESTAMP_SIZE])
{
    struct calendar c = calendar_of(ms);
    if (c.year >= 0 && c.year <= 9999) { /* the usual case, for every event */
        char *at = write_two(buffer, (int)c.year / 100, '-') - 1;
        at = write_two(at, (int)c.year % 100, '-');
        at = write_two(at, c.month, '-');
        at = write_two(at, c.day, 'T');
        at = write_two(at, c.hour, ':');
        at = write_two(at, c.minute, ':');
        at = write_two(at, c.second, '.');
        *at = (char)('0' + c.millisecond / 100);
        write_two(at + 1, c.millisecond % 100, 'Z')[0] = '\0';
        return buffer;
    }
    snprintf(buffer, TIMESTAMP_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)c.year, c.month,
             c.day, c.hour, c.minute, c.second, c.millisecond);
    return buffer;
}

const char *timestamp_mc_date(int64_t ms, char buffer[TIMESTAMP_SIZE])
{
    struct calendar c = calendar_of(ms);
    unsigned rest;
    int64_t weekday = (days_of(ms, &rest) % 7 + 11) % 7; /* 1970 began on a Thursday */
    snprintf(buffer, TIMESTAMP_SIZE, "%s, %02d %s %04lld %02d:%02d:%02d UTC", day_names[weekday], c.day,
             month_names[c.month - 1], (long long)c.year, c.hour, c.minute, c.second);
    return buffer;
}

const char *timestamp_day(int64_t ms, char buffer[TIMESTAMP_SIZE])
{
    struct calendar c = calendar_of(ms);
    snprintf(buffer, TIMESTAMP_SIZE, "%04lld-%02d-%02d", (long long)c.year, c.month, c.day);
    return buffer;
}
