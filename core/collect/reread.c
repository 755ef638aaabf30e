#include "collect/reread.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "collect/answer/answer.h"
#include "collect/answer_limits.h"
#include "collect/stream/source_instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The stream of a letter. */
struct letter_stream {
    char account[64], source[64], stream[64];
    bool found;
    struct stream_record record; /* only what names it */
    unsigned char account_key[16];
    char auth[RECORD_NAME_SIZE];
    const postern_stream *declaration;
    const struct source_instance *instance;
    postern_options *options; /* of the account for the source; NULL = none */
};

struct reread {
    struct reread_parts parts;
    struct source_instance *sources; /* as many as the configuration has; made when they are needed */
    struct letter_stream at;         /* of the last letter */
    _Atomic int64_t held;
};

struct reread *reread_new(const struct reread_parts *parts)
{
    struct reread *reread = calloc(1, sizeof *reread);
    if (!reread) return NULL;
    reread->parts = *parts;
    reread->sources = calloc(parts->config->source_count + 1, sizeof *reread->sources);
    if (reread->sources) return reread;
    free(reread);
    return NULL;
}

void reread_free(struct reread *reread)
{
    if (!reread) return;
    options_free(reread->at.options);
    for (size_t i = 0; i < reread->parts.config->source_count; i++)
        if (reread->sources[i].source) source_instance_destroy(&reread->sources[i]);
    free(reread->sources);
    free(reread);
}

/* ---- Its stream ---------------------------------------------------------------------------------- */

static postern_status find_account(struct reread *reread, struct letter_stream *at, postern_error *error)
{
    _cleanup_(freep) struct account_record *records = NULL;
    size_t count = 0;
    bool found = false;
    postern_status status = journal_accounts(reread->parts.journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(records[i].name, at->account) == 0) {
            memcpy(at->account_key, records[i].key, sizeof at->account_key);
            at->record.account_id = records[i].id;
            found = true;
        }
        account_record_clear(&records[i]);
    }
    if (status < 0 || found) return status;
    return error_set(error, POSTERN_E_CONFIG, "its account is not known any more");
}

static postern_status find_stream(struct reread *reread, struct letter_stream *at, postern_error *error)
{
    _cleanup_(freep) struct stream_record *records = NULL;
    size_t count = 0;
    postern_status status = journal_streams(reread->parts.journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        const struct stream_record *record = &records[i];
        if (record->account_id == at->record.account_id && strcmp(record->source, at->source) == 0 &&
            strcmp(record->name, at->stream) == 0) {
            at->record.id = record->id;
            at->record.kind = record->kind;
            snprintf(at->auth, sizeof at->auth, "%s", record->auth);
        }
        stream_record_clear(&records[i]);
    }
    if (status < 0 || at->record.id) return status;
    return error_set(error, POSTERN_E_CONFIG, "its stream is not known any more");
}

static postern_status find_source(struct reread *reread, struct letter_stream *at, size_t *index,
                                  postern_error *error)
{
    const struct config *config = reread->parts.config;
    const postern_source *source = registry_source(reread->parts.registry, at->source);
    for (*index = 0; *index < config->source_count; ++*index)
        if (strcmp(config->sources[*index].name, at->source) == 0) break;
    if (!source || *index == config->source_count)
        return error_set(error, POSTERN_E_CONFIG, "no module has its source \"%s\"", at->source);
    if (!POSTERN_HAS(source, on_set_aside) || !source->on_set_aside)
        return error_set(error, POSTERN_E_UNSUPPORTED,
                         "the source \"%s\" cannot read again what was set aside", at->source);
    for (const postern_stream *const *stream = source->streams; *stream && !at->declaration; stream++)
        if (strcmp((*stream)->name, at->stream) == 0 && strcmp((*stream)->auth, at->auth) == 0 &&
            (*stream)->kind == at->record.kind)
            at->declaration = *stream;
    if (!at->declaration)
        return error_set(error, POSTERN_E_CONFIG, "its source has no stream \"%s\" any more", at->stream);
    struct source_instance *instance = &reread->sources[*index];
    at->instance = instance;
    if (instance->source) return POSTERN_OK;
    return source_instance_create(reread->parts.registry, source, &config->sources[*index], instance, error);
}

static postern_status take_options(struct reread *reread, struct letter_stream *at, postern_error *error)
{
    const struct config *config = reread->parts.config;
    const postern_source *source = at->instance->source;
    if (!source->account_options) return POSTERN_OK;
    const struct config_account_options *given = &(struct config_account_options){0};
    for (size_t i = 0; i < config->account_count; i++) {
        const struct config_account *account = &config->accounts[i];
        for (size_t k = 0; strcmp(account->name, at->account) == 0 && k < account->option_count; k++)
            if (strcmp(account->options[k].source, at->source) == 0) given = &account->options[k];
    }
    at->options = options_new(source->account_options, given->values, given->value_count);
    return at->options ? POSTERN_OK : error_no_memory(error, NULL);
}

/* Letters of one stream often follow each other. */
static postern_status find(struct reread *reread, const struct dead_letter *letter, postern_error *error)
{
    struct letter_stream *at = &reread->at;
    if (at->found && strcmp(at->account, letter->account) == 0 && strcmp(at->source, letter->source) == 0 &&
        strcmp(at->stream, letter->stream) == 0)
        return POSTERN_OK;
    options_free(at->options);
    *at = (struct letter_stream){0};
    snprintf(at->account, sizeof at->account, "%s", letter->account);
    snprintf(at->source, sizeof at->source, "%s", letter->source);
    snprintf(at->stream, sizeof at->stream, "%s", letter->stream);
    size_t index;
    postern_status status = find_account(reread, at, error);
    if (status >= 0) status = find_stream(reread, at, error);
    if (status >= 0) status = find_source(reread, at, &index, error);
    if (status >= 0) status = take_options(reread, at, error);
    at->record.account = at->account;
    at->record.source = at->source;
    at->record.name = at->stream;
    at->found = status >= 0;
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------------- */

static void make_id(postern_text bytes, unsigned char id[EVENT_ID_SIZE])
{
    unsigned char hash[32];
    digest_sha256(bytes, hash);
    memcpy(id, hash, EVENT_ID_SIZE);
}

/* A letter's id is that of its bytes, unless not all of them were kept (answer/set_aside.c). */
static bool is_whole(const struct dead_letter *letter)
{
    unsigned char id[EVENT_ID_SIZE];
    make_id(letter->bytes, id);
    return memcmp(id, letter->event_id, EVENT_ID_SIZE) == 0;
}

static postern_status check(const struct dead_letter *letter, postern_error *error)
{
    if (!letter->bytes.size)
        return error_set(error, POSTERN_E_UNSUPPORTED,
                         "it holds no bytes, and stands only for what was not kept: it cannot be read again");
    if (!is_whole(letter))
        return error_set(error, POSTERN_E_UNSUPPORTED,
                         "its bytes were kept only in part: it cannot be read again");
    return POSTERN_OK;
}

static void keep(struct answer *answer)
{
    (void)answer; /* it was read on this thread, which looks at it afterwards */
}

static struct answer *read_again(struct reread *reread, const struct dead_letter *letter,
                                 const postern_set_aside *what)
{
    const struct letter_stream *at = &reread->at;
    struct answer *answer = calloc(1, sizeof *answer);
    if (!answer) return NULL;
    answer->source = at->instance->source;
    answer->self = at->instance->self;
    answer->account_options = at->options;
    answer->declaration = at->declaration;
    answer->journal = reread->parts.journal;
    answer->record = at->record; /* borrows all that it has */
    answer->remember_ms = source_instance_settings(at->instance, at->declaration)->remember_ms;
    answer->held = &reread->held;
    snprintf(answer->account, sizeof answer->account, "%s", at->account);
    snprintf(answer->stream, sizeof answer->stream, "%s", at->stream);
    memcpy(answer->account_key, at->account_key, sizeof answer->account_key);
    answer->again = what;
    answer->attempt = 1;
    answer->now_ms = answer->received_ms = clock_wall_ms(reread->parts.clock);
    answer->random = random_number(reread->parts.random);
    answer->left_out_before_ms = INT64_MIN;
    answer->limits = answer_limits_of(reread->parts.config);
    /* What is left of it needs no more room than it had, but for line ends. */
    size_t room = 2 * letter->bytes.size;
    if (answer->limits.dead_size < room) answer->limits.dead_size = room;
    if (answer->limits.set_aside_size < room) answer->limits.set_aside_size = room;
    answer->done = keep;
    answer_read(answer);
    return answer;
}

/* ---- What becomes of the letter ------------------------------------------------------------------ */

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* All that is left, as one letter in the place of the first. `bytes` holds what it borrows. */
static postern_status gather_rest(const struct answer *answer, struct dead_letter *left, struct buffer *bytes,
                                  postern_error *error)
{
    const struct set_asides *aside = &answer->aside;
    const struct dead_letter *first = aside->letters[0];
    bool one_name = true, one_type = true;
    for (size_t i = 0; i < aside->count; i++) {
        const struct dead_letter *part = aside->letters[i];
        if (!is_whole(part))
            return error_set(error, POSTERN_E_LIMIT,
                             "what is left of it would not be kept whole: all of it stays as it is");
        one_name = one_name && same(part->name, first->name);
        one_type = one_type && same(part->type, first->type);
        if ((i && !buffer_append_byte(bytes, '\n')) || !buffer_append_text(bytes, part->bytes))
            return error_no_memory(error, NULL);
    }
    if (one_name) left->name = first->name;
    snprintf(left->type, sizeof left->type, "%s", one_type ? first->type : "");
    left->bytes = buffer_text(bytes);
    make_id(left->bytes, left->event_id);
    return POSTERN_OK;
}

static postern_status settle(struct reread *reread, struct answer *answer, const struct dead_letter *letter,
                             postern_error *error)
{
    _cleanup_(buffer_free) struct buffer bytes = {.limit = SIZE_MAX / 2};
    bool any = answer->events || answer->repeats, rest = answer->aside.count != 0;
    if (!any && !rest) return error_set(error, POSTERN_E_PROTOCOL, "the source found nothing in it");
    struct dead_letter left = *letter, *dead = &left;
    postern_status status = any && rest ? gather_rest(answer, &left, &bytes, error) : POSTERN_OK;
    if (status < 0) return status;
    left.replaces = letter->id;
    left.retries++;
    if (rest) left.reason = answer->aside.letters[0]->reason;
    struct journal_commit commit = {.stream = &answer->record,
                                    .stream_stays = true,
                                    .pages = answer->pages,
                                    .received_ms = answer->received_ms,
                                    .snapshot = list_page_change(answer->list_page),
                                    .remember_ms = answer->remember_ms};
    if (rest) {
        commit.dead = &dead;
        commit.dead_count = 1;
    } else {
        commit.dead_settled = &letter->id;
        commit.dead_settled_count = 1;
    }
    status = journal_commit_now(reread->parts.journal, &commit, error);
    if (status < 0 || !rest) return status;
    return error_set(error, POSTERN_E_PROTOCOL,
                     any ? "read again in part, and what is left of it could not be read: %s"
                         : "it still cannot be read: %s",
                     left.reason);
}

postern_status reread_letter(struct reread *reread, const struct dead_letter *letter, postern_error *error)
{
    postern_status status = check(letter, error);
    if (status >= 0) status = find(reread, letter, error);
    if (status < 0) return status;
    const postern_set_aside what = {.size = sizeof what,
                                    .name = text_of(letter->name),
                                    .bytes = letter->bytes,
                                    .reason = letter->reason ? letter->reason : "",
                                    .type = text_of(letter->type)};
    struct answer *answer = read_again(reread, letter, &what);
    if (!answer) return error_no_memory(error, NULL);
    status = answer->status;
    if (status < 0) {
        *error = answer->error;
        error->code = status;
    } else {
        status = settle(reread, answer, letter, error);
    }
    answer_free(answer);
    return status;
}
