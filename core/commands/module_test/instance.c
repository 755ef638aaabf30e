#include "commands/module_test/instance.h"
#include "base/error.h"
#include "base/text.h"
#include <malloc.h>
#include <stdlib.h>

const struct option_value *instance_values(const struct subject *subject, size_t *count)
{
    if (subject->configured_sink) {
        *count = subject->configured_sink->value_count;
        return subject->configured_sink->values;
    }
    *count = subject->configured_source->value_count;
    return subject->configured_source->values;
}

postern_status instance_make(struct subject *subject, const struct option_value *values, size_t count,
                             struct made_instance *made, postern_error *error)
{
    const postern_sink *sink = subject->sink;
    const postern_source *source = subject->source;
    postern_status (*create)(const postern_host *, void **, postern_error *) =
        sink ? sink->create : source->create;
    *made = (struct made_instance){0};
    const struct module_plan plan = {.registry = subject->registry,
                                     .name = subject->offer->name,
                                     .data = sink ? sink->data : source->data,
                                     .table = subject_options(subject),
                                     .values = values,
                                     .value_count = count};
    postern_status status = module_instance_new(&plan, &made->host, error);
    if (status < 0 || !create) return status;
    subject_step(subject, "create");
    status = create(&made->host->host, &made->self, error);
    subject_step(subject, NULL);
    if (status >= 0) return POSTERN_OK;
    module_instance_free(made->host);
    *made = (struct made_instance){0};
    return status;
}

void instance_drop(struct subject *subject, struct made_instance *made)
{
    void (*destroy)(void *) = subject->sink ? subject->sink->destroy : subject->source->destroy;
    subject_step(subject, "destroy");
    if (made->self && destroy) destroy(made->self);
    subject_step(subject, NULL);
    module_instance_free(made->host);
    *made = (struct made_instance){0};
}

/* ---- Again and again ---- */

#define WARM_ROUNDS 20
#define ROUNDS      200

static bool make_and_drop(struct subject *subject)
{
    struct made_instance made;
    postern_error error = ERROR_INIT;
    size_t count = 0;
    const struct option_value *values = instance_values(subject, &count);
    if (instance_make(subject, values, count, &made, &error) < 0) {
        subject_fails(subject, "create fails with the options that were given: %s",
                      error.message[0] ? error.message : "it does not say why");
        return false;
    }
    instance_drop(subject, &made);
    return true;
}

void check_create_again(struct subject *subject)
{
    if (!subject_configure(subject)) return;
    for (int i = 0; i < WARM_ROUNDS; i++)
        if (!make_and_drop(subject)) return;
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < ROUNDS; i++)
        if (!make_and_drop(subject)) return;
    size_t after = mallinfo2().uordblks;
    if (after >= before + (size_t)ROUNDS * 16)
        subject_fails(subject, "%d times create and destroy leave %zu bytes behind", ROUNDS, after - before);
}
