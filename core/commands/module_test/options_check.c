/* create with options of every kind: each alone missing, and each alone of an extreme value that its table
 * allows. It ends in an instance or in an error with words. */
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "commands/module_test/instance.h"
#include <stdio.h>
#include <stdlib.h>

#define LONG_SIZE ((size_t)64 << 10)
#define ITEMS     200

static char long_text[LONG_SIZE + 1];

static const char *const odd_texts[] = {"",
                                        " ",
                                        "%s%n%s",
                                        "%{account}/%{.a.b}",
                                        "\xf0\x9f\x92\xa9\xe2\x80\xae\xe2\x80\xac",
                                        "../../../..",
                                        "http://",
                                        long_text,
                                        NULL};
static const char *const odd_paths[] = {"/", "/proc/self/nothing/here", "/dev/null", long_text, NULL};

/* One trial: the values that were given, but for one option. */
struct trial {
    struct subject *subject;
    const postern_option *option;
    struct option_value *values; /* room for one more than were given */
    size_t count;                /* without the option */
};

static void judge(const struct trial *trial, postern_status status, const postern_error *error,
                  const char *how)
{
    if (status >= 0) return;
    if (!error->message[0] && status_needs_words(status))
        subject_fails(trial->subject, "create with %s %s returned %d and left error.message empty",
                      trial->option->name, how, (int)status);
    else if (!text_is_utf8((postern_text){error->message, strnlen(error->message, sizeof error->message)}))
        subject_fails(trial->subject, "create with %s %s: its words are no UTF-8", trial->option->name, how);
}

static void make(const struct trial *trial, size_t count, const char *how)
{
    struct made_instance made;
    postern_error error = ERROR_INIT;
    postern_status status = instance_make(trial->subject, trial->values, count, &made, &error);
    judge(trial, status, &error, how);
    if (status > 0)
        subject_fails(trial->subject, "create with %s %s returned %d, which is no status",
                      trial->option->name, how, (int)status);
    if (status >= 0) instance_drop(trial->subject, &made);
}

static struct option_value *last(const struct trial *trial)
{
    trial->values[trial->count] =
        (struct option_value){.name = trial->option->name, .type = trial->option->type};
    return &trial->values[trial->count];
}

static void with_integer(const struct trial *trial, int64_t integer, const char *how)
{
    last(trial)->integer = integer;
    make(trial, trial->count + 1, how);
}

static void with_numbers(const struct trial *trial)
{
    const postern_option *option = trial->option;
    bool is_bounded = option->minimum || option->maximum, is_signed = option->type == POSTERN_OPTION_INTEGER;
    with_integer(trial, is_bounded ? option->minimum : is_signed ? INT64_MIN : 0, "as small as can be");
    with_integer(trial, is_bounded ? option->maximum : INT64_MAX, "as large as can be");
}

/* A list, a map or a repeatable option of so many items. */
static void with_items(const struct trial *trial, size_t count, const char *how)
{
    static struct option_item items[ITEMS];
    static char names[ITEMS][8];
    const postern_option *option = trial->option;
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        const char *text = option->choices                       ? option->choices[0]
                           : option->type == POSTERN_OPTION_PATH ? odd_paths[i % 4]
                                                                 : odd_texts[i % 8];
        items[i] =
            (struct option_item){.name = option->type == POSTERN_OPTION_MAP ? names[i] : NULL, .text = text};
    }
    struct option_value *value = last(trial);
    value->items = items;
    value->item_count = count;
    make(trial, trial->count + 1, how);
}

static void with_secret(const struct trial *trial)
{
    struct secret *secret = secret_new(text_of(long_text));
    if (!secret) return;
    last(trial)->secret = secret;
    make(trial, trial->count + 1, "as long as 64 KiB");
    secret_release(secret);
}

static void with_texts(const struct trial *trial)
{
    const postern_option *option = trial->option;
    const char *const *texts = option->choices                       ? option->choices
                               : option->type == POSTERN_OPTION_PATH ? odd_paths
                                                                     : odd_texts;
    for (; *texts; texts++) {
        last(trial)->text = *texts;
        make(trial, trial->count + 1, *texts == long_text ? "as long as 64 KiB" : "of an odd text");
    }
}

static void try_option(const struct trial *trial)
{
    switch (trial->option->type) {
    case POSTERN_OPTION_TEXT:
    case POSTERN_OPTION_PATH:
    case POSTERN_OPTION_TEMPLATE:
        with_texts(trial);
        break;
    case POSTERN_OPTION_SECRET:
        with_secret(trial);
        break;
    case POSTERN_OPTION_LIST:
    case POSTERN_OPTION_MAP:
        with_items(trial, 0, "empty");
        with_items(trial, ITEMS, "with many odd texts");
        break;
    case POSTERN_OPTION_BOOLEAN:
        with_integer(trial, 0, "false");
        with_integer(trial, 1, "true");
        break;
    default:
        with_numbers(trial);
        break;
    }
    if (trial->option->flags & POSTERN_OPTION_REPEATABLE && trial->option->type != POSTERN_OPTION_SECRET)
        with_items(trial, ITEMS, "many times");
    if (!(trial->option->flags & POSTERN_OPTION_REQUIRED)) make(trial, trial->count, "missing");
}

void check_options_of_all_kinds(struct subject *subject)
{
    if (!subject_configure(subject)) return;
    size_t given = 0;
    const struct option_value *values = instance_values(subject, &given);
    memset(long_text, 'x', LONG_SIZE);
    long_text[0] = '/';
    struct trial trial = {.subject = subject, .values = calloc(given + 1, sizeof *values)};
    if (!trial.values) return subject_fails(subject, "it could not be tried: no memory");
    const postern_option *const *table = subject_options(subject);
    if (!table || !*table) subject_skips(subject, "it has no options");
    for (; table && *table; table++) {
        trial.option = *table;
        trial.count = 0;
        for (size_t i = 0; i < given; i++)
            if (strcmp(values[i].name, (*table)->name) != 0) trial.values[trial.count++] = values[i];
        try_option(&trial);
    }
    free(trial.values);
}
