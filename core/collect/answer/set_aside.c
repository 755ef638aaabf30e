#include "collect/answer/set_aside.h"
#include "base/array.h"
#include "base/plural.h"
#include "base/smaller.h"

#include "base/cleanup.h"
#include "base/container.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "collect/answer/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What many in a row keep, so that they do not take the room of what comes behind them; one alone may keep
 * more. */
#define ROW_SIZE ((size_t)1 << 20)

/* ---- A letter ------------------------------------------------------------------------------------ */

struct placed_letter {
    struct dead_letter letter;
    struct trail_place place;
};

const struct trail_place *letter_place(const struct dead_letter *letter)
{
    return &CONTAINER_OF(letter, const struct placed_letter, letter)->place;
}

struct dead_letter *letter_new(const struct answer *answer, const struct trail_place *place)
{
    struct placed_letter *placed = calloc(1, sizeof *placed);
    if (!placed) return NULL;
    struct dead_letter *letter = &placed->letter;
    placed->place = *place;
    snprintf(letter->account, sizeof letter->account, "%s", answer->account);
    snprintf(letter->source, sizeof letter->source, "%s", answer->source->name);
    snprintf(letter->stream, sizeof letter->stream, "%s", answer->stream);
    letter->stage = DEAD_COLLECT;
    letter->created_ms = letter->received_ms = answer->received_ms;
    letter->call = answer->call;
    return letter;
}

/* A new letter at the end of the answer's. NULL: no memory. */
static struct dead_letter *add_letter(struct answer *answer, const struct trail_place *place)
{
    struct set_asides *aside = &answer->aside;
    if (!array_extend(&aside->letters, aside->count, sizeof(struct dead_letter *))) return NULL;
    struct dead_letter *letter = letter_new(answer, place);
    if (letter) aside->letters[aside->count++] = letter;
    return letter;
}

/* What is cut is told apart by how much was cut, and of what nothing is there, by its name. */
static void identify(struct dead_letter *letter, int64_t size)
{
    unsigned char hash[32];
    digest_sha256(size ? letter->bytes : text_of(letter->name), hash);
    if (size > (int64_t)letter->bytes.size)
        for (size_t i = 0; i < sizeof size; i++)
            hash[i] ^= (unsigned char)((uint64_t)size >> (8 * i));
    memcpy(letter->event_id, hash, EVENT_ID_SIZE);
}

static char *describe(const struct set_aside_run *run)
{
    char many[48] = "", cut[96] = "";
    char *words = NULL;
    if (run->count > 1) snprintf(many, sizeof many, "%lld in a row", (long long)run->count);
    if (run->size > (int64_t)run->kept.size)
        snprintf(cut, sizeof cut, "%sthe first %zu of %lld bytes %s kept", many[0] ? "; " : "",
                 run->kept.size, (long long)run->size, plural_are((int64_t)run->kept.size));
    bool plain = !many[0] && !cut[0];
    int length =
        plain ? asprintf(&words, "%s", run->reason) : asprintf(&words, "%s (%s%s)", run->reason, many, cut);
    return length < 0 ? NULL : words;
}

static postern_text take_kept(struct buffer *kept)
{
    postern_text bytes = {kept->data ? kept->data : strdup(""), kept->size};
    *kept = (struct buffer){0};
    return bytes;
}

postern_status answer_set_aside_break(struct answer *answer)
{
    struct set_aside_run *run = &answer->aside.run;
    if (!run->count) return POSTERN_OK;
    struct dead_letter *letter = add_letter(answer, &run->place);
    if (!letter) return error_no_memory(&answer->error, NULL);
    letter->reason = describe(run);
    letter->bytes = take_kept(&run->kept);
    letter->name = STEAL_POINTER(run->name);
    letter->stands_for = run->count;
    snprintf(letter->type, sizeof letter->type, "%s", run->type);
    free(STEAL_POINTER(run->reason));
    if (!letter->reason || !letter->bytes.data) return error_no_memory(&answer->error, NULL);
    identify(letter, run->size);
    answer->content += trail_mark((postern_text){(const char *)letter->event_id, EVENT_ID_SIZE});
    *run = (struct set_aside_run){0};
    return POSTERN_OK;
}

/* ---- A run --------------------------------------------------------------------------------------- */

static bool is_neighbour(const struct set_aside_run *run, postern_text name, const char *type,
                         const char *reason)
{
    if (!run->count || strcmp(run->reason, reason) != 0 || strcmp(run->type, type) != 0) return false;
    return text_equal(name, text_of(run->name));
}

static size_t room_for(const struct answer *answer, const struct set_aside_run *run)
{
    size_t alone = answer->limits.dead_size, most = run->count ? smaller_size(ROW_SIZE, alone) : alone;
    size_t room = run->kept.size < most ? most - run->kept.size : 0;
    return smaller_size(room, answer->limits.set_aside_size - answer->aside.size);
}

/* Of each as much as there is room for. */
static bool keep(struct answer *answer, postern_text bytes)
{
    struct set_aside_run *run = &answer->aside.run;
    bool cut = run->size > (int64_t)run->kept.size;
    size_t separator = run->count ? 1 : 0, room = room_for(answer, run);
    run->count++;
    run->size += (int64_t)(bytes.size + separator);
    if (cut || room < separator) return true;
    if (separator && !buffer_append_byte(&run->kept, '\n')) return false;
    bytes.size = smaller_size(bytes.size, room - separator);
    answer->aside.size += bytes.size + separator;
    return buffer_append_text(&run->kept, bytes);
}

static bool begin_run(struct answer *answer, postern_text name, const char *type, const char *reason,
                      const struct trail_place *place)
{
    struct set_aside_run *run = &answer->aside.run;
    *run = (struct set_aside_run){.kept.limit = answer->limits.dead_size, .place = *place};
    snprintf(run->type, sizeof run->type, "%s", type);
    run->reason = strdup(reason);
    run->name = name.size ? text_duplicate(name) : NULL;
    return run->reason && (run->name || !name.size);
}

/* ---- Beyond the limits --------------------------------------------------------------------------- */

static void count_rest(struct set_aside_rest *rest, postern_text name, postern_text bytes,
                       const struct trail_place *place)
{
    if (!rest->count++) {
        text_to_string(name, rest->first, sizeof rest->first);
        rest->place = *place;
    }
    text_to_string(name, rest->last, sizeof rest->last);
    rest->size += (int64_t)bytes.size;
}

static char *describe_rest(const struct answer *answer, const struct set_aside_rest *rest)
{
    char range[160] = "";
    char *words = NULL;
    if (rest->first[0]) snprintf(range, sizeof range, ", from \"%s\" to \"%s\"", rest->first, rest->last);
    int length =
        asprintf(&words,
                 "%lld more that could not be read (%lld byte%s%s) %s not kept: one answer leaves "
                 "behind at most limits.set_aside_count (%zu) and limits.set_aside_size (%zu)",
                 (long long)rest->count, (long long)rest->size, plural(rest->size), range,
                 plural_are(rest->count), answer->limits.set_aside_count, answer->limits.set_aside_size);
    return length < 0 ? NULL : words;
}

postern_status answer_set_rest_aside(struct answer *answer, const struct set_aside_rest *rest)
{
    struct dead_letter *letter = add_letter(answer, &rest->place);
    if (!letter) return error_no_memory(&answer->error, NULL);
    letter->stands_for = rest->count;
    letter->bytes = (postern_text){strdup(""), 0};
    letter->reason = describe_rest(answer, rest);
    if (!letter->reason || !letter->bytes.data) return error_no_memory(&answer->error, NULL);
    identify(letter, rest->size);
    return POSTERN_OK;
}

/* ---- From outside -------------------------------------------------------------------------------- */

static postern_status put_aside(struct answer *answer, postern_text name, postern_text bytes,
                                postern_text type, const char *reason, bool is_one)
{
    struct set_asides *aside = &answer->aside;
    char short_type[sizeof aside->run.type];
    text_to_string(type, short_type, sizeof short_type);
    if (!reason || !reason[0]) reason = "could not be read";
    answer->set_aside++;
    struct trail_place place;
    if (!trail_damage(&answer->trail, is_one, &place)) return error_no_memory(&answer->error, NULL);
    if (!is_neighbour(&aside->run, name, short_type, reason)) {
        postern_status status = answer_set_aside_break(answer);
        if (status < 0) return status;
        if (aside->count >= answer->limits.set_aside_count || aside->size >= answer->limits.set_aside_size) {
            count_rest(&aside->rest, name, bytes, &place);
            return POSTERN_OK;
        }
        if (!begin_run(answer, name, short_type, reason, &place))
            return error_no_memory(&answer->error, NULL);
    }
    return keep(answer, bytes) ? POSTERN_OK : error_no_memory(&answer->error, NULL);
}

postern_status answer_set_aside(struct answer *answer, postern_text name, postern_text bytes,
                                postern_text type, const char *reason)
{
    return put_aside(answer, name, bytes, type, reason, false);
}

postern_status answer_set_record_aside(struct answer *answer, postern_text name, postern_text bytes,
                                       postern_text type, const char *reason)
{
    return put_aside(answer, name, bytes, type, reason, true);
}

postern_status answer_set_aside_end(struct answer *answer)
{
    struct set_aside_rest *rest = &answer->aside.rest;
    postern_status status = answer_set_aside_break(answer);
    if (status >= 0 && rest->count) status = answer_set_rest_aside(answer, rest);
    *rest = (struct set_aside_rest){0};
    return status;
}

void set_asides_free(struct set_asides *set_asides)
{
    for (size_t i = 0; i < set_asides->count; i++)
        dead_letter_free(set_asides->letters[i]);
    free(set_asides->letters);
    free(set_asides->run.name);
    free(set_asides->run.reason);
    buffer_free(&set_asides->run.kept);
    *set_asides = (struct set_asides){0};
}

void dead_letter_free(struct dead_letter *letter)
{
    free(letter->reason);
    free(letter->name);
    free((char *)(uintptr_t)letter->bytes.data);
    free(letter);
}
