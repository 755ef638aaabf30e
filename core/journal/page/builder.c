/* Gathers events into pages. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/smaller.h"
#include "base/text.h"
#include "base/varint.h"
#include "journal/page/page.h"

struct page_type {
    size_t offset, size; /* in builder->types */
};

struct page_builder {
    size_t page_size, page_events;
    struct buffer head, ids, types, type_list, table, json; /* of the page under way */
    size_t count, type_count, last_type;
    int64_t last_time_ms;
    struct journal_page *first, **tail;
};

struct page_builder *page_builder_new(size_t page_size, size_t page_events)
{
    struct page_builder *builder = calloc(1, sizeof *builder);
    if (!builder) return NULL;
    builder->page_size = page_size < PAGE_PAYLOAD_LIMIT / 4 ? page_size : PAGE_PAYLOAD_LIMIT / 4;
    builder->page_events = page_events < PAGE_EVENT_LIMIT ? page_events : PAGE_EVENT_LIMIT;
    builder->head.limit = 64;
    builder->ids.limit = PAGE_EVENT_LIMIT * EVENT_ID_SIZE;
    builder->type_list.limit = PAGE_EVENT_LIMIT * sizeof(struct page_type);
    /* Together they stay below PAGE_PAYLOAD_LIMIT. */
    builder->types.limit = builder->table.limit = PAGE_PAYLOAD_LIMIT / 8;
    builder->json.limit = PAGE_PAYLOAD_LIMIT / 2;
    builder->tail = &builder->first;
    return builder;
}

static bool type_matches(const struct page_builder *builder, size_t index, postern_text type)
{
    const struct page_type *known = (const struct page_type *)(void *)builder->type_list.data + index;
    return known->size == type.size &&
           (type.size == 0 || memcmp(builder->types.data + known->offset, type.data, type.size) == 0);
}

/* The number of a type in the page's dictionary. Neighbours tend to have the same type, and there are few. */
static size_t type_number(struct page_builder *builder, postern_text type)
{
    if (builder->type_count && type_matches(builder, builder->last_type, type)) return builder->last_type;
    for (size_t i = 0; i < builder->type_count; i++)
        if (type_matches(builder, i, type)) return builder->last_type = i;
    varint_append(&builder->types, type.size);
    struct page_type fresh = {builder->types.size, type.size};
    buffer_append_text(&builder->types, type);
    buffer_append(&builder->type_list, &fresh, sizeof fresh);
    return builder->last_type = builder->type_count++;
}

static void forget_page(struct page_builder *builder)
{
    struct buffer *const parts[] = {&builder->head,      &builder->ids,   &builder->types,
                                    &builder->type_list, &builder->table, &builder->json};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buffer_clear(parts[i]);
        parts[i]->failed = false;
    }
    builder->count = builder->type_count = builder->last_type = 0;
    builder->last_time_ms = 0;
}

static char *put(char *place, const struct buffer *buffer)
{
    if (buffer->size) memcpy(place, buffer->data, buffer->size);
    return place + buffer->size;
}

static struct page *make_page(struct page_builder *builder)
{
    uint64_t sum = page_ids_sum(buffer_text(&builder->ids));
    buffer_clear(&builder->head);
    varint_append(&builder->head, builder->count);
    buffer_append(&builder->head, &sum, sizeof sum);
    varint_append(&builder->head, builder->type_count);
    size_t size = builder->head.size + builder->types.size + builder->table.size + builder->json.size;
    char *payload = NULL;
    struct page *page = page_new(size, buffer_text(&builder->ids), &payload);
    if (!page) return NULL;
    payload = put(payload, &builder->head);
    payload = put(payload, &builder->types);
    payload = put(payload, &builder->table);
    put(payload, &builder->json);
    return page;
}

static bool finish_page(struct page_builder *builder)
{
    if (builder->count == 0) return true;
    struct page *page = make_page(builder);
    struct journal_page *packed = calloc(1, sizeof *packed);
    if (!page || !packed || page_index(page, NULL) < 0 ||
        page_pack((postern_text){page->payload, page->view.bytes}, &packed->body, &packed->body_size, NULL) <
            0) {
        if (page) page_release(&page->view);
        free(packed);
        return false;
    }
    packed->page = page;
    *builder->tail = packed;
    builder->tail = &packed->next;
    forget_page(builder);
    return true;
}

void page_builder_expect(struct page_builder *builder, size_t events, size_t bytes)
{
    const size_t room = builder->page_size - smaller_size(builder->json.size, builder->page_size);
    const size_t more = builder->page_events - smaller_size(builder->count, builder->page_events);
    buffer_reserve(&builder->json, smaller_size(bytes, room));
    buffer_reserve(&builder->ids, smaller_size(events, more) * EVENT_ID_SIZE);
}

bool page_builder_add(struct page_builder *builder, const struct journal_event *event)
{
    bool full =
        builder->count >= builder->page_events || builder->json.size + event->json.size > builder->page_size;
    if (builder->count && full && !finish_page(builder)) return false;
    if (event->json.size > builder->json.limit || event->type.size > 4096) return false;
    size_t type = type_number(builder, event->type);
    varint_append(&builder->table,
                  zigzag((int64_t)((uint64_t)event->time_ms - (uint64_t)builder->last_time_ms)));
    varint_append(&builder->table, type);
    varint_append(&builder->table, event->json.size);
    buffer_append(&builder->ids, event->id, EVENT_ID_SIZE);
    buffer_append_text(&builder->json, event->json);
    builder->last_time_ms = event->time_ms;
    builder->count++;
    return !builder->ids.failed && !builder->types.failed && !builder->type_list.failed &&
           !builder->table.failed && !builder->json.failed;
}

struct journal_page *journal_page_out_of_memory(void)
{
    static struct journal_page nothing;
    return &nothing;
}

struct journal_page *page_builder_take(struct page_builder *builder)
{
    if (!finish_page(builder)) {
        forget_page(builder);
        journal_page_free(STEAL_POINTER(builder->first));
        builder->tail = &builder->first;
        return journal_page_out_of_memory();
    }
    builder->tail = &builder->first;
    return STEAL_POINTER(builder->first);
}

void page_builder_free(struct page_builder *builder)
{
    if (!builder) return;
    buffer_free(&builder->head);
    buffer_free(&builder->ids);
    buffer_free(&builder->types);
    buffer_free(&builder->type_list);
    buffer_free(&builder->table);
    buffer_free(&builder->json);
    journal_page_free(builder->first);
    free(builder);
}

void journal_page_free(struct journal_page *list)
{
    while (list && list != journal_page_out_of_memory()) {
        struct journal_page *next = list->next;
        page_release(&list->page->view);
        free(list->body);
        free(list);
        list = next;
    }
}

size_t journal_page_bytes(const struct journal_page *list)
{
    size_t bytes = 0;
    for (; list && list != journal_page_out_of_memory(); list = list->next)
        bytes += list->body_size + list->page->view.bytes;
    return bytes;
}
