/* `was`: what an account, a sink or a pipeline was called before. */
#include "base/name.h"
#include "base/text.h"
#include "config/check.h"

#define MOST_NAMES 16

/* A name, or a list of names, the latest first. */
void was_read(struct check *check, const struct declaration *declaration, struct config_was *was)
{
    const struct config_field *field = declaration_field(declaration, "was");
    if (!field) return;
    was->given = true;
    if (field->value.type == VALUE_TEXT) {
        const char *name;
        was->names.items = check_allocate(check, sizeof *was->names.items);
        if (!was->names.items || !field_text(check, declaration, field, &name)) return;
        was->names.items[0] = check_copy(check, text_of(name));
        was->names.count = was->names.items[0] != NULL;
    } else if (!field_names(check, declaration, field, &was->names)) {
        return;
    }
    if (was->names.count > MOST_NAMES)
        field_problem(check, declaration, field, "lists more than %d names", MOST_NAMES);
    for (size_t i = 0; i < was->names.count; i++)
        if (!name_is_valid(text_of(was->names.items[i])))
            field_problem(check, declaration, field, "names \"%s\", which can be no name",
                          was->names.items[i]);
}

struct renamed {
    const struct declaration *declaration;
    const char *name;
    const struct config_was *was;
};

struct renamed_list {
    struct renamed *items;
    size_t count;
    struct text_index names, before; /* places among the items */
};

static void index_names(struct check *check, struct renamed_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].was->names.count;
    struct text_place *names = check_allocate(check, list->count * sizeof *names);
    struct text_place *before = check_allocate(check, count * sizeof *before);
    if (!names || !before) return;
    count = 0;
    for (size_t i = 0; i < list->count; i++) {
        names[i] = (struct text_place){list->items[i].name, i};
        for (size_t k = 0; k < list->items[i].was->names.count; k++)
            before[count++] = (struct text_place){list->items[i].was->names.items[k], i};
    }
    list->names = text_index_new(names, list->count);
    list->before = text_index_new(before, count);
}

/* What is still configured under that name, and does not say that it was another itself, keeps what is its
 * own: passed on as well, events would be lost or come twice. */
static void check_one(struct check *check, const struct renamed_list *list, size_t at, const char *before)
{
    const struct renamed *renamed = &list->items[at];
    const struct config_field *field = declaration_field(renamed->declaration, "was");
    size_t now = text_index_find(&list->names, before), first = text_index_find(&list->before, before);
    if (now == at)
        field_problem(check, renamed->declaration, field, "names itself");
    else if (first < at)
        field_problem(check, renamed->declaration, field, "names \"%s\", as that of %s does", before,
                      list->items[first].declaration->title);
    else if (now != TEXT_NOWHERE && !list->items[now].was->given)
        field_problem(check, renamed->declaration, field,
                      "names \"%s\", which is configured (line %d): leave it out, unless that one was "
                      "renamed too or is new and says so (was = \"...\", was = {})",
                      before, list->items[now].declaration->line);
}

static void check_list(struct check *check, struct renamed_list *list)
{
    index_names(check, list);
    if (check->out_of_memory) return;
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < list->items[i].was->names.count; k++)
            check_one(check, list, i, list->items[i].was->names.items[k]);
}

/* The items of a kind stand in the order of their declarations. */
static void check_kind(struct check *check, const char *kind, const void *items, size_t count, size_t size,
                       size_t name, size_t was)
{
    struct renamed_list list = {.items = check_allocate(check, count * sizeof *list.items)};
    for (const struct declaration *d = check->document->first; list.items && d; d = d->next) {
        if (strcmp(d->kind, kind) != 0 || list.count == count) continue;
        const char *item = (const char *)items + list.count * size;
        list.items[list.count++] =
            (struct renamed){d, item + name, (const struct config_was *)(const void *)(item + was)};
    }
    check_list(check, &list);
}

#define CHECK_KIND(check, kind, items, count)                                                                \
    check_kind(check, kind, items, count, sizeof *(items), offsetof(__typeof__(*(items)), name),             \
               offsetof(__typeof__(*(items)), was))

void check_was(struct check *check)
{
    const struct config *config = check->config;
    CHECK_KIND(check, "account", config->accounts, config->account_count);
    CHECK_KIND(check, "sink", config->sinks, config->sink_count);
    CHECK_KIND(check, "pipeline", config->pipelines, config->pipeline_count);
}
