/* Where an event goes at a broker, from a template: a subject, a routing key, a topic. */
#ifndef SHARED_BROKER_ADDRESS_H
#define SHARED_BROKER_ADDRESS_H

#include <postern/kit.h>

/* Writes the template with the event's values, of which letters, digits, '-' and '_' stay. Every other byte
 * becomes `escape` and two hexadecimal digits, also the dot, which parts the words of an address: no value
 * adds one. An empty value becomes "_". Sets `failed` if it does not fit. */
void broker_write_address(struct kit_writer *writer, postern_text template, const postern_sink_event *event,
                          char escape);

/* True if the template has this placeholder, "%{id}". */
bool broker_template_has(postern_text template, const char *placeholder);

#endif
