#include "journal/sqlite/row_list.h"

#include <stdlib.h>
#include <string.h>

void row_list_begin(struct row_list *list, size_t record_size, const size_t *name_places, size_t name_count,
                    void (*clear)(void *record))
{
    *list = (struct row_list){.record_size = record_size,
                              .name_places = name_places,
                              .name_count = name_count,
                              .clear = clear,
                              .records = {.limit = SIZE_MAX / 2},
                              .names = {.limit = SIZE_MAX / 2}};
}

bool row_list_add(struct row_list *list, void *record, const postern_text *names)
{
    for (size_t i = 0; i < list->name_count; i++) {
        buffer_append_text(&list->names, names[i]);
        buffer_append(&list->names, "", 1);
    }
    if (!list->names.failed && buffer_append(&list->records, record, list->record_size)) return true;
    list->clear(record);
    return false;
}

static void point_to_names(const struct row_list *list, char *records, const char *name)
{
    for (char *record = records; record < records + list->records.size; record += list->record_size)
        for (size_t i = 0; i < list->name_count; i++) {
            memcpy(record + list->name_places[i], &name, sizeof name);
            name += strlen(name) + 1;
        }
}

bool row_list_take(struct row_list *list, void *records, size_t *count)
{
    size_t size = list->records.size;
    char *all = malloc(size + list->names.size + 1);
    if (!all) return false;
    if (size) memcpy(all, list->records.data, size);
    if (list->names.size) memcpy(all + size, list->names.data, list->names.size);
    point_to_names(list, all, all + size);
    memcpy(records, &all, sizeof all);
    *count = size / list->record_size;
    buffer_clear(&list->records);
    buffer_clear(&list->names);
    return true;
}

void row_list_end(struct row_list *list)
{
    for (size_t at = 0; at < list->records.size; at += list->record_size)
        list->clear(list->records.data + at);
    buffer_free(&list->records);
    buffer_free(&list->names);
}
