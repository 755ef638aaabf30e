/* Which notices the journal holds, as deliveries get them. */
#ifndef TESTS_UNIT_JOURNAL_SEEN_NOTICES_H
#define TESTS_UNIT_JOURNAL_SEEN_NOTICES_H

#include "base/text.h"
#include "fixture.h"
#include "journal/notice.h"

/* Whatever was submitted before is committed. */
static inline void settle(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    assert_ok(commit_events(fixture, 0, 0, 0, &error));
}

struct seen {
    char texts[16][1024], accounts[16][64], types[16][64];
    unsigned char ids[16][EVENT_ID_SIZE];
    size_t count;
};

static inline bool is_notice(void *context, int64_t stream_id, const char *account, const char *source)
{
    (void)context;
    (void)stream_id;
    (void)account;
    return strcmp(source, NOTICE_SOURCE) == 0;
}

static inline void look(struct fixture *fixture, struct seen *seen)
{
    postern_error error = ERROR_INIT;
    int64_t after = 0;
    *seen = (struct seen){0};
    for (;;) {
        const struct page_view *page = NULL;
        struct journal_event event;
        size_t cursor = 0;
        assert_ok(journal_next_page(fixture->journal, after, is_notice, NULL, &page, &after, &error));
        if (!page) return;
        while (page_next_event(page, &cursor, &event)) {
            assert_true(seen->count < 16);
            text_to_string(event.json, seen->texts[seen->count], sizeof *seen->texts);
            text_to_string(event.type, seen->types[seen->count], sizeof *seen->types);
            text_to_string(text_of(page->account), seen->accounts[seen->count], sizeof *seen->accounts);
            memcpy(seen->ids[seen->count++], event.id, EVENT_ID_SIZE);
        }
        page_release(page);
    }
}

static inline size_t count_of(struct fixture *fixture)
{
    struct seen seen;
    settle(fixture);
    look(fixture, &seen);
    return seen.count;
}

#endif
