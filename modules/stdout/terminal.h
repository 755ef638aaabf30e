/* A line for people: it comes from strangers, and must not steer the terminal that it is shown on. */
#ifndef STDOUT_TERMINAL_H
#define STDOUT_TERMINAL_H

#include <postern/module.h>

/* Room for what one character of a line may become. */
#define SHOWN_SIZE 12

/* Writes how the character at *at is shown, steps over it and returns the size: hidden characters but the tab
 * as JSON escapes (\u001b), so that a line of JSON stays one with the same values, and bytes that are no
 * UTF-8 as U+FFFD. */
size_t terminal_next(const char **at, const char *end, char shown[SHOWN_SIZE]);

#endif
