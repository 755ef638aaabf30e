/* Which hosts an account's base URL may name (modules/mimecast/api.md, "Hosts"). Pure. */
#ifndef POSTERN_CONFIG_BASE_URL_H
#define POSTERN_CONFIG_BASE_URL_H

#include <postern/module.h>

#define BASE_URL_SIZE 280

/* Checks `url` for API 1 or 2 (`api` 0 = not known, then either will do) and writes it without a trailing
 * slash, host in lower case, into `normal`. `allow_host` (may be NULL) is a host that is right although it is
 * not known. On failure error->message says why, to be read behind "base_url of account ... ". */
postern_status base_url_check(const char *url, int api, const char *allow_host, char normal[BASE_URL_SIZE],
                              postern_error *error);

#endif
