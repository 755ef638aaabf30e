/* Data on standard output: events and the bytes of dead letters. */
#ifndef POSTERN_COMMANDS_OUTPUT_H
#define POSTERN_COMMANDS_OUTPUT_H

#include <postern/module.h>

/* Writes it byte for byte, unless standard output is a terminal: there it is shown as every text to people is
 * (base/show.h), for it comes from strangers. 0 or an errno. */
int output_data(postern_text data);

#endif
