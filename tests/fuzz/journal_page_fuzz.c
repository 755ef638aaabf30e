/* links: postern_journal */
/* Stored pages: whatever the bytes, unpacking fails cleanly or yields events that lie within the page.
 * Input: one byte (even: a packed body, odd: a payload without its compression), one byte (number of ids),
 * then the ids, then the body. */
#include "journal/page/page.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whoever holds a page may read all of it. */
static void walk(const struct page *page)
{
    struct journal_event event;
    size_t cursor = 0, events = 0;
    unsigned sum = 0;
    for (; page_next_event(&page->view, &cursor, &event); events++) {
        for (size_t i = 0; i < event.json.size; i++)
            sum += (unsigned char)event.json.data[i];
        for (size_t i = 0; i < event.type.size; i++)
            sum += (unsigned char)event.type.data[i];
        for (size_t i = 0; i < EVENT_ID_SIZE; i++)
            sum += event.id[i];
    }
    static volatile unsigned seen; /* so that the reading is not left out */
    seen = sum;
    (void)seen;
    if (events != page->view.event_count || events == 0) abort();
}

static struct page *index_payload(postern_text payload, postern_text ids)
{
    char *place = NULL;
    struct page *page = page_new(payload.size, ids, &place);
    if (!page) return NULL;
    if (payload.size) memcpy(place, payload.data, payload.size);
    if (page_index(page, NULL) == POSTERN_OK) return page;
    page_release(&page->view);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    size_t id_bytes = (size_t)data[1] * EVENT_ID_SIZE;
    if (id_bytes > size - 2) id_bytes = size - 2; /* also sizes that are no multiple of an id's */
    postern_text ids = {(const char *)data + 2, id_bytes};
    postern_text body = {(const char *)data + 2 + id_bytes, size - 2 - id_bytes};
    struct page *page = NULL;
    if (data[0] % 2)
        page = index_payload(body, ids);
    else if (page_unpack(body, ids, &page, NULL) < 0)
        page = NULL;
    if (!page) return 0;
    walk(page);
    page_release(&page->view);
    return 0;
}
