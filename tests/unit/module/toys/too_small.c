/* Says that it is large and is not: only the symbol's size in the file tells. */
#include "toy.h"

POSTERN_EXPORT extern const uint32_t small_entry[6] __asm__("postern_module_entry");
const uint32_t small_entry[6] = {sizeof(postern_module), 0, POSTERN_MODULE_MAGIC, POSTERN_ABI_MAJOR};
