/* Who asks over API 2.0: the bearer token, and nothing of API 1.0 beside it. */
#include "service.h"
#include <string.h>

/* A token that was good once, or for which the application is to blame: not the client's fault. */
static bool refuse_token(struct caller *caller, const char *code, struct violation *violation)
{
    caller->account->application.token_excuses++;
    return violate(violation, NULL, 401, code, NULL, "the access token is not valid");
}

bool identify_bearer(struct service *service, const struct http_request *request, int64_t now_ms,
                     struct caller *caller, struct violation *violation)
{
    enum failure_shape shape = caller->shape;
    caller->shape = SHAPE_GATEWAY;
    static const char *const signing[] = {"x-mc-app-id", "x-mc-date"};
    for (size_t i = 0; i < sizeof signing / sizeof *signing; i++)
        if (request->header(request, signing[i]))
            return violate(violation, "mixed-credentials", 400, "err_request", signing[i],
                           "belongs to API 1.0's signature");
    const char *authorization = request->header(request, "Authorization");
    if (strncmp(authorization, "Bearer ", 7) != 0 || strpbrk(authorization + 7, " \t"))
        return violate(violation, "authorization-format", 401, "Unauthorized Request", "Authorization",
                       "must be Bearer and the token");
    struct bearer bearer;
    if (!bearer_open(service->settings->seed, authorization + 7, &bearer) ||
        bearer.account >= service->world.account_count)
        return violate(violation, "bearer", 401, "token_verification_failed", "Authorization",
                       "no token of this service");
    caller->account = &service->world.accounts[bearer.account];
    caller->generation = bearer.generation;
    caller->calls = service_calls(service, caller->account, API_2, caller->place);
    const struct application *application = &caller->account->application;
    if (now_ms >= bearer.dies_ms) return refuse_token(caller, "token_expired", violation);
    if (application->revoked || bearer.generation < application->oldest_valid)
        return refuse_token(caller, "token_verification_failed", violation);
    caller->shape = shape;
    return true;
}
