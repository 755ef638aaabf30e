/* Zones as they stand behind a time: "Z", "+0100", "-04:00", "GMT-04:00", "UTC+2", "NZDT". Pure. */
#ifndef POSTERN_PARSE_TIME_ZONE_H
#define POSTERN_PARSE_TIME_ZONE_H

#include <postern/module.h>

/* Reads a zone at *at and moves *at behind it; *minutes is its offset from UTC. False, with both untouched,
 * if there is none, or a name that several parts of the world use without one of them prevailing. */
bool time_zone_read(const char **at, const char *end, int *minutes);
/* The same, of offsets alone, "Z" among them. */
bool time_zone_read_offset(const char **at, const char *end, int *minutes);
/* The same, of names alone, with an offset behind GMT and UTC. */
bool time_zone_read_name(const char **at, const char *end, int *minutes);

#endif
