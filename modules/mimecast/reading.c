#include "reading.h"
#include <stdlib.h>

/* How often a damaged answer is asked for again before what is whole in it is taken. */
#define TRIES 3

postern_status instance_new(const postern_host *host, struct instance **instance, postern_error *error)
{
    struct instance made = {
        .host = host,
        .log = host->service(host, POSTERN_SERVICE_LOG),
        .json = host->service(host, POSTERN_SERVICE_JSON),
        .unpack = host->service(host, POSTERN_SERVICE_UNPACK),
    };
    if (!made.log || !made.json || !made.unpack)
        return kit_fail(error, POSTERN_E_UNSUPPORTED, "install a Postern that is as new as this module",
                        "this Postern lacks one of the services log/1, json/1 and unpack/1");
    *instance = malloc(sizeof **instance);
    if (!*instance) return kit_no_memory(error);
    **instance = made;
    return POSTERN_OK;
}

postern_status instance_create(const postern_host *host, void **self, postern_error *error)
{
    struct instance *instance = NULL;
    postern_status status = instance_new(host, &instance, error);
    if (status == POSTERN_OK) *self = instance;
    return status;
}

void instance_free(void *instance)
{
    free(instance);
}

struct reading reading_of(const void *self, const postern_call *call, const postern_stream *stream,
                          postern_text position, const postern_response *response, postern_answer *answer,
                          postern_error *error, struct damage *damage)
{
    return (struct reading){
        .instance = self,
        .call = call,
        .stream = stream,
        .position = position,
        .response = response,
        .answer = answer,
        .error = error,
        .damage = damage,
    };
}

struct reading reading_again(const void *self, const postern_call *call, const postern_stream *stream,
                             postern_answer *answer, postern_error *error, struct damage *damage)
{
    damage->found = true; /* so that none has a word */
    return reading_of(self, call, stream, (postern_text){NULL, 0}, NULL, answer, error, damage);
}

postern_status reading_end(const struct reading *reading, postern_status status)
{
    if (status < 0 || !reading->damage->found) return status;
    reading->answer->flags |= POSTERN_ANSWER_READ_ON;
    return POSTERN_E_PROTOCOL;
}

bool may_ask_again(const struct reading *reading)
{
    return reading->call->attempt <= TRIES;
}

static postern_status put_aside(const struct reading *reading, postern_text name, postern_text bytes,
                                const char *reason, uint32_t flags)
{
    postern_set_aside what = {
        .size = sizeof what, .flags = flags, .name = name, .bytes = bytes, .reason = reason};
    return reading->answer->set_aside(reading->answer, &what);
}

postern_status set_aside(const struct reading *reading, postern_text name, postern_text bytes,
                         const char *reason)
{
    return put_aside(reading, name, bytes, reason, 0);
}

postern_status set_record_aside(const struct reading *reading, postern_text name, const struct record *record)
{
    return put_aside(reading, name, record->text, record->reason, record->is_one ? POSTERN_SET_ASIDE_ONE : 0);
}

/* The first damage has the word. */
static void note_damage(const struct reading *reading, postern_text name, const char *reason)
{
    if (reading->is_sure || !may_ask_again(reading) || reading->damage->found) return;
    int shown = name.size < 120 ? (int)name.size : 120;
    reading->damage->found = true;
    kit_fail(reading->error, POSTERN_E_PROTOCOL,
             "nothing to do: it is asked for again, and if it stays damaged, what is whole in it is taken "
             "and the rest is set aside",
             "the answer is damaged at \"%.*s\": %s (try %u of %u)", shown, shown ? name.data : "", reason,
             reading->call->attempt, TRIES + 1u);
}

postern_status damaged(const struct reading *reading, postern_text name, postern_text bytes,
                       const char *reason)
{
    note_damage(reading, name, reason);
    return set_aside(reading, name, bytes, reason);
}

postern_status damaged_record(const struct reading *reading, postern_text name, const struct record *record)
{
    note_damage(reading, name, record->reason);
    return set_record_aside(reading, name, record);
}

postern_status begin_part(const struct reading *reading, postern_text name, bool is_damaged)
{
    postern_answer *answer = reading->answer;
    return POSTERN_HAS(answer, part) && answer->part ? answer->part(answer, name, is_damaged) : POSTERN_OK;
}

postern_status emit(const struct reading *reading, const char *type, int64_t time_ms, postern_text json)
{
    postern_event event = {
        .size = sizeof event,
        .time_ms = time_ms,
        .type = {type, strlen(type)},
        .json = json,
    };
    return reading->answer->event(reading->answer, &event);
}
