/* A source that is fed by requests from outside. */
#include "toy.h"

static const postern_stream stream = {.size = sizeof stream,
                                      .kind = POSTERN_STREAM_PUSH,
                                      .name = "toy-hook",
                                      .auth = "none",
                                      .permission = "none"};
static const postern_stream *const streams[] = {&stream, NULL};
static const postern_source source = {
    .size = sizeof source, .name = "toy-hook", .title = "a toy", .streams = streams, .on_push = toy_on_push};
static const postern_source *const sources[] = {&source, NULL};
const postern_module postern_module_entry = {TOY_HEAD("push-stream"), .sources = sources};
