/* Service "json/1" over base/json.h: a parsed document lives in the arena that it was parsed into. */
#ifndef POSTERN_MODULE_SERVICES_JSON_H
#define POSTERN_MODULE_SERVICES_JSON_H

#include <postern/module.h>

extern const postern_json json_service;

#endif
