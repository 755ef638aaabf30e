#include "http/rate_limit.h"
#include "base/smaller.h"
#include "base/text.h"
#include "base/timestamp.h"

#define SHORTEST_WAIT_MS   ((int64_t)1000)
#define LONGEST_WAIT_MS    ((int64_t)3600 * 1000)
#define BLIND_WAIT_MS      ((int64_t)60 * 1000) /* told to wait, but not for how long */
#define BLIND_WAIT_MOST_MS ((int64_t)15 * 60 * 1000)
#define NOT_TOLD           ((int64_t)-1)

/* "x-ratelimit-reset" in any of the spellings, for `what` = "-reset": "ratelimit" or "rate-limit", alone or
 * behind "x-", with or without a vendor's name. */
static bool names_limit(postern_text name, const char *what)
{
    size_t behind = strlen(what);
    if (name.size <= behind || !text_ends_with(name, what)) return false;
    postern_text limit = {name.data, name.size - behind};
    bool own = text_is(limit, "ratelimit") || text_is(limit, "rate-limit");
    return own || (text_starts_with(limit, "x-") &&
                   (text_ends_with(limit, "-ratelimit") || text_ends_with(limit, "-rate-limit")));
}

/* A whole number without sign of at most 15 digits (a fraction is cut off), or NOT_TOLD. */
static int64_t read_number(postern_text text)
{
    text = text_trim(text);
    int64_t number = 0;
    size_t digits = 0;
    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
        if (++digits <= 15) number = number * 10 + (text.data[digits - 1] - '0');
    if (digits == 0 || digits > 15) return NOT_TOLD;
    return digits == text.size || text.data[digits] == '.' ? number : NOT_TOLD;
}

/* The vendor documents milliseconds; clients have met seconds and points in time. */
static int64_t reset_wait_ms(postern_text value, int64_t now_wall_ms)
{
    int64_t number = read_number(value);
    if (number < 0) return NOT_TOLD;
    int64_t wait = number;
    if (number > 1000000000000)
        wait = number - now_wall_ms;
    else if (number > 1000000000)
        wait = number * 1000 - now_wall_ms;
    return wait > 0 ? wait : 0;
}

static int64_t read_retry_after(postern_text value, int64_t now_wall_ms)
{
    int64_t seconds = read_number(value), date_ms;
    if (seconds >= 0) return seconds < LONGEST_WAIT_MS / 1000 ? seconds * 1000 : LONGEST_WAIT_MS;
    if (!timestamp_parse_http(text_trim(value), &date_ms)) return NOT_TOLD;
    return date_ms > now_wall_ms ? date_ms - now_wall_ms : 0;
}

static int64_t blind_wait_ms(int consecutive)
{
    int64_t wait = BLIND_WAIT_MS;
    for (int i = 1; i < consecutive && wait < BLIND_WAIT_MOST_MS; i++)
        wait *= 2;
    return wait < BLIND_WAIT_MOST_MS ? wait : BLIND_WAIT_MOST_MS;
}

int64_t rate_limit_wait_ms(int status, const postern_pair *headers, size_t count, int64_t now_wall_ms,
                           int consecutive)
{
    bool used_up = status == 429, unavailable = status == 503;
    int64_t told = NOT_TOLD, asked = NOT_TOLD;
    for (size_t i = 0; i < count; i++) {
        if (names_limit(headers[i].name, "-remaining") && read_number(headers[i].value) == 0) used_up = true;
        if (names_limit(headers[i].name, "-reset"))
            told = larger(told, reset_wait_ms(headers[i].value, now_wall_ms));
        if (text_is(headers[i].name, "retry-after"))
            asked = larger(asked, read_retry_after(headers[i].value, now_wall_ms));
    }
    int64_t wait = used_up ? larger(told, asked) : unavailable ? asked : NOT_TOLD;
    if (wait == NOT_TOLD) return used_up ? blind_wait_ms(consecutive) : 0;
    if (wait < SHORTEST_WAIT_MS) return SHORTEST_WAIT_MS;
    return wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
}

int64_t retry_after_ms(const postern_pair *headers, size_t count, int64_t now_wall_ms)
{
    int64_t asked = 0;
    for (size_t i = 0; i < count; i++)
        if (text_is(headers[i].name, "retry-after"))
            asked = larger(asked, read_retry_after(headers[i].value, now_wall_ms));
    return asked < BLIND_WAIT_MOST_MS ? asked : BLIND_WAIT_MOST_MS;
}
