/* Service "json/1" over base/json.h: a parsed document lives in the arena that it was parsed into. */
#ifndef POSTERN_MODULE_JSON_SERVICE_H
#define POSTERN_MODULE_JSON_SERVICE_H

#include <postern/module.h>

extern const postern_json json_service;

#endif
