/* An old module whose struct ends early. */
#include "toy.h"

const postern_module postern_module_entry = {
    .size = 24, .magic = POSTERN_MODULE_MAGIC, .abi_major = POSTERN_ABI_MAJOR};
