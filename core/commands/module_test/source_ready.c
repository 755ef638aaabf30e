#include "commands/module_test/source_ready.h"
#include "base/error.h"

bool source_make_with_cases(struct subject *subject, struct ready_source *ready)
{
    postern_error error = ERROR_INIT;
    size_t count = 0;
    *ready = (struct ready_source){.subject = subject};
    if (!subject->config && !subject_configure(subject)) return false;
    const struct option_value *values = instance_values(subject, &count);
    if (instance_make(subject, values, count, &ready->made, &error) < 0) {
        subject_fails(subject, "create fails: %s", error.message);
        return false;
    }
    ready->trial = (struct source_trial){.source = subject->source,
                                         .self = ready->made.self,
                                         .host = &ready->made.host->host,
                                         .config = subject->config,
                                         .step = &subject->suite->board->step};
    return cases_load(subject, &ready->cases);
}

void source_let_go(struct ready_source *ready)
{
    cases_free(&ready->cases);
    if (ready->made.host) instance_drop(ready->subject, &ready->made);
}
