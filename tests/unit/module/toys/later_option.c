/* Built for a later minor of the ABI, and uses a type of option that came with it. */
#include "toy.h"

static const postern_option option = {
    .size = sizeof option, .type = 99, .name = "colour", .help = "which colour"};
static const postern_option *const options[] = {&option, NULL};
static const postern_sink sink = {.size = sizeof sink,
                                  .name = "toy",
                                  .title = "a toy",
                                  .options = options,
                                  .open = toy_open,
                                  .write = toy_write};
static const postern_sink *const sinks[] = {&sink, NULL};
const postern_module postern_module_entry = {.size = sizeof(postern_module),
                                             .magic = POSTERN_MODULE_MAGIC,
                                             .abi_major = POSTERN_ABI_MAJOR,
                                             .abi_minor = POSTERN_ABI_MINOR + 2,
                                             .name = "later-option",
                                             .version = "1",
                                             .summary = "a toy",
                                             .sinks = sinks};
