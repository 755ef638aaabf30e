/* The way of every text to people: no other file of the core prints, and a guard sees to it.
 *
 * What stands in a format is ours and goes out as it is. Every text that is put into one may come from
 * outside: it is shown with its control characters visible (base/visible.h), and cannot begin a new line. */
#ifndef POSTERN_BASE_SHOW_H
#define POSTERN_BASE_SHOW_H

#include "base/buffer.h"
#include <stdarg.h>
#include <stdio.h>

/* As fprintf, for %s, %c, %d, %u (also l, ll, z) and %%, with '-', '0', width and precision. The width of a
 * text counts columns as they are shown, its precision bytes of the text. What a call prints goes out in one
 * piece. */
void show(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void show_arguments(FILE *to, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
/* The same behind what a buffer holds, for a report that goes out later. */
void show_into(struct buffer *into, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A text of several lines; those behind the first begin with `indent` blanks. */
void show_lines(FILE *to, int indent, postern_text text);
/* A finished JSON text, which stays one (VISIBLE_JSON). */
void show_json(FILE *to, postern_text json);

#endif
