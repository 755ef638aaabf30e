#include "script/map/parts.h"

#include <stddef.h>

const char *const map_meta_names[] = {"account",  "source",   "stream", "type", "id",
                                      "pipeline", "received", "time",   NULL};
const char *const map_email_names[] = {"address", "local", "domain", "name", NULL};
const char *const map_url_names[] = {
    "full", "scheme", "domain",    "ip",    "registered_domain", "top_level_domain", "subdomain",
    "port", "path",   "extension", "query", "fragment",          "username",         NULL};
const char *const map_time_names[] = {"any", "ms", "s", "zoned", NULL};
const char *const map_mention_names[] = {"ip", "email", "file", NULL}; /* enum mention */
const char *const map_names_forms[] = {"several", "one", NULL};
const char *const map_json_forms[] = {"any", "object", NULL};
