/* Reads the query of a GET as the bodies of the others are read: names, kinds and values that the endpoint
 * allows. */
#ifndef SIMULATOR_QUERY_H
#define SIMULATOR_QUERY_H

#include "endpoint.h"
#include "http.h"

/* On failure fills `violation` and leaves `question` empty. Its item holds texts. */
bool query_read(const struct endpoint *endpoint, const struct http_request *request,
                struct question *question, struct violation *violation);
/* The text of a parameter, or NULL. */
const char *query_text(const struct question *question, const char *name);
/* A number that the endpoint allowed. */
size_t query_number(const struct question *question, const char *name, size_t absent);

#endif
