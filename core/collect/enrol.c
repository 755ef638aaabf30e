#include "collect/enrol.h"

#include "base/array.h"
#include "base/error.h"
#include "collect/offered.h"
#include "collect/stream/roster.h"

#include <stdlib.h>

#define ENROLLED_AT_ONCE 4096 /* in a transaction, about: other commits wait for its end */

struct enrolment {
    const struct fleet *fleet;
    const struct config_account *account;
    struct enrolled *list;
    size_t count, capacity;
    bool any; /* was made */
};

static postern_status note(struct enrolment *enrolment, const struct enrolled *one, postern_error *error)
{
    if (!array_reserve(&enrolment->list, &enrolment->capacity, enrolment->count + 1, sizeof *one,
                       SIZE_MAX / sizeof *one))
        return error_no_memory(error, NULL);
    enrolment->list[enrolment->count++] = *one;
    return POSTERN_OK;
}

static postern_status note_stream(void *context, const struct source_instance *source,
                                  const postern_stream *stream, postern_error *error)
{
    struct enrolment *enrolment = context;
    const char *account = enrolment->account->name;
    if (roster_has_stream(enrolment->fleet->shared.roster, account, source->source->name, stream->name))
        return POSTERN_OK;
    const struct enrolled one = {account, source->source->name, stream->name, stream->auth, stream->kind};
    return note(enrolment, &one, error);
}

static postern_status make(struct enrolment *enrolment, postern_error *error)
{
    enrolment->any = enrolment->any || enrolment->count;
    size_t count = enrolment->count;
    enrolment->count = 0;
    return journal_enrol(enrolment->fleet->shared.journal, enrolment->list, count, error);
}

static postern_status enrol(struct enrolment *enrolment, const struct config *config, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status >= 0 && i < config->account_count; i++) {
        const struct wanted wanted = {config, &config->accounts[i]};
        if (!config_collects_any(config, wanted.account)) continue;
        enrolment->account = wanted.account;
        if (!roster_has_account(enrolment->fleet->shared.roster, wanted.account->name))
            status = note(enrolment, &(struct enrolled){.account = wanted.account->name}, error);
        if (status >= 0)
            status = fleet_each_offered(enrolment->fleet, &wanted, note_stream, enrolment, error);
        if (status >= 0 && enrolment->count >= ENROLLED_AT_ONCE) status = make(enrolment, error);
    }
    return status < 0 ? status : make(enrolment, error);
}

static bool read_roster(struct fleet *fleet, postern_error *error)
{
    roster_free(fleet->shared.roster);
    fleet->shared.roster = roster_read(fleet->shared.journal, error);
    return fleet->shared.roster != NULL;
}

postern_status fleet_enrol(struct fleet *fleet, const struct config *config, postern_error *error)
{
    struct enrolment enrolment = {.fleet = fleet};
    postern_error reading = ERROR_INIT;
    if (!error) error = &reading;
    if (!read_roster(fleet, error)) return error->code;
    postern_status status = enrol(&enrolment, config, error);
    free(enrolment.list);
    if (status < 0 || !enrolment.any) return status;
    return read_roster(fleet, error) ? POSTERN_OK : error->code;
}
