/* Says that it cannot do with a host as old as this one. */
#include "toy.h"

const postern_module postern_module_entry = {TOY_HEAD("needs-minor"), .needs_minor = POSTERN_ABI_MINOR + 3};
