/* Texts and paths with placeholders: %{account} %{source} %{stream} %{type} %{date} %{hour} %{id} and
 * %{.a.b}, a value out of the event. Pure. */
#ifndef POSTERN_CONFIG_PATH_TEMPLATE_H
#define POSTERN_CONFIG_PATH_TEMPLATE_H

#include <postern/module.h>

/* Every placeholder is known, with `old` to a module that was built before there were %{hour} and %{.a.b}.
 * error->message is to be read behind "path of ... ". */
postern_status template_check(const char *text, bool old, postern_error *error);
/* No part of the path is "..". error->message as above. */
postern_status path_check_parts(const char *path, postern_error *error);
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

/* A path taken apart at its slashes, for a quick comparison with thousands of others. */
struct path_parts {
    size_t
        count; /* 0 = it is not compared quickly: too long, or with a directory said in more than one way */
    struct path_part {
        const char *text;
        size_t size, head,
            tail; /* bytes before the first and behind the last placeholder; all if it has none */
    } items[16];
};
struct path_parts path_template_parts(const char *path);
/* True only if they cannot meet: values hold no "/", so the parts must be as many, and begin and end alike.
 */
bool path_parts_differ(const struct path_parts *a, const struct path_parts *b);
/* Which part (from 0) is just that placeholder, -1 if none is. */
int path_template_part(const char *path, const char *placeholder);

#endif
