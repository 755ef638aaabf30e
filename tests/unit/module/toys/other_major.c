#include "toy.h"

const postern_module postern_module_entry = {.size = sizeof(postern_module),
                                             .magic = POSTERN_MODULE_MAGIC,
                                             .abi_major = 2,
                                             .abi_minor = 3,
                                             .name = "other"};
