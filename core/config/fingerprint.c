#include "config/fingerprint.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include <stdlib.h>

#define SETTINGS_LIMIT (4 << 20)
#define AT_ONCE        (1 << 16) /* so that growing leaves no copies of secrets behind */

static void wiping_free(struct buffer *buffer)
{
    if (buffer->data) secret_wipe(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

/* With its length in front: no two lists of texts give the same bytes. */
static void add_text(struct buffer *bytes, postern_text text)
{
    buffer_printf(bytes, "\n%zu:", text.size);
    buffer_append_text(bytes, text);
}

static void add_string(struct buffer *bytes, const char *text)
{
    add_text(bytes, text ? text_of(text) : (postern_text){0});
}

static void add_secret(struct buffer *bytes, const struct secret *secret)
{
    add_text(bytes, secret ? secret_reveal(secret) : (postern_text){0});
}

static bool finish(const struct buffer *bytes, postern_text key, unsigned char out[FINGERPRINT_SIZE])
{
    return !bytes->failed && digest_hmac_sha256(key, buffer_text(bytes), out);
}

/* The bytes are those that journals hold hashes of: they stay as they are. */
bool config_account_fingerprint(const struct config_account *account, postern_text key,
                                unsigned char out[FINGERPRINT_SIZE])
{
    if (account->missing) return false;
    _cleanup_(wiping_free) struct buffer bytes = {.limit = 1 << 20};
    buffer_reserve(&bytes, AT_ONCE);
    buffer_printf(&bytes, "%s\n%s", account->profile->name, account->base_url);
    for (size_t i = 0; i < AUTH_ROLE_LIMIT; i++)
        add_secret(&bytes, account->credentials.secrets[i]);
    return finish(&bytes, key, out);
}

bool config_sink_fingerprint(const struct config_sink *sink, postern_text key,
                             unsigned char out[FINGERPRINT_SIZE])
{
    _cleanup_(wiping_free) struct buffer bytes = {.limit = SETTINGS_LIMIT};
    buffer_reserve(&bytes, AT_ONCE);
    add_string(&bytes, sink->type);
    for (size_t i = 0; i < sink->value_count; i++) {
        const struct option_value *value = &sink->values[i];
        add_string(&bytes, value->name);
        add_string(&bytes, value->text);
        buffer_printf(&bytes, "\n%lld %zu", (long long)value->integer, value->item_count);
        add_secret(&bytes, value->secret);
        for (size_t k = 0; k < value->item_count; k++) {
            add_string(&bytes, value->items[k].name);
            add_string(&bytes, value->items[k].text);
            add_secret(&bytes, value->items[k].secret);
        }
    }
    return finish(&bytes, key, out);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In no particular order. */
static void add_names(struct buffer *bytes, const struct config_names *names,
                      const char *(*alias)(void *context, const char *name), void *context)
{
    _cleanup_(freep) const char **sorted = calloc(names->count + 1, sizeof *sorted);
    bytes->failed |= !sorted;
    for (size_t i = 0; sorted && i < names->count; i++)
        sorted[i] = alias ? alias(context, names->items[i]) : names->items[i];
    if (sorted) qsort(sorted, names->count, sizeof *sorted, compare_texts);
    buffer_printf(bytes, "\n%zu", names->count);
    for (size_t i = 0; sorted && i < names->count; i++)
        add_string(bytes, sorted[i]);
}

bool config_pipeline_fingerprint(const struct config_pipeline *pipeline, const struct config_aliases *aliases,
                                 postern_text key, unsigned char out[FINGERPRINT_SIZE])
{
    _cleanup_(buffer_free) struct buffer bytes = {.limit = SETTINGS_LIMIT};
    add_names(&bytes, &pipeline->from, NULL, NULL);
    add_names(&bytes, &pipeline->accounts, aliases ? aliases->account : NULL,
              aliases ? aliases->context : NULL);
    add_names(&bytes, &pipeline->to, aliases ? aliases->sink : NULL, aliases ? aliases->context : NULL);
    buffer_printf(&bytes, "\n%zu", pipeline->transform.count);
    for (size_t i = 0; i < pipeline->transform.count; i++)
        add_string(&bytes, pipeline->transform.items[i]);
    return finish(&bytes, key, out);
}
