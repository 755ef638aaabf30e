/* Another module with the source "toy". */
#include "toy.h"

static const postern_stream stream = {.size = sizeof stream,
                                      .kind = POSTERN_STREAM_WINDOW,
                                      .name = "toy",
                                      .auth = "none",
                                      .permission = "none"};
static const postern_stream *const streams[] = {&stream, NULL};
static const postern_source source = {.size = sizeof source,
                                      .name = "toy",
                                      .title = "a toy",
                                      .streams = streams,
                                      .next = toy_next,
                                      .on_response = toy_on_response};
static const postern_source *const sources[] = {&source, NULL};
const postern_module postern_module_entry = {TOY_HEAD("another"), .sources = sources};
