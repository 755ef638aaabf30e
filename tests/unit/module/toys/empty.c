/* Right in every way, but offers nothing. */
#include "toy.h"

const postern_module postern_module_entry = {TOY_HEAD("empty")};
