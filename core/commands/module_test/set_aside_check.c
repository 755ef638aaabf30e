/* on_set_aside: what was set aside is read again. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "commands/module_test/source_checks.h"
#include "commands/module_test/source_ready.h"
#include <stdlib.h>

#define EVENTS_MOST 20 /* of one case */
#define CUTS        40 /* of one answer */
#define FLIPS       40
#define LAST_TRY    5 /* by then a source sets aside what stays damaged */

/* One event that on_response handed over: the line that says so, and the event's own text and type. */
struct own_event {
    postern_text line, json;
    char *type; /* malloc'ed */
};

struct rereading {
    struct ready_source *ready;
    const struct source_case *of;
    struct own_event events[EVENTS_MOST];
    size_t count;
};

static void read_again(const struct rereading *rereading, const postern_set_aside *what,
                       struct source_outcome *outcome)
{
    struct subject *subject = rereading->ready->subject;
    source_trial_read_again(&rereading->ready->trial, &rereading->of->question, what, outcome);
    if (outcome->downloads)
        subject_fails(subject, "case %s: on_set_aside names a download", rereading->of->name);
    else if (outcome->status < 0 && status_needs_words(outcome->status) && !outcome->error.message[0])
        subject_fails(subject, "case %s: on_set_aside returned %d without words", rereading->of->name,
                      (int)outcome->status);
    else if (outcome->status >= 0 && !outcome->events && !outcome->set_aside)
        subject_fails(subject,
                      "case %s: of %zu bytes that were set aside nothing is handed over and nothing set "
                      "aside again: they are lost",
                      rereading->of->name, what->bytes.size);
}

/* ---- Its own events ---- */

static bool is_line_of(postern_text all, postern_text line)
{
    if (!all.size) return false;
    for (const char *at = all.data, *end = at + all.size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (text_equal(text_slice(at, stop ? stop : end), line)) return true;
        at = stop ? stop + 1 : end;
    }
    return false;
}

/* Somewhere in what was set aside. */
static bool is_kept(const struct source_outcome *outcome, postern_text bytes)
{
    for (size_t i = 0; i < outcome->letters.count; i++) {
        postern_text kept = outcome->letters.letters[i]->bytes;
        if (kept.size && memmem(kept.data, kept.size, bytes.data, bytes.size)) return true;
    }
    return false;
}

/* As the core sets it aside: one event, because it is too large, or several in a row. */
static void read_events_again(const struct rereading *rereading, size_t first, size_t count, bool with_junk)
{
    static const postern_text junk = TEXT("\x01 no event at all \xff");
    struct subject *subject = rereading->ready->subject;
    _cleanup_(buffer_free) struct buffer bytes = {.limit = SOURCE_TRIAL_LIMIT};
    struct source_outcome outcome;
    for (size_t i = 0; i < count; i++) {
        if (i) buffer_append_byte(&bytes, '\n');
        buffer_append_text(&bytes, rereading->events[first + i].json);
        if (i == 0 && with_junk) buffer_printf(&bytes, "\n%.*s", TEXT_ARGS(junk));
    }
    const postern_set_aside what = {.size = sizeof what,
                                    .bytes = buffer_text(&bytes),
                                    .reason = "it was too large",
                                    .type = text_of(rereading->events[first].type)};
    read_again(rereading, &what, &outcome);
    for (size_t i = first; outcome.status >= 0 && i < first + count; i++) {
        const struct own_event *own = &rereading->events[i];
        bool is_same = is_line_of(buffer_text(&outcome.handed), own->line);
        if (is_same || (with_junk && is_kept(&outcome, own->json))) continue;
        subject_fails(
            subject, "case %s: %s, set aside%s%s and read again, is not handed over as on_response did: %.*s",
            rereading->of->name, i > first ? "a later event" : "the first event",
            count > 1 ? " in a row" : "", with_junk ? " with bytes that are no event" : "",
            TEXT_ARGS(own->line));
    }
    if (with_junk && outcome.status >= 0 && !is_kept(&outcome, junk))
        subject_fails(subject,
                      "case %s: bytes that are no event, set aside between two events, are not set aside "
                      "again: they are lost",
                      rereading->of->name);
    source_outcome_clear(&outcome);
}

/* ---- What comes of damaged answers ---- */

/* What stands between records and is none of them. */
static bool is_between(char c)
{
    return c && strchr(" \t\r\n,:[]{}", c);
}

static size_t count_bytes(postern_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += !is_between(text.data[i]);
    return count;
}

/* Bytes of which no event comes are all set aside again. */
static void read_bytes_again(const struct rereading *rereading, const postern_set_aside *what)
{
    struct source_outcome outcome;
    size_t kept = 0, bytes = count_bytes(what->bytes);
    if (!bytes) return;
    read_again(rereading, what, &outcome);
    for (size_t i = 0; i < outcome.letters.count; i++)
        kept += count_bytes(outcome.letters.letters[i]->bytes);
    if (outcome.status >= 0 && !outcome.events && outcome.set_aside && kept < bytes)
        subject_fails(rereading->ready->subject,
                      "case %s: of %zu bytes that were set aside no event comes, and only %zu are set aside "
                      "again",
                      rereading->of->name, bytes, kept);
    source_outcome_clear(&outcome);
}

static void read_damaged(const struct rereading *rereading, postern_text body)
{
    struct source_question question = rereading->of->question;
    struct source_outcome outcome;
    question.body = body;
    question.attempt = LAST_TRY;
    source_trial_read(&rereading->ready->trial, &question, &outcome);
    for (size_t i = 0; i < outcome.letters.count; i++) {
        const struct dead_letter *letter = outcome.letters.letters[i];
        read_bytes_again(rereading, &(postern_set_aside){.size = sizeof(postern_set_aside),
                                                         .name = text_of(letter->name),
                                                         .bytes = letter->bytes,
                                                         .reason = letter->reason ? letter->reason : "",
                                                         .type = text_of(letter->type)});
    }
    source_outcome_clear(&outcome);
}

static void damage(const struct rereading *rereading)
{
    postern_text body = rereading->of->question.body;
    struct random_source random = random_fixed(body.size);
    _cleanup_(freep) char *copy = malloc(body.size + 1);
    if (!copy || !body.size) return;
    for (size_t i = 0; i < CUTS; i++)
        read_damaged(rereading, (postern_text){body.data, body.size * i / CUTS});
    for (int i = 0; i < FLIPS; i++) {
        memcpy(copy, body.data, body.size);
        copy[random_below(&random, body.size)] ^= (char)(1 << random_below(&random, 8));
        read_damaged(rereading, (postern_text){copy, body.size});
    }
    random.fill(&random, copy, body.size);
    read_bytes_again(rereading, &(postern_set_aside){.size = sizeof(postern_set_aside),
                                                     .bytes = {copy, body.size},
                                                     .reason = "it is no event"});
}

/* ---- A case ---- */

static bool take_event(struct rereading *rereading, postern_text line)
{
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    _cleanup_(buffer_free) struct buffer type = {.limit = SOURCE_TRIAL_LIMIT};
    const struct json_node *root = NULL;
    if (!tape || json_parse(tape, line, &root, NULL) < 0) return false;
    const struct json_node *event = json_get(tape, root, "event");
    if (json_type(event) != POSTERN_JSON_OBJECT) return true; /* set aside, a download, or no JSON */
    json_unescape(tape, json_get(tape, root, "type"), &type);
    struct own_event *own = &rereading->events[rereading->count++];
    *own = (struct own_event){.line = line, .json = json_raw(tape, event)};
    own->type = text_duplicate(buffer_text(&type));
    return own->type != NULL;
}

static bool take_events(struct rereading *rereading, postern_text handed)
{
    bool good = true;
    if (!handed.size) return true;
    for (const char *at = handed.data, *end = at + handed.size;
         good && at < end && rereading->count < EVENTS_MOST;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        good = take_event(rereading, text_slice(at, stop));
        at = stop + (stop < end);
    }
    return good;
}

static void read_case_again(struct ready_source *ready, const struct source_case *of)
{
    struct rereading rereading = {.ready = ready, .of = of};
    struct source_outcome whole;
    source_trial_read(&ready->trial, &of->question, &whole);
    bool good = take_events(&rereading, buffer_text(&whole.handed));
    if (!good) subject_fails(ready->subject, "no memory for its cases");
    for (size_t i = 0; good && i < rereading.count; i++) {
        bool has_next =
            i + 1 < rereading.count && strcmp(rereading.events[i].type, rereading.events[i + 1].type) == 0;
        read_events_again(&rereading, i, 1, false);
        if (!has_next) continue;
        read_events_again(&rereading, i, 2, false);
        read_events_again(&rereading, i, 2, true);
    }
    if (good) damage(&rereading);
    for (size_t i = 0; i < rereading.count; i++)
        free(rereading.events[i].type);
    source_outcome_clear(&whole);
}

void check_set_aside(struct subject *subject)
{
    struct ready_source ready;
    bool good = source_make_with_cases(subject, &ready);
    if (good && !source_trial_can_read_again(&ready.trial)) {
        subject_skips(subject, "it has no on_set_aside: what is set aside stays as it is");
        good = false;
    }
    for (size_t i = 0; good && i < ready.cases.count && subject_is_good(subject); i++)
        read_case_again(&ready, &ready.cases.items[i]);
    source_let_go(&ready);
}
