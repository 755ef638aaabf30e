#include "commands/module_test/offer.h"

const char *offer_kind_name(enum offer_kind kind)
{
    static const char *const names[] = {"sink", "source", "lookup"};
    return names[kind];
}
