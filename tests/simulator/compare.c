#include "compare.h"
int compare_command(int count, char **arguments)
{
    (void)count, (void)arguments;
    return 2;
}
