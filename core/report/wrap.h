/* Texts for people: broken into lines on a terminal, whole for programs such as grep. */
#ifndef POSTERN_REPORT_WRAP_H
#define POSTERN_REPORT_WRAP_H

#include <stdio.h>

/* Prints `mark` and `text` behind `indent` blanks. On a terminal it is broken at blanks into lines of at most
 * 108 columns, and further lines begin below the text; a word that is longer than a line stays whole. Control
 * characters are shown (base/show.h), and count as wide as they are then. `mark` has its blank behind it. */
void print_wrapped(FILE *to, int indent, const char *mark, const char *text);

#endif
