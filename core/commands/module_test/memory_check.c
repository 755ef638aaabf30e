/* Where the texts lie that a source leaves behind at the end of a call: in the call's arena, in what it was
 * given, or in memory that stays as it is. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/module_test/question_variant.h"
#include "commands/module_test/source_checks.h"
#include "commands/module_test/source_ready.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXTS_MOST    96
#define VARIANTS      3
#define OTHERS_MOST   8 /* cases */
#define VARIANT_ARENA ((size_t)1 << 30)
#define STRING        SIZE_MAX /* as the size of a text that a NUL ends */

#define REMEDY "allocate it with host->allocate"

struct left_text {
    const char *name; /* "the request's path" */
    const char *data;
    size_t size;
    char *copy;    /* as it was at the end of the call; malloc'ed */
    bool is_owned; /* it lies in neither arena nor input nor constant memory: whose is it? */
};

/* One call that is looked at while it has just ended. */
struct memory_look {
    struct ready_source *ready;
    const struct source_case *of;
    const struct source_question *question;
    const char *token;
    bool asks; /* it is next, else on_response */
    const struct source_handing *handing;
    struct left_text texts[TEXTS_MOST];
    size_t count;
    size_t again; /* of the texts, while the same is asked again */
};

typedef bool visit_text(struct memory_look *looking, const struct source_handing *handing, const char *name,
                        const void *data, size_t size);

/* Each text that the call has left, until `visit` says no: what the first one points to is not looked at
 * then. */
static bool each_text(struct memory_look *looking, const struct source_handing *handing, visit_text *visit)
{
    const postern_request *request = handing->request;
    postern_text next = handing->next_position;
    if (!request) return visit(looking, handing, "the position", next.data, next.size);
    bool good = visit(looking, handing, "the request's method", request->method, STRING) &&
                visit(looking, handing, "the request's path", request->path.data, request->path.size) &&
                visit(looking, handing, "the request's body", request->body.data, request->body.size) &&
                visit(looking, handing, "the request's content_type", request->content_type, STRING) &&
                visit(looking, handing, "the list of the request's headers", request->headers,
                      request->header_count * sizeof *request->headers);
    for (size_t i = 0; good && i < request->header_count; i++) {
        const postern_pair *header = &request->headers[i];
        good = visit(looking, handing, "the name of a header", header->name.data, header->name.size) &&
               visit(looking, handing, "the value of a header", header->value.data, header->value.size);
    }
    return good;
}

/* ---- Whose memory it is ---- */

static bool is_inside(const void *place, const void *data, size_t size)
{
    return (uintptr_t)place >= (uintptr_t)data && (uintptr_t)place - (uintptr_t)data < size;
}

static bool is_in_text(const void *place, postern_text text)
{
    return is_inside(place, text.data, text.size);
}

static bool is_given(const struct source_handing *handing, const void *place)
{
    const postern_response *response = handing->response;
    bool found = is_in_text(place, handing->position);
    if (!response) return found;
    found = found || is_in_text(place, response->body) ||
            is_inside(place, response->headers, response->header_count * sizeof *response->headers);
    for (size_t i = 0; !found && i < response->header_count; i++)
        found = is_in_text(place, response->headers[i].name) || is_in_text(place, response->headers[i].value);
    const postern_download *download = response->download;
    return found || (download && (is_in_text(place, download->url) || is_in_text(place, download->key) ||
                                  is_in_text(place, download->tag)));
}

static bool is_on_stack(const void *place)
{
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    return is_inside(place, lowest, size);
}

/* Where nobody can write: what a module has as constants. */
static bool is_constant(const void *place)
{
    _cleanup_(freep) char *line = NULL;
    size_t room = 0;
    bool found = false, writable = true;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !found && getline(&line, &room, maps) > 0) {
        uintptr_t from, to;
        char rights[5];
        found = sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, rights) == 3 &&
                (uintptr_t)place >= from && (uintptr_t)place < to;
        if (found) writable = rights[1] == 'w';
    }
    if (maps) fclose(maps);
    return found && !writable;
}

/* ---- What is found ---- */

static void fail(const struct memory_look *looking, const char *name, const char *where)
{
    subject_fails(looking->ready->subject, "case %s: %s, left by %s, %s", looking->of->name, name,
                  looking->asks ? "next" : "on_response", where);
}

static bool note_text(struct memory_look *looking, const struct source_handing *handing, const char *name,
                      const void *data, size_t size)
{
    if (!data || !size || looking->count == TEXTS_MOST) return true;
    bool is_safe = arena_holds(handing->arena, data) || is_given(handing, data);
    if (!is_safe && is_on_stack(data)) {
        fail(looking, name, "lies on the stack of a function that has ended: " REMEDY);
        return false;
    }
    struct left_text *text = &looking->texts[looking->count];
    *text = (struct left_text){.name = name, .data = data, .size = size == STRING ? strlen(data) : size};
    text->copy = text_duplicate((postern_text){text->data, text->size});
    text->is_owned = !is_safe && !is_constant(data);
    looking->count++;
    return text->copy != NULL;
}

static bool compare(const struct memory_look *looking, const char *where)
{
    for (size_t i = 0; i < looking->count; i++) {
        const struct left_text *text = &looking->texts[i];
        if (memcmp(text->data, text->copy, text->size) == 0) continue;
        fail(looking, text->name, where);
        return false;
    }
    return true;
}

/* ---- What is done meanwhile ---- */

#define BLOCKS_EACH 8
#define BLOCK_MOST  ((size_t)4096)
#define BLOCK_STEP  ((size_t)16)

/* Takes what is free on the heap, of all sizes, and writes on it. */
static void write_on_free_memory(void)
{
    enum { BLOCKS = BLOCK_MOST / BLOCK_STEP * BLOCKS_EACH };
    char **blocks = calloc(BLOCKS, sizeof *blocks);
    for (size_t i = 0; blocks && i < BLOCKS; i++) {
        size_t size = (i / BLOCKS_EACH + 1) * BLOCK_STEP - sizeof(size_t); /* all that such a block holds */
        blocks[i] = malloc(size);
        if (blocks[i]) memset(blocks[i], 0xa5, size);
    }
    for (size_t i = 0; blocks && i < BLOCKS; i++)
        free(blocks[i]);
    free(blocks);
}

static bool is_not_of_former_arena(struct memory_look *looking, const struct source_handing *handing,
                                   const char *name, const void *data, size_t size)
{
    (void)handing;
    if (!data || !size || !arena_holds(looking->handing->arena, data)) return true;
    fail(looking, name,
         "lies in the arena of an earlier call, which is gone by then: keep nothing of an arena");
    return false;
}

static bool look_between(void *context, const struct source_handing *handing)
{
    struct memory_look *looking = context;
    return each_text(looking, handing, is_not_of_former_arena);
}

static bool is_where_it_was(struct memory_look *looking, const struct source_handing *handing,
                            const char *name, const void *data, size_t size)
{
    (void)handing;
    if (!data || !size || looking->again == looking->count) return true;
    const struct left_text *text = &looking->texts[looking->again++];
    if (!text->is_owned || text->data == data) return true;
    fail(looking, name, "lies in memory of its own at each call, which nobody frees: " REMEDY);
    return false;
}

static bool look_again(void *context, const struct source_handing *handing)
{
    struct memory_look *looking = context;
    looking->again = 0;
    return each_text(looking, handing, is_where_it_was);
}

static void call_once(const struct source_trial *trial, const struct source_question *question, bool asks)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = SOURCE_TRIAL_LIMIT};
    postern_error error = ERROR_INIT;
    if (asks)
        source_trial_ask(trial, question, &text, &error);
    else
        source_write_all(trial, question, &text);
}

/* The call's own case, and those behind it, in other variants. */
static void call_others(struct memory_look *looking)
{
    const struct source_cases *cases = &looking->ready->cases;
    size_t own = (size_t)(looking->of - cases->items);
    struct source_trial trial = looking->ready->trial;
    trial.watch = (struct source_watch){.handed_over = look_between, .context = looking};
    for (size_t i = 0; i < cases->count && i <= OTHERS_MOST; i++)
        for (unsigned number = 0; number < VARIANTS; number++) {
            struct source_question question;
            const struct source_case *of = &cases->items[(own + i) % cases->count];
            _cleanup_(arena_freep) postern_arena *arena = arena_new(VARIANT_ARENA);
            if (!arena ||
                !question_variant(arena, &of->question, i ? NULL : looking->token, number, &question))
                return;
            if (!question.download) call_once(&trial, &question, true);
            call_once(&trial, &question, false);
        }
}

static void call_again(struct memory_look *looking)
{
    struct source_trial trial = looking->ready->trial;
    trial.watch = (struct source_watch){.handed_over = look_again, .context = looking};
    call_once(&trial, looking->question, looking->asks);
}

static bool has_owned(const struct memory_look *looking)
{
    bool any = false;
    for (size_t i = 0; i < looking->count; i++)
        any = any || looking->texts[i].is_owned;
    return any;
}

static bool look(void *context, const struct source_handing *handing)
{
    struct memory_look *looking = context;
    looking->handing = handing;
    looking->count = 0;
    bool good = each_text(looking, handing, note_text), owned = good && has_owned(looking);
    if (owned) write_on_free_memory();
    good = good && (!owned || compare(looking, "lies in memory that has been freed: " REMEDY));
    if (good && looking->count) call_others(looking);
    good = good && compare(looking, "is overwritten by later calls: " REMEDY);
    if (good && owned) call_again(looking);
    for (size_t i = 0; i < looking->count; i++)
        free(looking->texts[i].copy);
    return good && subject_is_good(looking->ready->subject);
}

static void look_at_case(struct ready_source *ready, const struct source_case *of)
{
    struct source_outcome outcome;
    struct memory_look looking = {.ready = ready, .of = of, .question = &of->question};
    struct source_trial trial = ready->trial;
    source_trial_read(&trial, &of->question, &outcome);
    looking.token = outcome.position;
    trial.watch = (struct source_watch){.handed_over = look, .context = &looking};
    if (!of->question.download) {
        looking.asks = true;
        call_once(&trial, &of->question, true);
    }
    looking.asks = false;
    if (subject_is_good(ready->subject)) call_once(&trial, &of->question, false);
    source_outcome_clear(&outcome);
}

void check_memory(struct subject *subject)
{
    struct ready_source ready;
    if (source_make_with_cases(subject, &ready))
        for (size_t i = 0; i < ready.cases.count && subject_is_good(subject); i++)
            look_at_case(&ready, &ready.cases.items[i]);
    source_let_go(&ready);
}
