/* Files that people save: everything that Postern reads is UTF-8, with or without a mark in front. */
#ifndef POSTERN_BASE_ENCODING_H
#define POSTERN_BASE_ENCODING_H

#include <postern/module.h>

#define ENCODING_SEEN 8 /* first bytes that tell as much as more of them */

/* The text behind a byte order mark of UTF-8. */
postern_text encoding_without_mark(postern_text text);
/* From its first bytes: POSTERN_E_CONFIG, with a remedy in the message, if the text is in UTF-16 or UTF-32.
 */
postern_status encoding_check_beginning(postern_text text, postern_error *error);
/* The same, also if it is no UTF-8 anywhere; says in which line. */
postern_status encoding_check(postern_text text, postern_error *error);

#endif
