#include "shared/cloud/time.h"

#define DAY_MS ((int64_t)86400000)

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* A point in time as people write it, UTC. */
struct parts {
    int year, month, day, hour, minute, second, weekday; /* month from 1, weekday from 0 = Sunday */
};

static struct parts parts_of(int64_t ms)
{
    char buffer[KIT_DAY_SIZE];
    int64_t of_day = (ms % DAY_MS + DAY_MS) % DAY_MS, days = (ms - of_day) / DAY_MS;
    postern_text day = kit_day(ms, buffer);
    struct parts parts = {.weekday = (int)(((days + 4) % 7 + 7) % 7),
                          .hour = (int)(of_day / 3600000),
                          .minute = (int)(of_day / 60000 % 60),
                          .second = (int)(of_day / 1000 % 60)};
    const char *at = day.data;
    for (int i = 0; i < 4; i++)
        parts.year = parts.year * 10 + (at[i] - '0');
    parts.month = (at[5] - '0') * 10 + (at[6] - '0');
    parts.day = (at[8] - '0') * 10 + (at[9] - '0');
    return parts;
}

void cloud_compact_time(int64_t ms, char text[CLOUD_TIME_SIZE])
{
    struct parts at = parts_of(ms);
    snprintf(text, CLOUD_TIME_SIZE, "%04d%02d%02dT%02d%02d%02dZ", at.year, at.month, at.day, at.hour,
             at.minute, at.second);
}

void cloud_http_time(int64_t ms, char text[CLOUD_TIME_SIZE])
{
    static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct parts at = parts_of(ms);
    snprintf(text, CLOUD_TIME_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[at.weekday], at.day,
             months[at.month - 1], at.year, at.hour, at.minute, at.second);
}

/* Days from 1970 to a day of the Gregorian calendar. */
static int64_t days_to(int year, int month, int day)
{
    int64_t shifted = month <= 2 ? year - 1 : year, era = shifted / 400, of_era = shifted - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool join(const struct parts *at, int64_t *ms)
{
    if (at->year < 1970 || at->month < 1 || at->month > 12 || at->day < 1 || at->day > 31 || at->hour > 23 ||
        at->minute > 59 || at->second > 60)
        return false;
    *ms = days_to(at->year, at->month, at->day) * DAY_MS +
          ((int64_t)at->hour * 3600 + (int64_t)at->minute * 60 + at->second) * 1000;
    return true;
}

/* `form` is matched byte by byte: '9' takes a digit of the number named by its place in `into` (which lists
 * them run by run), '?' takes anything. */
static bool match(postern_text text, const char *form, int *const *into)
{
    size_t size = strlen(form), run = 0;
    if (text.size < size) return false;
    for (size_t i = 0; i < size; i++) {
        char c = text.data[i];
        if (form[i] == '9') {
            if (c < '0' || c > '9') return false;
            *into[run] = *into[run] * 10 + (c - '0');
            run += form[i + 1] != '9';
        } else if (form[i] != '?' && form[i] != c) {
            return false;
        }
    }
    return true;
}

bool cloud_read_http_time(postern_text text, int64_t *ms)
{
    struct parts at = {0};
    int *const into[] = {&at.day, &at.year, &at.hour, &at.minute, &at.second};
    if (!match(text, "???, 99 ??? 9999 99:99:99 GMT", into)) return false;
    for (int i = 0; i < 12; i++)
        if (memcmp(text.data + 8, months[i], 3) == 0) at.month = i + 1;
    return join(&at, ms);
}

bool cloud_read_iso_time(postern_text text, int64_t *ms)
{
    struct parts at = {0};
    int *const into[] = {&at.year, &at.month, &at.day, &at.hour, &at.minute, &at.second};
    bool whole_day = text.size == 10;
    return match(text, whole_day ? "9999-99-99" : "9999-99-99T99:99:99", into) && join(&at, ms);
}

int64_t cloud_clock_offset(const postern_http_response *response, int64_t now_ms)
{
    int64_t theirs;
    postern_text date = kit_header(response->headers, response->header_count, "date");
    return cloud_read_http_time(date, &theirs) ? theirs - now_ms : 0;
}
