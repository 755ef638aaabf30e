/* Pages: what goes in comes out, and no damage goes unnoticed. */
#include "fixture.h"
#include "journal/page/page.h"

struct sample {
    int64_t time_ms;
    const char *type, *json;
};

static const struct sample samples[] = {
    {0, "", "{}"},                                             /* no time, no type */
    {T0, "receipt", "{\"a\":null,\"b\":[],\"c\":1.0}"},        /* exact text */
    {-5, "receipt", "{\"x\":\"\xff\xfe\"}"},                   /* before 1970; bytes that are no UTF-8 */
    {INT64_MAX, "av", "{}"},                                   /* the largest difference between two times */
    {INT64_MIN, "receipt", "{\"n\":12345678901234567890123}"}, /* and back */
};
#define SAMPLES (sizeof samples / sizeof *samples)

static void add(struct page_builder *builder, size_t i)
{
    struct journal_event event = {.time_ms = samples[i].time_ms,
                                  .type = {samples[i].type, strlen(samples[i].type)},
                                  .json = {samples[i].json, strlen(samples[i].json)}};
    event_id((int64_t)i, event.id);
    assert_true(page_builder_add(builder, &event));
}

static void check(const struct page_view *view)
{
    struct journal_event event;
    size_t cursor = 0, i = 0;
    for (; page_next_event(view, &cursor, &event); i++) {
        unsigned char id[EVENT_ID_SIZE];
        event_id((int64_t)i, id);
        assert_memory_equal(event.id, id, sizeof id);
        assert_int_equal(event.time_ms, samples[i].time_ms);
        assert_int_equal(event.type.size, strlen(samples[i].type));
        assert_memory_equal(event.type.data, samples[i].type, event.type.size);
        assert_int_equal(event.json.size, strlen(samples[i].json));
        assert_memory_equal(event.json.data, samples[i].json, event.json.size);
    }
    assert_int_equal(i, SAMPLES);
}

static postern_text ids_of(const struct journal_page *page)
{
    return (postern_text){(const char *)page->page->ids, page->page->view.event_count * EVENT_ID_SIZE};
}

static struct journal_page *pack_samples(void)
{
    struct page_builder *builder = page_builder_new(1 << 20, 2000);
    for (size_t i = 0; i < SAMPLES; i++)
        add(builder, i);
    struct journal_page *packed = page_builder_take(builder);
    assert_null(page_builder_take(builder)); /* empty again */
    page_builder_free(builder);
    assert_non_null(packed);
    assert_null(packed->next);
    return packed;
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    postern_error error = ERROR_INIT;
    struct journal_page *packed = pack_samples();
    check(&packed->page->view); /* as it goes into the cache */
    struct page *page = NULL;
    assert_ok(
        page_unpack((postern_text){(char *)packed->body, packed->body_size}, ids_of(packed), &page, &error));
    check(&page->view); /* as it comes from the file */
    page_release(&page->view);
    journal_page_free(packed);
}

static void every_damage_is_found(void **state)
{
    (void)state;
    struct journal_page *packed = pack_samples();
    char *ids = malloc(ids_of(packed).size);
    memcpy(ids, ids_of(packed).data, ids_of(packed).size);
    for (size_t bit = 0; bit < packed->body_size * 8; bit++) { /* any bit of the body */
        postern_error error = ERROR_INIT;
        struct page *page = NULL;
        packed->body[bit / 8] ^= (unsigned char)(1u << bit % 8);
        postern_status status = page_unpack((postern_text){(char *)packed->body, packed->body_size},
                                            ids_of(packed), &page, &error);
        packed->body[bit / 8] ^= (unsigned char)(1u << bit % 8);
        /* zstd leaves a bit of its frame header unused: flipping it changes nothing */
        if (status == POSTERN_OK) {
            check(&page->view);
            page_release(&page->view);
            continue;
        }
        assert_int_equal(status, POSTERN_E_PROTOCOL);
        assert_non_null(strstr(error.message, "the stored page is damaged"));
    }
    for (size_t bit = 0; bit < ids_of(packed).size * 8; bit++) { /* any bit of the ids */
        struct page *page = NULL;
        ids[bit / 8] = (char)(ids[bit / 8] ^ 1 << bit % 8);
        assert_int_equal(page_unpack((postern_text){(char *)packed->body, packed->body_size},
                                     (postern_text){ids, ids_of(packed).size}, &page, NULL),
                         POSTERN_E_PROTOCOL);
        ids[bit / 8] = (char)(ids[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t size = 0; size < packed->body_size; size++) { /* cut off anywhere */
        struct page *page = NULL;
        assert_int_equal(page_unpack((postern_text){(char *)packed->body, size}, ids_of(packed), &page, NULL),
                         POSTERN_E_PROTOCOL);
    }
    struct page *page = NULL; /* one id less */
    assert_int_equal(page_unpack((postern_text){(char *)packed->body, packed->body_size},
                                 (postern_text){ids, ids_of(packed).size - EVENT_ID_SIZE}, &page, NULL),
                     POSTERN_E_PROTOCOL);
    free(ids);
    journal_page_free(packed);
}

/* Whatever is said beforehand to come, nothing or far too much. */
static void pages_keep_their_limits_with(size_t expected)
{
    const struct {
        size_t page_size, page_events, json_size, events, pages;
    } rows[] = {
        {1000, 10, 50, 25, 3},          /* by number: 10, 10, 5 */
        {1000, 100, 300, 7, 3},         /* by size: 3, 3, 1 */
        {1000, 100, 5000, 3, 3},        /* each larger than a page: each its own */
        {1 << 20, 2000, 4 << 20, 2, 2}, /* the largest record */
        {0, 0, 10, 3, 3},               /* senseless limits: one each */
    };
    char *json = malloc(4 << 20);
    memset(json, ' ', 4 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct page_builder *builder = page_builder_new(rows[i].page_size, rows[i].page_events);
        struct journal_event event = {.type = {"x", 1}, .json = {json, rows[i].json_size}};
        page_builder_expect(builder, expected, expected);
        for (size_t n = 0; n < rows[i].events; n++)
            assert_true(page_builder_add(builder, &event));
        page_builder_expect(builder, expected, expected);
        struct journal_page *list = page_builder_take(builder);
        size_t pages = 0, events = 0;
        for (struct journal_page *page = list; page; page = page->next, pages++)
            events += page->page->view.event_count;
        assert_int_equal(pages, rows[i].pages);
        assert_int_equal(events, rows[i].events);
        assert_true(journal_page_bytes(list) >= rows[i].json_size * rows[i].events);
        journal_page_free(list);
        page_builder_free(builder);
    }
    free(json);
}

static void pages_keep_their_limits(void **state)
{
    (void)state;
    for (size_t expected = 1; expected; expected *= 16)
        pages_keep_their_limits_with(expected);
    pages_keep_their_limits_with(0);
    pages_keep_their_limits_with(SIZE_MAX);
}

static void an_event_that_cannot_be_packed_is_not_lost_in_silence(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char *json = calloc(1, PAGE_PAYLOAD_LIMIT);
    struct page_builder *builder = page_builder_new(1 << 20, 1000);
    struct journal_event event = {.json = {json, PAGE_PAYLOAD_LIMIT}};
    assert_false(page_builder_add(builder, &event)); /* far above the limit of a record */
    page_builder_free(builder);
    free(json);
    /* What page_builder_take returns when memory was out is taken by no commit. */
    struct journal_page *nothing = journal_page_out_of_memory();
    struct journal_commit commit = {.stream = &fixture->stream, .pages = nothing, .received_ms = T0};
    assert_int_equal(journal_commit_now(fixture->journal, &commit, &error), POSTERN_E_MEMORY);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 0);
    journal_page_free(nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(every_damage_is_found),
        cmocka_unit_test(pages_keep_their_limits),
        cmocka_unit_test_setup_teardown(an_event_that_cannot_be_packed_is_not_lost_in_silence, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
