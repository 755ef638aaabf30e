/* Option values of one instance or account: copied here once out of the configuration, read by modules
 * through the host. */
#ifndef POSTERN_MODULE_OPTIONS_H
#define POSTERN_MODULE_OPTIONS_H

#include "base/secret.h"

/* One text of a list, a repeatable option or a map. */
struct option_item {
    const char *name; /* MAP only */
    const char *text; /* NULL if it is a secret */
    struct secret *secret;
};

/* A value as the user gave it, checked against the option table. Whoever holds it owns what it points to. */
struct option_value {
    const char *name;
    uint32_t type;    /* POSTERN_OPTION_... */
    const char *text; /* TEXT, PATH, TEMPLATE */
    int64_t integer;  /* INTEGER, BOOLEAN, DURATION (ms), SIZE (bytes) */
    struct secret *secret;
    struct option_item *items; /* LIST, MAP, and what is REPEATABLE */
    size_t item_count;
};

/* Copies the values (secrets are shared) and adds the defaults of `table` for what they lack. NULL: no
 * memory. */
postern_options *options_new(const postern_option *const *table, const struct option_value *values,
                             size_t count);
void options_free(postern_options *options); /* NULL is fine */

/* As the functions of postern_host; `options` may be NULL. */
bool options_text(const postern_options *options, const char *name, postern_text *value);
bool options_integer(const postern_options *options, const char *name, int64_t *value);
bool options_item(const postern_options *options, const char *name, size_t index, postern_text *value);
bool options_pair(const postern_options *options, const char *name, size_t index, postern_pair *pair);

/* Whether the text holds one of the secrets or is a part of one; too short a part to tell anything does not
 * count. */
bool options_hide(const postern_options *options, postern_text text);

#endif
