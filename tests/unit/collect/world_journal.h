/* The world's journal, in place of core/journal/journal.h: keeps all in memory, and knows how often each
 * event was stored. Part of world.h. */
#ifndef TESTS_COLLECT_WORLD_JOURNAL_H
#define TESTS_COLLECT_WORLD_JOURNAL_H

struct journal_page {
    struct fake_event {
        unsigned char id[EVENT_ID_SIZE];
        int number;
        bool has_left; /* its type ends in "-left" */
        int64_t time_ms;
        char text[48];
    } * events;
    size_t count;
};
struct page_builder {
    struct journal_page page;
};

struct page_builder *page_builder_new(size_t page_size, size_t page_events)
{
    assert_true(page_size > 0 && page_events > 0);
    return world_allocate_zeroed(sizeof(struct page_builder));
}

void page_builder_expect(struct page_builder *builder, size_t events, size_t bytes)
{
    assert_non_null(builder);
    assert_true(events > 0 && bytes > 0);
}

bool page_builder_add(struct page_builder *builder, const struct journal_event *event)
{
    struct journal_page *page = &builder->page;
    page->events = world_allocate(page->events, (page->count + 1) * sizeof *page->events);
    struct fake_event *fake = &page->events[page->count++];
    memcpy(fake->id, event->id, EVENT_ID_SIZE);
    char text[32];
    text_to_string(event->json, text, sizeof text);
    assert_int_equal(sscanf(text, "{\"n\":%d", &fake->number), 1);
    text_to_string(event->json, fake->text, sizeof fake->text);
    fake->has_left = text_ends_with(event->type, "-left");
    fake->time_ms = event->time_ms;
    return true;
}

struct journal_page *page_builder_take(struct page_builder *builder)
{
    if (!builder->page.count) return NULL;
    struct journal_page *page = world_allocate(NULL, sizeof *page);
    *page = builder->page;
    builder->page = (struct journal_page){0};
    return page;
}

void page_builder_free(struct page_builder *builder)
{
    free(builder->page.events);
    free(builder);
}

void journal_page_free(struct journal_page *list)
{
    if (list) free(list->events);
    free(list);
}

postern_status journal_account(struct journal *journal, const char *name, struct account_record *record,
                               postern_error *error)
{
    (void)journal;
    size_t i = 0;
    while (i < world.account_count && strcmp(world.accounts[i].name, name) != 0)
        i++;
    if (i == world.account_count) {
        assert_true(i < 8);
        struct account_record *fresh = &world.accounts[world.account_count++];
        *fresh = (struct account_record){.id = (int64_t)i + 1, .added_ms = world_wall(NULL)};
        memset(fresh->key, (int)i + 1, sizeof fresh->key);
        fresh->name = strcpy(world_allocate(NULL, strlen(name) + 1), name);
    }
    if (!account_record_copy(record, &world.accounts[i])) return error_no_memory(error, NULL);
    record->name = name;
    return POSTERN_OK;
}

postern_status journal_stream(struct journal *journal, int64_t account_id, const char *account,
                              const char *source, const char *name, uint32_t kind, const char *auth,
                              struct stream_record *record, postern_error *error)
{
    (void)journal;
    size_t i = 0;
    while (i < world.stream_count && (world.streams[i].record.account_id != account_id ||
                                      strcmp(world.streams[i].record.name, name) != 0))
        i++;
    if (i == world.stream_count) {
        if ((i & (i - 1)) == 0) /* full: doubled, because some tests have thousands */
            world.streams = world_allocate(world.streams, (i ? 2 * i : 1) * sizeof *world.streams);
        world.streams[i] = (struct stored_stream){0};
        struct stream_record *fresh = &world.streams[world.stream_count++].record;
        *fresh = (struct stream_record){.id = (int64_t)i + 1, .account_id = account_id, .kind = kind};
        world.streams[i].list.resize = world_allocate;
        fresh->account = account;
        fresh->source = source;
        fresh->name = name;
        fresh->auth = auth;
    }
    if (!stream_record_copy(record, &world.streams[i].record)) return error_no_memory(error, NULL);
    record->account = account;
    return POSTERN_OK;
}

postern_status journal_enrol(struct journal *journal, const struct enrolled *list, size_t count,
                             postern_error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct account_record account = {0};
        struct stream_record stream = {0};
        postern_status status = journal_account(journal, list[i].account, &account, error);
        if (status == POSTERN_OK && list[i].source)
            status = journal_stream(journal, account.id, list[i].account, list[i].source, list[i].name,
                                    list[i].kind, list[i].auth, &stream, error);
        account_record_clear(&account);
        stream_record_clear(&stream);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static inline int compare_stored_accounts(const void *a, const void *b)
{
    return strcmp(((const struct account_record *)a)->name, ((const struct account_record *)b)->name);
}

postern_status journal_accounts(struct journal *journal, struct account_record **records, size_t *count,
                                postern_error *error)
{
    (void)journal;
    *records = calloc(world.account_count + 1, sizeof **records);
    if (!*records) return error_no_memory(error, NULL);
    for (*count = 0; *count < world.account_count; (*count)++)
        if (!account_record_copy(&(*records)[*count], &world.accounts[*count]))
            return error_no_memory(error, NULL);
    qsort(*records, *count, sizeof **records, compare_stored_accounts);
    return POSTERN_OK;
}

static inline int compare_stored_streams(const void *a, const void *b)
{
    const struct stream_record *one = a, *other = b;
    int order = strcmp(one->account, other->account);
    if (!order) order = strcmp(one->source, other->source);
    return order ? order : strcmp(one->name, other->name);
}

postern_status journal_streams(struct journal *journal, struct stream_record **records, size_t *count,
                               postern_error *error)
{
    (void)journal;
    *records = calloc(world.stream_count + 1, sizeof **records);
    if (!*records) return error_no_memory(error, NULL);
    for (*count = 0; *count < world.stream_count; (*count)++) {
        struct stream_record *record = &(*records)[*count];
        if (!stream_record_copy(record, &world.streams[*count].record)) return error_no_memory(error, NULL);
        record->account = world.accounts[record->account_id - 1].name; /* the fleet that named it has gone */
    }
    qsort(*records, *count, sizeof **records, compare_stored_streams);
    return POSTERN_OK;
}

static inline void store_pages(struct stored_stream *stream, const struct journal_commit *commit)
{
    size_t count = commit->pages ? commit->pages->count : 0;
    if (count > world.most_pages) world.most_pages = count;
    stream->ids = world_allocate(stream->ids, (stream->id_count + count + 1) * sizeof *stream->ids);
    for (size_t i = 0; i < count; i++) {
        const struct fake_event *event = &commit->pages->events[i];
        assert_in_range(event->number, 0, WORLD_EVENTS - 1);
        struct told *told =
            event->has_left ? &world.left_as[event->number] : &world.appeared_as[event->number];
        ++*(event->has_left ? &world.left[event->number] : &world.taken[event->number]);
        memcpy(told->id, event->id, EVENT_ID_SIZE);
        told->time_ms = event->time_ms;
        memcpy(told->text, event->text, sizeof told->text);
        struct stored_id *id = &stream->ids[stream->id_count++];
        memcpy(id->id, event->id, EVENT_ID_SIZE);
        id->forgotten = false;
        id->pass_until_ms = stream->record.kind == POSTERN_STREAM_WINDOW ? commit->pass_until_ms : 0;
        if (stream->record.kind == POSTERN_STREAM_WINDOW) assert_true(commit->pass_until_ms > 0);
    }
}

static inline void store_downloads(struct stored_stream *stream, const struct journal_commit *commit)
{
    for (size_t i = 0; i < commit->download_done_count; i++)
        snprintf(stream->done[stream->done_count++ % 16], 64, "%s", commit->downloads_done[i]);
    if (commit->downloads_clear) stream->done_count = 0;
}

static inline void store_tries(struct stored_stream *stream, const struct journal_commit *commit)
{
    size_t kept = 0;
    int written = 0;
    for (size_t i = 0; i < stream->tries_count; i++) {
        bool goes = commit->tries_clear ||
                    (commit->tries_key && strcmp(stream->tries[i].key, commit->tries_key) == 0);
        if (goes) {
            buffer_free(&stream->tries[i].left);
            written = stream->tries[i].written;
        } else {
            stream->tries[kept++] = stream->tries[i];
        }
    }
    stream->tries_count = kept;
    if (!commit->tries_left.size) return;
    assert_true(kept < 16);
    struct stored_tries *tries = &stream->tries[stream->tries_count++];
    size_t size = commit->tries_left.size;
    snprintf(tries->key, sizeof tries->key, "%s", commit->tries_key);
    tries->written = written + 1;
    tries->left = (struct buffer){.data = world_allocate(NULL, size), .capacity = size, .limit = size};
    buffer_append_text(&tries->left, commit->tries_left);
}

/* Ranges of token streams are not followed on as the real journal does. */
static inline void store_coverage(struct stored_stream *stream, const struct coverage_read *read)
{
    struct span whole = {read->from_ms, read->until_ms};
    size_t kept = 0;
    assert_true(whole.until_ms >= whole.from_ms);
    stream->coverage_events += read->events;
    for (size_t i = 0; i < stream->coverage_count; i++) {
        struct span span = stream->coverage[i];
        if (span.from_ms > read->until_ms + 1 || span.until_ms < read->from_ms - 1) {
            stream->coverage[kept++] = span;
            continue;
        }
        if (span.from_ms < whole.from_ms) whole.from_ms = span.from_ms;
        if (span.until_ms > whole.until_ms) whole.until_ms = span.until_ms;
    }
    stream->coverage_count = kept;
    if (kept < sizeof stream->coverage / sizeof *stream->coverage)
        stream->coverage[stream->coverage_count++] = whole;
}

static inline void store_stream(const struct journal_commit *commit, struct stream_record *record)
{
    struct stored_stream *stream = &world.streams[commit->stream->id - 1];
    record->account = stream->record.account;
    stream_record_clear(&stream->record);
    stream->record = *record;
    store_pages(stream, commit);
    store_downloads(stream, commit);
    store_tries(stream, commit);
    /* Stricter than the real journal, which keeps them a little longer. */
    for (size_t i = 0; commit->forget_settled && i < stream->id_count; i++)
        if (stream->ids[i].pass_until_ms && stream->ids[i].pass_until_ms <= stream->record.settled_until_ms)
            stream->ids[i].forgotten = true;
    if (!commit->coverage) return;
    store_coverage(stream, commit->coverage);
}

static inline void store_account(struct account_record *record)
{
    struct account_record *stored = &world.accounts[record->id - 1];
    record->name = stored->name;
    account_record_clear(stored);
    *stored = *record;
}

static inline postern_status store(struct journal_commit *commit, postern_error *error)
{
    if (++world.commits == world.crash_at) world.crashed = true;
    if (world.crashed) return error_set(error, POSTERN_E_IO, "crashed");
    if (world.refuse_commits > 0) {
        world.refuse_commits--;
        return error_set(error, POSTERN_E_IO, "the disk refused");
    }
    if ((commit->pages || commit->dead_count) && world.fail_commits > 0) {
        world.fail_commits--;
        return error_set(error, POSTERN_E_IO, "the disk refused");
    }
    if ((commit->pages || commit->dead_count) && world.full)
        return error_set(error, POSTERN_E_LIMIT, "the journal is full");
    struct account_record account = {0};
    struct stream_record stream = {0};
    if (commit->snapshot && !model_commit(&world.streams[commit->stream->id - 1].list, commit->snapshot))
        return error_set(error, POSTERN_E_RETRY, "the list is another one");
    if ((commit->account && !account_record_copy(&account, commit->account)) ||
        (commit->stream && !stream_record_copy(&stream, commit->stream))) {
        account_record_clear(&account);
        return error_no_memory(error, NULL);
    }
    if (commit->account) store_account(&account);
    if (commit->calls && commit->forgotten_ids > world.calls_stored) { /* the real journal keeps the order */
        world.calls_stored = commit->forgotten_ids;
        text_to_string(commit->calls->text, world.calls[commit->calls->account_id - 1],
                       sizeof world.calls[0]);
    }
    if (commit->stream) store_stream(commit, &stream);
    for (size_t i = 0; i < commit->dead_count; i++) {
        assert_int_equal(commit->dead[i]->stage, DEAD_COLLECT);
        snprintf(world.last_dead_reason, sizeof world.last_dead_reason, "%s", commit->dead[i]->reason);
        world.last_dead_size = commit->dead[i]->bytes.size;
        if (world.dead_count < 16 && commit->stream) {
            struct stored_letter *letter = &world.letters[world.dead_count];
            *letter = (struct stored_letter){.received_ms = commit->dead[i]->received_ms,
                                             .stream_id = commit->stream->id};
            memcpy(letter->id, commit->dead[i]->event_id, EVENT_ID_SIZE);
        }
        world.dead_count++;
    }
    return POSTERN_OK;
}

static inline void write_commit(void *context)
{
    struct journal_commit *commit = context;
    postern_error error = ERROR_INIT;
    postern_status status = store(commit, &error);
    world.stored += commit->stream && status >= 0;
    commit->done(commit, status, &error);
}

/* As the real one, what has ended is only worth telling if it was told. */
bool notice_emit(struct journal *journal, const struct notice *notice)
{
    (void)journal;
    bool is_end = notice_trait(notice->kind)->sameness == NOTICE_RETURN;
    if (is_end && !world.told_trouble) return true;
    if (strncmp(notice_trait(notice->kind)->name, "stream.", 7) == 0) world.told_trouble = true;
    if (world.notice_count < sizeof world.notices / sizeof *world.notices)
        world.notices[world.notice_count] = notice->kind;
    world.notice_count++;
    return true;
}

int64_t journal_submit_notices(struct journal *journal)
{
    (void)journal;
    return 0;
}

void journal_submit(struct journal *journal, struct journal_commit *commit)
{
    (void)journal;
    if (commit->calls) commit->forgotten_ids = ++world.calls_submitted;
    world_later(world_below(world.latency_ms), write_commit, commit);
}

postern_status journal_commit_now(struct journal *journal, struct journal_commit *commit,
                                  postern_error *error)
{
    (void)journal;
    return store(commit, error);
}

postern_status journal_commit_all(struct journal *journal, struct journal_commit *commits, size_t count,
                                  postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < count; i++) {
        postern_status one = journal_commit_now(journal, &commits[i], status < 0 ? NULL : error);
        if (status == POSTERN_OK) status = one;
    }
    return status;
}

postern_status journal_calls(struct journal *journal, int64_t account_id, const char *quota,
                             struct buffer *text, postern_error *error)
{
    (void)journal;
    (void)quota;
    (void)error;
    buffer_append_string(text, world.calls[account_id - 1]);
    return POSTERN_OK;
}

void journal_server_time(struct journal *journal, int64_t server_ms, int64_t wall_ms)
{
    (void)journal;
    (void)server_ms;
    (void)wall_ms;
}

void journal_space(struct journal *journal, struct journal_space *space)
{
    (void)journal;
    *space = (struct journal_space){.kind = SPACE_JOURNAL_FULL};
}

bool journal_is_full(struct journal *journal)
{
    (void)journal;
    return world.full;
}

postern_status journal_known_ids(struct journal *journal, int64_t stream_id, const unsigned char *ids,
                                 const int64_t *times_ms, size_t count, bool *known, postern_error *error)
{
    (void)journal;
    (void)times_ms;
    (void)error;
    const struct stored_stream *stream = &world.streams[stream_id - 1];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < stream->id_count && !known[i]; k++)
            known[i] = !stream->ids[k].forgotten && memcmp(stream->ids[k].id, ids + 16 * i, 16) == 0;
    return POSTERN_OK;
}

postern_status journal_snapshot_totals(struct journal *journal, int64_t stream_id,
                                       struct snapshot_totals *totals, postern_error *error)
{
    (void)journal, (void)error;
    const struct stored_stream *stream = &world.streams[stream_id - 1];
    *totals = (struct snapshot_totals){stream->list.state, (int64_t)stream->list.count, stream->list.bytes};
    return POSTERN_OK;
}

postern_status journal_snapshot_known(struct journal *journal, int64_t stream_id, const unsigned char *keys,
                                      size_t count, struct snapshot_known *known, postern_error *error)
{
    (void)journal, (void)error;
    for (size_t i = 0; i < count; i++)
        model_known(&world.streams[stream_id - 1].list, keys + i * EVENT_ID_SIZE, &known[i]);
    return POSTERN_OK;
}

postern_status journal_snapshot_leavers(struct journal *journal, int64_t stream_id, journal_take_leaver *take,
                                        void *context, postern_error *error)
{
    (void)journal, (void)error;
    model_leavers(&world.streams[stream_id - 1].list, take, context);
    return POSTERN_OK;
}

postern_status journal_download_is_done(struct journal *journal, int64_t stream_id, const char *key,
                                        bool *done, postern_error *error)
{
    (void)journal;
    (void)error;
    const struct stored_stream *stream = &world.streams[stream_id - 1];
    for (size_t i = 0; i < stream->done_count && i < 16; i++)
        if (strcmp(stream->done[i], key) == 0) *done = true;
    return POSTERN_OK;
}

postern_status journal_tries(struct journal *journal, int64_t stream_id, const char *key,
                             journal_take_tries *take, void *context, postern_error *error)
{
    (void)journal;
    struct stored_stream *stream = &world.streams[stream_id - 1];
    for (size_t i = 0; i < stream->tries_count; i++) {
        struct stored_tries *tries = &stream->tries[i];
        if (key && strcmp(tries->key, key) != 0) continue;
        if (!take(context, tries->key, buffer_text(&tries->left))) return error_no_memory(error, NULL);
    }
    return POSTERN_OK;
}

postern_status journal_set_aside_streams(struct journal *journal, int64_t **ids, size_t *count,
                                         postern_error *error)
{
    (void)journal;
    *ids = calloc(world.stream_count + 1, sizeof **ids);
    if (!*ids) return error_no_memory(error, NULL);
    for (*count = 0; *count < world.stream_count; (*count)++)
        (*ids)[*count] = (int64_t)*count + 1; /* none is found of most */
    return POSTERN_OK;
}

postern_status journal_set_aside(struct journal *journal, const struct stream_record *stream,
                                 int64_t after_ms, size_t limit, journal_take_set_aside *take, void *context,
                                 postern_error *error)
{
    (void)journal;
    (void)limit;
    for (int64_t i = 0; i < world.dead_count && i < 16; i++) {
        const struct stored_letter *letter = &world.letters[i];
        if (letter->stream_id != stream->id || letter->received_ms <= after_ms) continue;
        if (!take(context, letter->id, letter->received_ms)) return error_no_memory(error, NULL);
    }
    return POSTERN_OK;
}

#endif
