#include "base/name.h"

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool name_is_valid(postern_text name)
{
    if (name.size == 0 || name.size > NAME_LIMIT || !is_letter_or_digit(name.data[0])) return false;
    for (size_t i = 1; i < name.size; i++)
        if (!is_letter_or_digit(name.data[i]) && name.data[i] != '_' && name.data[i] != '-') return false;
    return true;
}
