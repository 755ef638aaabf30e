/* A host that has the options of a table in the test, for reading them without the core. */
#ifndef TESTS_UNIT_POSTGRESQL_OPTIONS_OF_H
#define TESTS_UNIT_POSTGRESQL_OPTIONS_OF_H

#include "../unit.h"
#include "postgresql_sink.h"

struct option_of_test {
    const char *name, *text; /* several of one name are the items of a list */
    const char *key;         /* of an entry of a map */
};

struct host_of_test {
    postern_host face;
    const struct option_of_test *options; /* ends with a name NULL */
};

static inline const struct option_of_test *find_option(const postern_host *host, const char *name,
                                                       size_t index)
{
    const struct option_of_test *option = ((const struct host_of_test *)host)->options;
    for (; option && option->name; option++)
        if (strcmp(option->name, name) == 0 && index-- == 0) return option;
    return NULL;
}

static inline bool option_item(const postern_host *host, const char *name, size_t index, postern_text *value)
{
    const struct option_of_test *option = find_option(host, name, index);
    if (option) *value = kit_text(option->text);
    return option != NULL;
}

static inline bool option_text(const postern_host *host, const char *name, postern_text *value)
{
    return option_item(host, name, 0, value);
}

static inline bool option_integer(const postern_host *host, const char *name, int64_t *value)
{
    postern_text text;
    if (!option_text(host, name, &text)) return false;
    *value = strtoll(text.data, NULL, 10);
    return true;
}

static inline bool option_pair(const postern_host *host, const char *name, size_t index, postern_pair *pair)
{
    const struct option_of_test *option = find_option(host, name, index);
    if (option) *pair = (postern_pair){kit_text(option->key), kit_text(option->text)};
    return option != NULL;
}

static inline struct host_of_test host_with(const struct option_of_test *options)
{
    return (struct host_of_test){.face = {.size = sizeof(postern_host),
                                          .option_text = option_text,
                                          .option_integer = option_integer,
                                          .option_item = option_item,
                                          .option_pair = option_pair},
                                 .options = options};
}

#endif
