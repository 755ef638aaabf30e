/* A lookup seen as a source: what it asks and what it reads keep to the same rules, so the checks of sources
 * are those of lookups. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_LOOKUP_FACE_H
#define POSTERN_COMMANDS_MODULE_TEST_LOOKUP_FACE_H

#include <postern/module.h>

/* The `data` of its stream. */
struct lookup_question {
    const postern_lookup *lookup;
    const postern_host *host; /* whose options are the parameters */
};

/* Its results come as events whose type is the lookup's name. It needs no instance. */
extern const postern_source lookup_face;
/* The stream that asks this question. */
postern_stream lookup_face_stream(const struct lookup_question *question);

#endif
