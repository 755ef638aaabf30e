/* The methods of HTTP that a request may have, and what each sends. */
#ifndef POSTERN_HTTP_METHOD_H
#define POSTERN_HTTP_METHOD_H

#include "http/exchange.h"
#include <curl/curl.h>

bool method_is_known(const char *name);
/* Sets the exchange's method and body; the method is known. */
void method_set(CURL *easy, const struct http_exchange *exchange);

#endif
