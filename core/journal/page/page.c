#include "journal/page/page.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/varint.h"
#include <stdlib.h>
#include <string.h>

struct page *page_share(struct page *page)
{
    atomic_fetch_add_explicit(&page->references, 1, memory_order_relaxed);
    return page;
}

void page_release(const struct page_view *view)
{
    struct page *page = (struct page *)(uintptr_t)view;
    if (page && atomic_fetch_sub_explicit(&page->references, 1, memory_order_acq_rel) == 1) free(page);
}

bool page_next_event(const struct page_view *view, size_t *cursor, struct journal_event *event)
{
    const struct page *page = (const struct page *)view;
    if (*cursor >= view->event_count) return false;
    const struct page_entry *entry = &page->entries[*cursor];
    event->time_ms = entry->time_ms;
    event->type = entry->type;
    event->json = entry->json;
    memcpy(event->id, page->ids + *cursor * EVENT_ID_SIZE, EVENT_ID_SIZE);
    ++*cursor;
    return true;
}

uint64_t page_ids_sum(postern_text ids)
{
    uint64_t sum = ids.size;
    for (size_t i = 0; i + 8 <= ids.size; i += 8) {
        uint64_t word;
        memcpy(&word, ids.data + i, 8);
        sum = (sum ^ word) * 0x9E3779B97F4A7C15u;
        sum ^= sum >> 29;
    }
    return sum;
}

/* ---- Reading a payload -------------------------------------------------------------------------- */

postern_status page_damaged(postern_error *error, const char *what)
{
    error_set(error, POSTERN_E_PROTOCOL, "the stored page is damaged: %s", what);
    error_remedy(error, "check the disk of the state directory");
    return POSTERN_E_PROTOCOL;
}

static bool read_types(struct varint_reader *reader, postern_text *types, size_t count)
{
    for (size_t i = 0; i < count && !reader->damaged; i++)
        types[i] = varint_read_bytes(reader, varint_read(reader));
    return !reader->damaged;
}

static bool read_entries(struct varint_reader *reader, const postern_text *types, size_t type_count,
                         struct page_entry *entries, size_t count)
{
    uint64_t time = 0;
    for (size_t i = 0; i < count && !reader->damaged; i++) {
        time += (uint64_t)zigzag_decode(varint_read(reader));
        uint64_t type = varint_read(reader);
        entries[i].time_ms = (int64_t)time;
        entries[i].json.size = (size_t)varint_read(reader);
        if (type >= type_count) return false;
        entries[i].type = types[type];
    }
    for (size_t i = 0; i < count && !reader->damaged; i++)
        entries[i].json = varint_read_bytes(reader, entries[i].json.size);
    return !reader->damaged && reader->at == reader->end;
}

/* One block for all of a page: the struct, its entries, its ids and its payload. */
struct page *page_new(size_t payload_size, postern_text ids, char **payload)
{
    size_t count = ids.size / EVENT_ID_SIZE,
           id_place = sizeof(struct page) + count * sizeof(struct page_entry);
    struct page *page = malloc(id_place + ids.size + payload_size);
    if (!page) return NULL;
    char *block = (char *)page;
    memset(page, 0, sizeof *page);
    atomic_init(&page->references, 1);
    page->entries = (struct page_entry *)(void *)(block + sizeof(struct page));
    page->ids = (unsigned char *)block + id_place;
    if (ids.size) memcpy(block + id_place, ids.data, ids.size);
    page->payload = *payload = block + id_place + ids.size;
    page->view.event_count = count;
    page->view.bytes = payload_size;
    return page;
}

postern_status page_index(struct page *page, postern_error *error)
{
    const unsigned char *start = (const unsigned char *)page->payload;
    size_t count = page->view.event_count;
    struct varint_reader reader = {start, start + page->view.bytes, false};
    if (varint_read(&reader) != count || count == 0 || count > PAGE_EVENT_LIMIT)
        return page_damaged(error, "its number of events is not its number of ids");
    postern_text sum = varint_read_bytes(&reader, 8);
    uint64_t type_count = varint_read(&reader);
    if (reader.damaged || type_count > count) return page_damaged(error, "its head is cut off");
    _cleanup_(freep) postern_text *types = calloc((size_t)type_count + 1, sizeof *types);
    if (!types) return error_no_memory(error, "for a page");
    if (!read_types(&reader, types, (size_t)type_count) ||
        !read_entries(&reader, types, (size_t)type_count, page->entries, count))
        return page_damaged(error, "its sizes do not add up");
    uint64_t expected = page_ids_sum((postern_text){(const char *)page->ids, count * EVENT_ID_SIZE});
    return memcmp(sum.data, &expected, 8) == 0
               ? POSTERN_OK
               : page_damaged(error, "its ids are not those it was stored with");
}
