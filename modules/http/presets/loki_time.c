/* An entry's time: the event's, and below the millisecond a share that is the same whenever it comes again.
 */
#include "loki.h"

#define NS_OF_MS ((int64_t)1000000)
#define LAST_MS  (INT64_MAX / NS_OF_MS - 1) /* in the year 2262 */

/* Of the whole id: those of one input differ in their end alone. */
static int64_t share_of(postern_text id)
{
    return (int64_t)(kit_hash(KIT_HASH_OF_NOTHING, id) % (uint64_t)NS_OF_MS);
}

int64_t loki_time(const postern_sink_event *event)
{
    int64_t ms = event_time(event);
    if (ms < 0 || ms > LAST_MS) ms = event->received_ms;
    return ms * NS_OF_MS + share_of(event->id);
}

/* A number of so many digits, which is taken off the text, and the byte behind it. */
static bool take_number(postern_text *text, size_t digits, char behind, int64_t *number)
{
    *number = 0;
    if (text->size < digits + (behind != '\0')) return false;
    for (size_t i = 0; i < digits; i++) {
        if (text->data[i] < '0' || text->data[i] > '9') return false;
        *number = *number * 10 + (text->data[i] - '0');
    }
    if (behind && text->data[digits] != behind) return false;
    digits += behind != '\0';
    *text = kit_span(text->data + digits, text->size - digits);
    return true;
}

/* Up to nine digits of a second, those at the end left out if they are zeros. */
static int64_t take_fraction(postern_text *text)
{
    int64_t number = 0, unit = NS_OF_MS * 1000;
    if (!kit_starts_with(*text, ".")) return 0;
    *text = kit_span(text->data + 1, text->size - 1);
    while (text->size && text->data[0] >= '0' && text->data[0] <= '9') {
        unit /= 10;
        number += (text->data[0] - '0') * unit;
        *text = kit_span(text->data + 1, text->size - 1);
    }
    return number;
}

/* Days from 1970, of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* A byte, if it is one of these. */
static bool take_one_of(postern_text *text, const char *bytes)
{
    if (!text->size || !text->data[0] || !strchr(bytes, text->data[0])) return false;
    *text = kit_span(text->data + 1, text->size - 1);
    return true;
}

/* "+0100", "-08:00", "Z": minutes. */
static bool take_zone(postern_text *text, int64_t *minutes)
{
    int64_t hours;
    *minutes = 0;
    if (take_one_of(text, "Z")) return true;
    int64_t sign = kit_starts_with(*text, "-") ? -1 : 1;
    if (!take_one_of(text, "+-") || !take_number(text, 2, '\0', &hours)) return false;
    take_one_of(text, ":");
    if (!take_number(text, 2, '\0', minutes)) return false;
    *minutes = sign * (hours * 60 + *minutes);
    return true;
}

bool loki_read_time(postern_text text, int64_t *ns)
{
    int64_t year, month, day, hour, minute, second, zone;
    if (!take_number(&text, 4, '-', &year) || !take_number(&text, 2, '-', &month) ||
        !take_number(&text, 2, '\0', &day) || !take_one_of(&text, " T") ||
        !take_number(&text, 2, ':', &hour) || !take_number(&text, 2, ':', &minute) ||
        !take_number(&text, 2, '\0', &second))
        return false;
    int64_t fraction = take_fraction(&text);
    take_one_of(&text, " ");
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || !take_zone(&text, &zone)) return false;
    int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + (minute - zone) * 60 + second;
    *ns = seconds * 1000 * NS_OF_MS + fraction;
    return true;
}
