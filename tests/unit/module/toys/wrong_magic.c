#include "toy.h"

const postern_module postern_module_entry = {
    .size = sizeof(postern_module), .magic = 0x12345678, .abi_major = 1};
