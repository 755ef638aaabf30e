/* The place of a declaration in words. */
#include "base/error.h"
#include "config/config.h"

void config_error_at(const struct config_place *place, postern_error *error)
{
    if (place->file && place->line > 0)
        error_prefix(error, "%s:%d: ", place->file, place->line);
    else if (place->file)
        error_prefix(error, "%s: ", place->file);
}
