/* The header lines of one try, signed afresh, and their end. */
#ifndef POSTERN_HTTP_REQUEST_HEADERS_H
#define POSTERN_HTTP_REQUEST_HEADERS_H

#include "http/exchange.h"
#include <curl/curl.h>

/* The exchange's own headers, those that its `sign` adds, and what keeps libcurl from adding unwanted ones. A
 * name or value with a control character is POSTERN_E_INVALID: it could smuggle in another header. */
postern_status request_headers_make(struct http_exchange *exchange, struct curl_slist **lines,
                                    postern_error *error);
/* Wipes and frees. */
void request_headers_free(struct curl_slist *lines);

#endif
