/* Loads a set of scripts: reads them, tries them, closes the set. */
#include "script/script.h"

#include "base/error.h"
#include "script/script_set.h"

/* Compiles and runs each script once, so that its errors show now. */
static postern_status try_scripts(struct script_set *set, postern_error *error)
{
    struct script_runner *runner = script_runner_new(set, error);
    if (!runner) return error->code;
    script_runner_free(runner);
    return POSTERN_OK;
}

postern_status script_set_load(const char *const *names, const char *const *paths, size_t count,
                               const char *packaged, const struct sandbox_limits *limits,
                               struct script_set **set, postern_error *error)
{
    postern_error own = ERROR_INIT; /* errors have a code even if nobody asked for the words */
    if (!error) error = &own;
    struct script_set *made;
    postern_status status = script_set_read(names, paths, count, packaged, limits, &made, error);
    if (status < 0) return status;
    status = try_scripts(made, error);
    if (status >= 0) status = script_set_seal(made, error);
    if (status < 0)
        script_set_release(made);
    else
        *set = made;
    return status;
}
