/* libcurl, which the process shares with modules that link it too. */
#ifndef POSTERN_HTTP_LIBRARY_H
#define POSTERN_HTTP_LIBRARY_H

#include <stdbool.h>

/* Makes it ready until the process ends. Once, before any module is loaded and before there is a second
 * thread: modules are promised that. */
bool http_library_init(void);

#endif
