/* Where an account's base URL may lead: to a host that its authentication profile knows, to one that the user
 * allows, or to this machine. Pure. */
#ifndef POSTERN_CONFIG_BASE_URL_H
#define POSTERN_CONFIG_BASE_URL_H

#include "base/url.h"

/* Checks `text` and writes it without a trailing slash, host in lower case, into `normal`. `profile` NULL =
 * not known: then a host of any of `profiles` (ends with NULL) will do. `allow_host` (may be NULL) is a host
 * that is right although it is not known. On failure error->message says why, to be read behind "base_url of
 * account ... ". */
postern_status base_url_check(const char *text, const postern_auth *profile,
                              const postern_auth *const *profiles, const char *allow_host,
                              char normal[URL_ORIGIN_SIZE], postern_error *error);
/* A host of the profile for examples; NULL if it lists none. */
const char *base_url_example(const postern_auth *profile);

#endif
