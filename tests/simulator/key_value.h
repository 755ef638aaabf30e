/* Mimecast's older file format: one record per line, key=value|key=value. */
#ifndef SIMULATOR_KEY_VALUE_H
#define SIMULATOR_KEY_VALUE_H

#include "text.h"

/* Appends the record that says the same as the JSON object `json`, without a line end. Free text stands
 * between backslashes; nothing is escaped; line ends in values become blanks. */
void key_value_write(struct text *out, const char *json);

#endif
