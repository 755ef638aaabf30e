/* A module as it should be, but for a minor version that is newer and structs that are longer. */
#include "toy.h"

static const postern_stream stream = {.size = sizeof stream,
                                      .kind = POSTERN_STREAM_TOKEN,
                                      .name = "toy-part",
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

struct later_module {
    postern_module module;
    const char *something_new;
};
POSTERN_EXPORT extern const struct later_module later_entry __asm__("postern_module_entry");
const struct later_module later_entry = {{.size = sizeof(struct later_module),
                                          .magic = POSTERN_MODULE_MAGIC,
                                          .abi_major = POSTERN_ABI_MAJOR,
                                          .abi_minor = 7,
                                          .name = "toy",
                                          .version = "1",
                                          .summary = "a toy",
                                          .sources = sources},
                                         "new"};
