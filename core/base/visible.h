/* What a character looks like in a text for people.
 *
 * Texts come from servers, archives, scripts, file names and modules. A character in one that would steer the
 * terminal, turn the reading order round or cannot be seen is shown as an escape of letters:
 *     \n \r \t, \x1b (control characters and bytes that are no UTF-8), \u202e, \U000e0041.
 * A backslash of the text itself stays as it is: the form is for eyes, not for reading back. */
#ifndef POSTERN_BASE_VISIBLE_H
#define POSTERN_BASE_VISIBLE_H

#include <postern/module.h>

enum visible_form {
    VISIBLE_LINE,  /* part of one line: nothing in it can begin another */
    VISIBLE_LINES, /* of several lines: \n and \t are kept */
    VISIBLE_JSON,  /* of a finished JSON text, which stays one with the same values (bytes that are no UTF-8
                      become U+FFFD): \u001b, \u202e, surrogates; white space is kept */
};

#define VISIBLE_SIZE 12 /* the longest form of one character */

/* Writes how the character at *at is shown, steps over it and returns the size; *columns is the width. */
size_t visible_next(const char **at, const char *end, enum visible_form form, char piece[VISIBLE_SIZE],
                    size_t *columns);
/* The width of a whole text, VISIBLE_LINE; a character counts as one column. */
size_t visible_columns(postern_text text);

#endif
