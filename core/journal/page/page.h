/* A page: some hundred events in one block of memory, immutable once it is shared.
 *
 * Stored form of a page: its ids (16 bytes each) in one blob, and in the other the body: one byte of version,
 * then a zstd frame with checksum around varint event count | 8 bytes sum over the ids | varint type count |
 * each type: varint size, bytes | each event: varint time difference (zigzag, ms), varint type, varint json
 * size | all json texts
 */
#ifndef POSTERN_JOURNAL_PAGE_PAGE_H
#define POSTERN_JOURNAL_PAGE_PAGE_H

#include "base/buffer.h"
#include "journal/page_view.h"
#include <stdatomic.h>

#define PAGE_PAYLOAD_LIMIT ((size_t)32 << 20)
#define PAGE_EVENT_LIMIT   ((size_t)65536)

struct page_entry {
    int64_t time_ms;
    postern_text type, json;
};

struct page {
    struct page_view view; /* the first member: a view is its page */
    atomic_int references;
    struct page_entry *entries;
    const unsigned char *ids;
    const char *payload; /* view.bytes of them */
};

/* One packed page, not yet stored. */
struct journal_page {
    struct journal_page *next;
    struct page *page; /* the same events, for the cache; its view is filled in when the page was committed */
    unsigned char *body;
    size_t body_size;
    int64_t sequence; /* the writer's: given in the transaction under way */
};

/* Stands for pages that could not be packed, because memory was out: no commit takes it, so that no event is
 * lost in silence. */
struct journal_page *journal_page_out_of_memory(void);

struct page *page_share(struct page *page);

/* A page for these ids with room for a payload (a body without its compression), which the caller fills in at
 * *payload and then has indexed. page_index fails with POSTERN_E_PROTOCOL if anything is out of place. */
struct page *page_new(size_t payload_size, postern_text ids, char **payload);
postern_status page_index(struct page *page, postern_error *error);
/* Unpacks a stored page. */
postern_status page_unpack(postern_text body, postern_text ids, struct page **page, postern_error *error);
/* Sets the error of a stored page that cannot be read, POSTERN_E_PROTOCOL. */
postern_status page_damaged(postern_error *error, const char *what);
/* Packs a payload into a malloc'ed body. */
postern_status page_pack(postern_text payload, unsigned char **body, size_t *size, postern_error *error);
/* The opposite: the payload of a body, malloc'ed. */
postern_status page_unpack_payload(postern_text body, char **payload, size_t *size, postern_error *error);
/* The sum that ties a body to its ids. */
uint64_t page_ids_sum(postern_text ids);
/* Frees the compression contexts that are kept for the next page. Any thread. */
void page_release_memory(void);

#endif
