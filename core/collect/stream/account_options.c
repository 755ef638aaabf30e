#include "collect/stream/account_options.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* One source of one account; few accounts set anything, so they are in a list. */
struct given_options {
    const struct source_instance *source;
    postern_options *options;
    struct given_options *next;
};

static const struct source_instance *find_source(const struct source_instance *sources, size_t count,
                                                 const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(sources[i].source->name, name) == 0) return &sources[i];
    return NULL;
}

postern_status account_options_take(struct account *account, const struct config_account *config,
                                    const struct source_instance *sources, size_t source_count,
                                    postern_error *error)
{
    for (size_t i = 0; i < config->option_count; i++) {
        const struct config_account_options *from = &config->options[i];
        const struct source_instance *source = find_source(sources, source_count, from->source);
        if (!source) continue; /* the source is switched off */
        struct given_options *given = calloc(1, sizeof *given);
        if (!given) return error_no_memory(error, NULL);
        given->source = source;
        given->options = options_new(source->source->account_options, from->values, from->value_count);
        given->next = account->given_options;
        account->given_options = given;
        if (!given->options) return error_no_memory(error, NULL);
    }
    return POSTERN_OK;
}

const postern_options *account_options_of(const struct account *account, const struct source_instance *source)
{
    for (const struct given_options *given = account->given_options; given; given = given->next)
        if (given->source == source) return given->options;
    return source->account_defaults;
}

void account_options_free(struct given_options *given)
{
    for (struct given_options *next; given; given = next) {
        next = given->next;
        options_free(given->options);
        free(given);
    }
}
