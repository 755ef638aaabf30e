/* Needs a function that nobody has. */
#include "toy.h"

int function_that_nobody_has(void);
POSTERN_EXPORT int use(void);
int use(void)
{
    return function_that_nobody_has();
}
const postern_module postern_module_entry = {TOY_HEAD("unresolved")};
