/* Where the blobs end, as it is committed: "number length blocks used". */
#include "azure_append.h"
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>

#define VALUE_SIZE 96

static int compare(const void *left, const void *right)
{
    const struct append_place *a = left, *b = right;
    int order = memcmp(a->name, b->name, a->name_size < b->name_size ? a->name_size : b->name_size);
    return order ? order : (a->name_size > b->name_size) - (a->name_size < b->name_size);
}

struct append_place *append_place(struct append *append, postern_text name)
{
    struct append_place *made = calloc(1, sizeof *made + name.size);
    if (!made) return NULL;
    memcpy(made->name, name.data, name.size);
    made->name_size = name.size;
    struct append_place *const *found = tsearch(made, &append->tree, compare);
    if (!found || *found != made) {
        free(made);
        return found ? *found : NULL;
    }
    made->next = append->places;
    append->places = made;
    return made;
}

static bool read_value(struct append_place *place, postern_text value)
{
    char text[VALUE_SIZE];
    uint32_t number;
    int64_t length, blocks, used_ms;
    int end = 0;
    if (value.size >= sizeof text) return false;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    int read = sscanf(text, "%" SCNu32 " %" SCNd64 " %" SCNd64 " %" SCNd64 "%n", &number, &length, &blocks,
                      &used_ms, &end);
    if (read != 4 || text[end] || length < 0 || blocks < 0) return false;
    place->number = number;
    place->length = length;
    place->blocks = blocks;
    place->used_ms = used_ms;
    place->is_there = true;
    return true;
}

postern_status append_places_read(struct append *append, const postern_pair *state, size_t count,
                                  postern_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (state[i].name.size >= KEY_LIMIT) continue;
        struct append_place *place = append_place(append, state[i].name);
        if (!place) return kit_no_memory(error);
        read_value(place, state[i].value);
    }
    return POSTERN_OK;
}

static postern_text name_of(const struct append_place *place)
{
    return kit_span(place->name, place->name_size);
}

postern_status append_place_keep(const struct append_place *place, postern_result *result)
{
    char value[VALUE_SIZE];
    snprintf(value, sizeof value, "%" PRIu32 " %" PRId64 " %" PRId64 " %" PRId64, place->number,
             place->length, place->blocks, place->used_ms);
    return result->set_state(result, name_of(place), kit_text(value));
}

/* Whether the batch shows that nothing which was written there comes again. A name that holds the digits by
 * chance is taken for its delivery's. */
static bool is_settled_by(const struct append_place *place, const postern_batch *batch)
{
    size_t size = batch->delivery.size < APPEND_DELIVERY ? batch->delivery.size : APPEND_DELIVERY;
    return !kit_is_letter(batch) && memmem(place->name, place->name_size, batch->delivery.data, size);
}

postern_status append_places_forget(struct append *append, const postern_batch *batch, int64_t now_ms,
                                    postern_result *result)
{
    postern_status status = POSTERN_OK;
    for (struct append_place **at = &append->places; *at && status >= 0;) {
        struct append_place *place = *at;
        int64_t kept_ms = append->forget_ms + (is_settled_by(place, batch) ? 0 : APPEND_OTHERS_MS);
        if (now_ms - place->used_ms <= kept_ms) {
            at = &place->next;
            continue;
        }
        status = result->set_state(result, name_of(place), kit_span(NULL, 0));
        *at = place->next;
        tdelete(place, &append->tree, compare);
        free(place);
    }
    return status;
}

void append_places_free(struct append *append)
{
    while (append->places) {
        struct append_place *place = append->places;
        append->places = place->next;
        tdelete(place, &append->tree, compare);
        free(place);
    }
}
