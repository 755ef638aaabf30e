/* Names of hosts and domains as they stand in log records. Pure functions. */
#ifndef POSTERN_PARSE_DOMAIN_H
#define POSTERN_PARSE_DOMAIN_H

#include <postern/module.h>

/* A host name alone: labels of 1 to 63 letters, digits, '-' and '_' (no '-' at their ends), dots between them
 * and at most one behind the last, up to 253 characters. International names count as ASCII ("xn--...") and
 * as UTF-8, where a label holds letters and digits of any script. False for addresses and all else whose last
 * label is a number. */
bool domain_is_valid(postern_text text);
/* The same byte by byte: what the fast way, for short names of ASCII, is tested against. */
bool domain_is_valid_slowly(postern_text text);
/* What can stand for a host: a host name, an IPv4 or IPv6 address, or one in brackets. */
bool host_is_valid(postern_text text);

#endif
