#include "toy.h"

int function_that_is_gone(void);
POSTERN_EXPORT int use(void);
int use(void)
{
    return function_that_is_gone();
}
const postern_module postern_module_entry = {TOY_HEAD("missing-library")};
