/* Paths with placeholders: %{account} %{source} %{stream} %{type} %{date}. Pure. */
#ifndef POSTERN_CONFIG_PATH_TEMPLATE_H
#define POSTERN_CONFIG_PATH_TEMPLATE_H

#include <postern/module.h>

/* Every placeholder is known, and no part of the path is "..". error->message is to be read behind "path of
 * ... ". */
postern_status path_template_check(const char *path, postern_error *error);
/* True if the placeholder ("account") is in the path. */
bool path_template_has(const char *path, const char *placeholder);

/* A template with what is known of its placeholders; NULL = any value. A value never holds a '/'. */
struct path_template {
    const char *path;
    const char *account;
    const char *source;
};
/* True if both can become the same path. Errs on that side if memory is out. */
bool path_templates_meet(const struct path_template *a, const struct path_template *b);

#endif
