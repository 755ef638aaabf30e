#include "auth/scheme.h"

#include "auth/mimecast_v1.h"
#include "auth/simple.h"

#include <string.h>

static const struct auth_scheme schemes[] = {
    {.name = "none", .sign = sign_none},
    {.name = "basic", .roles = {"username", "password"}, .sign = sign_basic},
    {.name = "bearer", .roles = {"token"}, .sign = sign_bearer},
    {.name = "header", .roles = {"value"}, .uses_header = true, .sign = sign_header},
    {.name = "oauth2-client-credentials",
     .roles = {"client_id", "client_secret"},
     .has_token = true,
     .sign = sign_token},
    {.name = "mimecast-v1",
     .roles = {"app_id", "app_key", "access_key", "secret_key"},
     .signs_time = true,
     .sends_request_id = true,
     .sign = sign_mimecast_v1},
};
#define SCHEME_COUNT (sizeof schemes / sizeof *schemes)

const struct auth_scheme *auth_scheme_find(const char *name)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (strcmp(schemes[i].name, name) == 0) return &schemes[i];
    return NULL;
}

size_t auth_scheme_role(const struct auth_scheme *scheme, const char *role)
{
    for (size_t i = 0; scheme->roles[i]; i++)
        if (strcmp(scheme->roles[i], role) == 0) return i;
    return SIZE_MAX;
}
