/* Not even large enough for magic and version. */
#include "toy.h"

POSTERN_EXPORT extern const uint32_t tiny_entry __asm__("postern_module_entry");
const uint32_t tiny_entry = sizeof(postern_module);
