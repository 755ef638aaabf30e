/* Checks what a module declares of a lookup. */
#include "base/error.h"
#include "module/descriptor/parts.h"
#include <string.h>

static postern_status check_columns(const struct inspection *at, const postern_lookup *lookup)
{
    if (!lookup->columns || !lookup->columns[0])
        return malformed(at, "lookup", lookup->name, "has no columns");
    for (const postern_column *const *column = lookup->columns; *column; column++) {
        postern_status status = check_size(at, "column", (*column)->size, SIZE_THROUGH(postern_column, path));
        if (status == POSTERN_OK) status = check_flags(at, "column", (*column)->title, (*column)->flags, 0);
        if (status < 0) return status;
        if (!is_line((*column)->title) || !is_member_path((*column)->path))
            return malformed(at, "lookup", lookup->name, "has a column without a title or a valid path");
    }
    return POSTERN_OK;
}

postern_status check_lookup(const struct inspection *at, const postern_lookup *lookup)
{
    postern_status status = check_size(at, "lookup", lookup->size, SIZE_THROUGH(postern_lookup, on_response));
    if (status == POSTERN_OK) status = check_flags(at, "lookup", lookup->name, lookup->flags, 0);
    if (status < 0) return status;
    if (!is_name(lookup->name, "-")) return malformed(at, "lookup", lookup->name, "has no valid name");
    if (!is_line(lookup->title)) return malformed(at, "lookup", lookup->name, "has no title");
    if (!lookup->auth || !*lookup->auth)
        return malformed(at, "lookup", lookup->name, "names no authentication");
    if (!lookup->permission) return malformed(at, "lookup", lookup->name, "names no permission");
    if (lookup->product && !is_line(lookup->product))
        return malformed(at, "lookup", lookup->name, "has a product without words");
    if (!lookup->next || !lookup->on_response)
        return malformed(at, "lookup", lookup->name, "lacks the function next or on_response");
    status = check_columns(at, lookup);
    return status == POSTERN_OK ? check_parameters(at, lookup->parameters) : status;
}
