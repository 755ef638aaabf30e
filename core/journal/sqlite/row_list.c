#include "journal/sqlite/row_list.h"

#include <stdlib.h>
#include <string.h>

void row_list_begin(struct row_list *list, size_t record_size, const size_t *name_places, size_t name_count)
{
    *list = (struct row_list){.record_size = record_size,
                              .name_places = name_places,
                              .name_count = name_count,
                              .records = {.limit = SIZE_MAX / 2},
                              .names = {.limit = SIZE_MAX / 2}};
}

bool row_list_add(struct row_list *list, const void *record, const postern_text *names)
{
    for (size_t i = 0; i < list->name_count; i++) {
        buffer_append_text(&list->names, names[i]);
        buffer_append(&list->names, "", 1);
    }
    return !list->names.failed && buffer_append(&list->records, record, list->record_size);
}

void *row_list_records(struct row_list *list, size_t *count)
{
    *count = list->records.size / list->record_size;
    return list->records.data;
}

void *row_list_take(struct row_list *list, size_t *count)
{
    size_t size = list->records.size;
    char *all = malloc(size + list->names.size + 1);
    if (!all) return NULL;
    if (size) memcpy(all, list->records.data, size);
    if (list->names.size) memcpy(all + size, list->names.data, list->names.size);
    const char *name = all + size;
    for (char *record = all; record < all + size; record += list->record_size) {
        for (size_t i = 0; i < list->name_count; i++) {
            memcpy(record + list->name_places[i], &name, sizeof name);
            name += strlen(name) + 1;
        }
    }
    *count = size / list->record_size;
    row_list_end(list);
    return all;
}

void row_list_end(struct row_list *list)
{
    buffer_free(&list->records);
    buffer_free(&list->names);
}
