#include "parse/time_text.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "parse/time_zone.h"
#include <strings.h>

#define DAY_MS          86400000LL
#define LEAST_SECONDS   100000000    /* March 1973: smaller numbers are counters, or dates like 20261126 */
#define LEAST_MS        100000000000 /* of a number of milliseconds: as seconds it is in the year 5138 */
#define TIME_TEXT_LIMIT 128

struct time_text {
    const char *at, *end;
    int year, month, day, hour, minute, second, millisecond, zone;
    bool has_zone;
};

static bool is_digit(const struct time_text *t)
{
    return t->at < t->end && *t->at >= '0' && *t->at <= '9';
}

static bool read_number(struct time_text *t, int least_digits, int most_digits, int *value)
{
    int digits = 0, number = 0;
    for (; digits < most_digits && is_digit(t); digits++)
        number = number * 10 + (*t->at++ - '0');
    *value = number;
    return digits >= least_digits && !is_digit(t);
}

static bool read_byte(struct time_text *t, char byte)
{
    if (t->at == t->end || *t->at != byte) return false;
    t->at++;
    return true;
}

static void skip_blanks(struct time_text *t)
{
    while (t->at < t->end && *t->at == ' ')
        t->at++;
}

/* One or more letters that begin one of the names, three of them at least; its number from 1, or 0. */
static int read_name(struct time_text *t, const char *const *names, int count)
{
    const char *from = t->at;
    while (t->at < t->end && (*t->at | 0x20) >= 'a' && (*t->at | 0x20) <= 'z')
        t->at++;
    size_t size = (size_t)(t->at - from);
    for (int i = 0; i < count && size >= 3; i++)
        if (size <= strlen(names[i]) && strncasecmp(from, names[i], size) == 0) return i + 1;
    t->at = from;
    return 0;
}

static bool read_month(struct time_text *t)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    t->month = read_name(t, names, 12);
    return t->month > 0;
}

/* "Thu, " */
static void skip_weekday(struct time_text *t)
{
    static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
    if (!read_name(t, names, 7)) return;
    read_byte(t, ',');
    skip_blanks(t);
}

/* ":MM" with blanks allowed around the colon. */
static bool read_sixtieth(struct time_text *t, int *value)
{
    skip_blanks(t);
    if (!read_byte(t, ':')) return false;
    skip_blanks(t);
    return read_number(t, 2, 2, value);
}

static void read_fraction(struct time_text *t)
{
    bool is_fraction =
        t->end - t->at >= 2 && (*t->at == '.' || *t->at == ',') && t->at[1] >= '0' && t->at[1] <= '9';
    t->at += is_fraction;
    for (int scale = 100; is_fraction && is_digit(t); scale /= 10)
        t->millisecond += (*t->at++ - '0') * scale;
}

/* AM or PM, with a blank before it or without one. */
static bool read_half_of_day(struct time_text *t)
{
    const char *at = t->at;
    while (at < t->end && *at == ' ')
        at++;
    if (t->end - at < 2 || (at[1] | 0x20) != 'm') return true;
    char half = (char)(*at | 0x20);
    if (half != 'a' && half != 'p') return true;
    if (t->end - at > 2 && (at[2] | 0x20) >= 'a' && (at[2] | 0x20) <= 'z') return true; /* "AMT" */
    if (t->hour < 1 || t->hour > 12) return false;
    t->hour = t->hour % 12 + (half == 'p' ? 12 : 0);
    t->at = at + 2;
    return true;
}

/* What may stand behind the second. */
static bool finish_clock(struct time_text *t)
{
    read_fraction(t);
    return t->hour <= 23 && t->minute <= 59 && t->second <= 60 && read_half_of_day(t);
}

static bool read_clock(struct time_text *t)
{
    if (!read_number(t, 1, 2, &t->hour) || !read_sixtieth(t, &t->minute)) return false;
    const char *before = t->at;
    if (!read_sixtieth(t, &t->second)) {
        t->at = before;
        t->second = 0;
    }
    return finish_clock(t);
}

/* A zone, if there is one, and what mail programs write behind it: "+0000 (UTC)". */
static void read_zone(struct time_text *t)
{
    skip_blanks(t);
    if (!time_zone_read(&t->at, t->end, &t->zone)) return;
    t->has_zone = true;
    const char *before = t->at;
    skip_blanks(t);
    if (!read_byte(t, '(')) {
        t->at = before;
        return;
    }
    while (t->at < t->end && *t->at != ')' && *t->at != '(')
        t->at++;
    if (!read_byte(t, ')')) t->at = before;
}

/* The number of two digits; if they are none, *are_digits becomes false. */
static inline int two_digits(const char *at, bool *are_digits)
{
    unsigned tens = (unsigned char)(at[0] - '0'), ones = (unsigned char)(at[1] - '0');
    *are_digits &= (tens < 10) & (ones < 10);
    return (int)(tens * 10 + ones);
}

/* 2026-11-26T10:00:00, as nearly all write it: everything has its place. */
static bool read_at_known_places(struct time_text *t)
{
    const char *at = t->at;
    if (t->end - at < 19 || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':')
        return false;
    bool are_digits = true;
    t->year = two_digits(at, &are_digits) * 100 + two_digits(at + 2, &are_digits);
    t->month = two_digits(at + 5, &are_digits);
    t->day = two_digits(at + 8, &are_digits);
    t->hour = two_digits(at + 11, &are_digits);
    t->minute = two_digits(at + 14, &are_digits);
    t->second = two_digits(at + 17, &are_digits);
    if (!are_digits || (t->end - at > 19 && (unsigned char)(at[19] - '0') < 10)) return false;
    t->at = at + 19;
    return true;
}

/* 2026-11-26 10:00:00, 2026/11/26 9:00 */
static bool read_parts_year_first(struct time_text *t)
{
    if (!read_number(t, 4, 4, &t->year)) return false;
    char between = t->at < t->end ? *t->at : '\0';
    if (between != '-' && between != '/') return false;
    t->at++;
    if (!read_number(t, 2, 2, &t->month) || !read_byte(t, between) || !read_number(t, 2, 2, &t->day))
        return false;
    if (!read_byte(t, 'T') && !read_byte(t, 't') && !read_byte(t, ' ')) return false;
    skip_blanks(t);
    return read_clock(t);
}

static bool read_year_first(struct time_text *t)
{
    bool read = read_at_known_places(t) ? finish_clock(t) : read_parts_year_first(t);
    if (read) read_zone(t);
    return read;
}

/* 26 Nov 2026 10:00:00 GMT */
static bool read_day_first(struct time_text *t)
{
    if (!read_number(t, 1, 2, &t->day)) return false;
    char between = t->at < t->end && *t->at == '-' ? '-' : ' ';
    if (!read_byte(t, between) || !read_month(t) || !read_byte(t, between)) return false;
    if (!read_number(t, 4, 4, &t->year) || !read_byte(t, ' ')) return false;
    skip_blanks(t);
    if (!read_clock(t)) return false;
    read_zone(t);
    return true;
}

/* Nov 26 10:00:00 GMT 2026, Nov 26, 2026 10:00:00 AM */
static bool read_month_first(struct time_text *t)
{
    if (!read_month(t) || !read_byte(t, ' ')) return false;
    skip_blanks(t);
    if (!read_number(t, 1, 2, &t->day)) return false;
    read_byte(t, ',');
    if (!read_byte(t, ' ')) return false;
    const char *before = t->at;
    bool year_first = read_number(t, 4, 4, &t->year) && read_byte(t, ' ');
    if (!year_first) t->at = before;
    if (!read_clock(t)) return false;
    read_zone(t);
    if (year_first) return true;
    skip_blanks(t);
    if (!read_number(t, 4, 4, &t->year)) return false;
    if (!t->has_zone) read_zone(t);
    return true;
}

bool time_text_read(postern_text text, int64_t *ms, bool *had_zone)
{
    text = text_trim(text);
    if (text.size == 0 || text.size > TIME_TEXT_LIMIT) return false;
    struct time_text t = {.at = text.data, .end = text.data + text.size};
    bool read;
    if (is_digit(&t) && text.size > 4 && text.data[2] >= '0' && text.data[2] <= '9') {
        read = read_year_first(&t);
    } else {
        skip_weekday(&t);
        read = is_digit(&t) ? read_day_first(&t) : read_month_first(&t);
    }
    if (!read || t.at != t.end || !timestamp_day_exists(t.year, t.month, t.day)) return false;
    *ms = timestamp_days(t.year, t.month, t.day) * DAY_MS +
          (t.hour * 3600LL + t.minute * 60LL + t.second) * 1000 + t.millisecond - t.zone * 60000LL;
    if (had_zone) *had_zone = t.has_zone;
    return true;
}

bool time_epoch_read(postern_text text, int64_t *ms)
{
    text = text_trim(text);
    const char *at = text.data, *end = text.data + text.size;
    bool negative = at < end && *at == '-';
    int64_t whole = 0, fraction = 0;
    int digits = 0;
    for (at += negative; at < end && *at >= '0' && *at <= '9' && digits < 18; digits++)
        whole = whole * 10 + (*at++ - '0');
    if (digits == 0) return false;
    if (at < end && *at == '.') {
        if (++at == end) return false;
        for (int scale = 100; at < end && *at >= '0' && *at <= '9'; scale /= 10)
            fraction += (int64_t)(*at++ - '0') * scale;
    }
    if (at != end || whole < LEAST_SECONDS) return false;
    int64_t found = whole < LEAST_MS ? whole * 1000 + fraction : whole;
    *ms = negative ? -found : found;
    return true;
}
