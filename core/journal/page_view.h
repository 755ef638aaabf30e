/* Events on their way into the journal and out of it: some hundred of them form a page. */
#ifndef POSTERN_JOURNAL_PAGE_VIEW_H
#define POSTERN_JOURNAL_PAGE_VIEW_H

#include <postern/module.h>

#define EVENT_ID_SIZE 16

struct journal_event {
    unsigned char id[EVENT_ID_SIZE];
    int64_t time_ms;
    postern_text type;
    postern_text json;
};

/* Gathers events and packs them (zstd) into pages of at most `page_size` bytes or `page_events` events. One
 * thread. */
struct page_builder;
struct journal_page; /* one packed page, not yet stored */
struct page_builder *page_builder_new(size_t page_size, size_t page_events);
/* So many events of so many bytes are added next: room for them at once, as far as a page takes them, rather
 * than little by little, which takes several times the memory. No more than a hint. */
void page_builder_expect(struct page_builder *builder, size_t events, size_t bytes);
/* Copies the event. False: no memory. */
bool page_builder_add(struct page_builder *builder, const struct journal_event *event);
/* The pages so far as a list, NULL if there are none; the builder is empty again. If memory was out, a list
 * that no commit takes (POSTERN_E_MEMORY), so that events are never lost in silence. */
struct journal_page *page_builder_take(struct page_builder *builder);
void page_builder_free(struct page_builder *builder);
/* A committed page may be freed as soon as `done` was called. */
void journal_page_free(struct journal_page *list);
/* Memory that they take, packed and unpacked. */
size_t journal_page_bytes(const struct journal_page *list);

/* A page on its way out: immutable, counted. Release it before the journal is closed. */
struct page_view {
    int64_t sequence;
    int64_t stream_id;
    int64_t received_ms;
    bool replay;
    const char *account, *source, *stream;
    size_t event_count;
    size_t bytes; /* unpacked */
};
/* Walks a page's events: *cursor starts at 0; false at the end. The texts live as long as the page is held.
 */
bool page_next_event(const struct page_view *page, size_t *cursor, struct journal_event *event);
void page_release(const struct page_view *view);

#endif
