/* " (request id ID)" or " (request id ID, id-2 ID)": what sinks put behind the words of a receiver that names
 * its calls. Two reasons that differ in it alone are one. Pure. */
#ifndef POSTERN_BASE_REQUEST_MARK_H
#define POSTERN_BASE_REQUEST_MARK_H

#include <stdbool.h>
#include <stddef.h>

/* The size of the mark that begins here, or of what a limit has left of it; 0 if none does. */
size_t request_mark_size(const char *at);
bool request_mark_alike(const char *reason, const char *other);

#endif
