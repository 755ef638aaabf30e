#include "commands/module_test/source_ready.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/lookup.h"

static bool make(struct subject *subject, struct made_instance *made)
{
    postern_error error = ERROR_INIT;
    size_t count = 0;
    const struct option_value *values = instance_values(subject, &count);
    if (instance_make(subject, values, count, made, &error) >= 0) return true;
    subject_fails(subject, "create fails: %s", error.message);
    return false;
}

bool source_make_with_cases(struct subject *subject, struct ready_source *ready)
{
    bool is_lookup = subject->offer->kind == OFFER_LOOKUP;
    *ready = (struct ready_source){.subject = subject};
    if (!subject->config && !subject_configure(subject)) return false;
    /* Each case of a lookup has a host of its own. */
    if (!is_lookup && !make(subject, &ready->made)) return false;
    ready->trial = (struct source_trial){.source = subject->source,
                                         .self = ready->made.self,
                                         .position_size = is_lookup ? LOOKUP_POSITION_LIMIT : 0,
                                         .config = subject->config,
                                         .step = &subject->suite->board->step};
    return cases_load(subject, &ready->cases);
}

void source_let_go(struct ready_source *ready)
{
    cases_free(&ready->cases);
    if (ready->made.host) instance_drop(ready->subject, &ready->made);
}

/* ---- What comes of an answer, as a text ---- */

static const char *outcome_name(int32_t outcome)
{
    static const char *const names[] = {"", "more", "end", "nothing new"};
    return outcome >= POSTERN_MORE && outcome <= POSTERN_NOTHING_NEW ? names[outcome] : "none";
}

void source_write_after(const struct source_outcome *outcome, struct buffer *into)
{
    buffer_printf(into, "{\"status\":\"%s\",\"outcome\":\"%s\",\"keeps_position\":%s,\"position\":",
                  outcome->status >= 0 ? "ok" : status_name(outcome->status), outcome_name(outcome->outcome),
                  outcome->keeps_position ? "true" : "false");
    json_write_string(into, text_of(outcome->position));
    buffer_append_string(into, "}\n");
}

void source_write_all(const struct source_trial *trial, const struct source_question *question,
                      struct buffer *into)
{
    struct source_outcome outcome;
    source_trial_read(trial, question, &outcome);
    buffer_append_text(into, buffer_text(&outcome.handed));
    source_write_after(&outcome, into);
    source_outcome_clear(&outcome);
}
