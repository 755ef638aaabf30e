/* `postern sink`: its two halves, and what they share. */
#ifndef POSTERN_COMMANDS_SINK_H
#define POSTERN_COMMANDS_SINK_H

#include "config/config.h"
#include "engine/http_service.h"
#include "module/registry.h"

void sink_list(const struct config *config, const struct module_registry *registry);
void sink_list_json(const struct config *config, const struct module_registry *registry);
/* Returns the exit code. */
int sink_test(const struct config *config, struct module_registry *registry, const struct config_sink *sink);
/* Shows an exchange of the sink on standard output. */
void sink_print_exchange(const struct config_sink *sink, const struct http_sighting *sighting);

#endif
