/* Extensions of file names. Pure functions over text: the results point into the input. */
#ifndef POSTERN_PARSE_FILE_EXTENSION_H
#define POSTERN_PARSE_FILE_EXTENSION_H

#include <postern/module.h>

/* "pdf": up to 16 ASCII letters and digits, at least one of them a letter, without the dot. */
bool file_extension_is_valid(postern_text text);
/* Of the last name in a path: "gz" of "mails/backup.tar.gz". Empty if there is none, as in "v1.2 final",
 * "2026.11",
 * ".profile". */
postern_text file_extension_of(postern_text path);

#endif
