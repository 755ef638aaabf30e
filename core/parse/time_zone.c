#include "parse/time_zone.h"

#include "base/text.h"

#define HALF 30

/* Names that mail and log files use. Where a name is used in several places, it is what it means to those who
 * are most likely to have written it: EST, CST, MST, PST and AST are those of North America (not of
 * Australia, China, Malaysia, the Philippines and Arabia), BST is British Summer Time (not Bangladesh). IST
 * (India, Ireland, Israel) and GST (the Gulf, South Georgia) could be anything: they are not read. */
static const struct {
    char name[5];
    short minutes;
} zones[] = {
    {"GMT", 0},           {"UTC", 0},     {"UT", 0},      {"Z", 0},      {"WET", 0},    {"WEST", 60},
    {"BST", 60},          {"CET", 60},    {"CEST", 120},  {"EET", 120},  {"EEST", 180}, {"SAST", 120},
    {"CAT", 120},         {"EAT", 180},   {"MSK", 180},   {"AEST", 600}, {"AEDT", 660}, {"ACST", 540 + HALF},
    {"ACDT", 600 + HALF}, {"AWST", 480},  {"NZST", 720},  {"NZDT", 780}, {"SGT", 480},  {"HKT", 480},
    {"JST", 540},         {"EST", -300},  {"EDT", -240},  {"CST", -360}, {"CDT", -300}, {"MST", -420},
    {"MDT", -360},        {"PST", -480},  {"PDT", -420},  {"AST", -240}, {"ADT", -180}, {"NST", -180 - HALF},
    {"NDT", -120 - HALF}, {"AKST", -540}, {"AKDT", -480}, {"HST", -600},
};

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

static bool is_letter(const char *at, const char *end)
{
    return at < end && (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z';
}

/* +HHMM, +HH:MM, +HH; with `short_hours` +H and +H:MM as well. */
static bool read_signed(const char **at, const char *end, bool short_hours, int *minutes)
{
    const char *p = *at;
    if (p == end || (*p != '+' && *p != '-')) return false;
    int sign = *p++ == '+' ? 1 : -1, hour = 0, minute = 0, digits = 0;
    for (; digits < 2 && is_digit(p, end); digits++)
        hour = hour * 10 + (*p++ - '0');
    if (digits < 2 && !(short_hours && digits == 1)) return false;
    if (p < end && *p == ':') p++;
    if (is_digit(p, end)) {
        if (!is_digit(p + 1, end)) return false;
        minute = (p[0] - '0') * 10 + (p[1] - '0');
        p += 2;
    } else if (p[-1] == ':') {
        return false;
    }
    if (hour > 23 || minute > 59 || is_digit(p, end)) return false;
    *minutes = sign * (hour * 60 + minute);
    *at = p;
    return true;
}

bool time_zone_read_offset(const char **at, const char *end, int *minutes)
{
    if (*at < end && (**at | 0x20) == 'z' && !is_letter(*at + 1, end)) {
        ++*at;
        *minutes = 0;
        return true;
    }
    return read_signed(at, end, false, minutes);
}

bool time_zone_read_name(const char **at, const char *end, int *minutes)
{
    const char *p = *at;
    while (is_letter(p, end))
        p++;
    postern_text name = text_slice(*at, p);
    if (name.size == 0 || name.size > 4) return false;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if ((name.data[0] & ~0x20) != zones[i].name[0] || !text_is_ignoring_case(name, zones[i].name))
            continue;
        int more = 0;
        if (zones[i].minutes == 0 && name.size >= 2) read_signed(&p, end, true, &more);
        *minutes = zones[i].minutes + more;
        *at = p;
        return true;
    }
    return false;
}

bool time_zone_read(const char **at, const char *end, int *minutes)
{
    return time_zone_read_offset(at, end, minutes) || time_zone_read_name(at, end, minutes);
}
