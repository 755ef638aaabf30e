/* Faults, as they look to the client. */
#include "random.h"
#include "service.h"
#include "times.h"
#include <string.h>

struct scene {
    const struct http_request *request;
    const struct caller *caller;
    const struct situation *situation;
};

/* The whole answer is a file with MTA logs, which siem.c and storage.c damage themselves. */
static bool answers_with_a_file(const struct caller *caller)
{
    return (caller->place == (int)SIEM && caller->api == API_1) || caller->place == PLACE_STORAGE;
}

/* The storage knows no quotas, accounts and tokens. */
static bool fits_storage(enum fault fault)
{
    switch (fault) {
    case FAULT_500:
    case FAULT_502:
    case FAULT_503:
    case FAULT_504:
    case FAULT_NOT_JSON:
    case FAULT_ZERO_BYTES:
    case FAULT_SLOW:
    case FAULT_RESET:
    case FAULT_LARGE:
    case FAULT_FLIPPED_BYTE:
    case FAULT_TRUNCATED_GZ:
    case FAULT_WRONG_CHECKSUM:
        return true;
    default:
        return false;
    }
}

static bool fits(enum fault fault, const void *context)
{
    const struct scene *scene = context;
    const struct http_request *request = scene->request;
    if (scene->caller->place == PLACE_STORAGE && fault != FAULT_STALE && fault != FAULT_GZIP)
        return fits_storage(fault);
    switch (fault) {
    case FAULT_STALE:
        return request->number_on_connection > 1;
    case FAULT_GZIP:
        return request->header(request, "Accept-Encoding") != NULL;
    case FAULT_INVALID_TOKEN:
        return scene->situation->token;
    case FAULT_STRAY_401:
        return scene->caller->api == API_2 && scene->caller->place < SOURCES;
    case FAULT_418:
        return scene->caller->api == API_1;
    case FAULT_TRUNCATED_GZ:
    case FAULT_WRONG_CHECKSUM:
    case FAULT_BROKEN_LINE:
        return false;
    case FAULT_TRUNCATED_MEMBER:
        return answers_with_a_file(scene->caller);
    case FAULT_TRUNCATED_ZIP:
    case FAULT_FLIPPED_BYTE:
    case FAULT_BAD_DIRECTORY:
        return answers_with_a_file(scene->caller) && scene->situation->compress;
    default:
        return true;
    }
}

static unsigned status_of(enum fault fault)
{
    return fault == FAULT_500 ? 500 : fault == FAULT_502 ? 502 : fault == FAULT_503 ? 503 : 504;
}

/* Failures inside a 200, as various as in the field. */
static void fail_in_200(struct http_reply *reply, enum failure_shape shape, const char *code, uint64_t chance)
{
    static const char *const bodies[] = {
        ("{\"meta\":{\"status\":200},\"data\":[],\"fail\":[{\"key\":{},\"errors\":["
         "{\"code\":\"err_service_unavailable\",\"message\":\"try again\",\"retryable\":true}]}]}"),
        ("{\"meta\":{\"status\":500},\"data\":[],\"fail\":[{\"errors\":["
         "{\"code\":\"err_internal\",\"message\":\"0000\",\"retryable\":true}]}]}"),
        ("{\"meta\":{\"status\":503},\"fail\":[{\"errors\":["
         "{\"code\":\"err_platform\",\"message\":\"busy\",\"field\":\"data\",\"retryable\":true}]}]}"),
    };
    if (*code) {
        http_fail(reply, shape, 200, code, "ordered", NULL, false);
        return;
    }
    if (shape != SHAPE_ENVELOPE) {
        http_fail(reply, SHAPE_GATEWAY, 200, chance % 2 ? "err_internal" : "err_service_unavailable",
                  "try again", NULL, true);
        return;
    }
    reply->status = 200;
    http_header(reply, "Content-Type", "application/json");
    text_puts(&reply->body, bodies[chance % 3]);
}

static void gateway_page(struct http_reply *reply, unsigned status)
{
    reply->status = status;
    http_header(reply, "Content-Type", "text/html");
    text_printf(&reply->body, "<html><body><h1>%u</h1></body></html>\n", status);
}

/* A new token helps, so it is no reason to complain if one is asked for. */
static void refuse_credentials(const struct caller *caller, uint64_t chance, struct http_reply *reply)
{
    if (caller->api == API_1) {
        http_fail(reply, SHAPE_ENVELOPE, 401, "err_xdk_invalid_signature", "0004 Invalid Signature", NULL,
                  false);
        return;
    }
    static const char *const codes[] = {"token_expired", "Unauthorized Request", "token_verification_failed"};
    http_fail(reply, SHAPE_GATEWAY, 401, codes[chance % 3], "the access token is not valid", NULL, false);
    caller->account->application.token_excuses++;
}

static void refuse_token(const struct caller *caller, uint64_t chance, struct http_reply *reply)
{
    if (caller->api == API_2)
        http_fail(reply, SHAPE_REST, 400, "Request Validation Failed", "nextPage is outdated", NULL, false);
    else
        http_fail(reply, SHAPE_ENVELOPE, chance % 2 ? 200 : 400, "err_audit_siem_invalid_token",
                  "invalid token", "token", false);
}

/* What comes instead of an answer; false if the fault leaves the answer to be made. */
static bool replace(struct service *service, const struct caller *caller, const struct fault_draw *draw,
                    int64_t now_ms, const char *path, struct http_reply *reply)
{
    uint64_t chance = mix2(service->nonce, 11);
    enum failure_shape shape = caller->shape, gateway = caller->api == API_2 ? SHAPE_GATEWAY : shape;
    switch (draw->fault) {
    case FAULT_429:
        calls_refuse(caller->calls, shape, draw->duration_ms, now_ms, (unsigned)(chance % 8), reply);
        return true;
    case FAULT_500:
    case FAULT_502:
    case FAULT_503:
    case FAULT_504:
        if (chance % 2)
            gateway_page(reply, status_of(draw->fault));
        else
            http_fail(reply, shape, status_of(draw->fault), "err_platform", "platform fault", NULL, true);
        return true;
    case FAULT_401:
    case FAULT_STRAY_401:
        refuse_credentials(caller, chance, reply);
        return true;
    case FAULT_403:
        http_fail(reply, gateway, 403, "err_insufficient_permission",
                  caller->endpoint ? caller->endpoint->permission : "refused", NULL, false);
        return true;
    case FAULT_418:
        http_fail(reply, shape, 418, "err_xdk_binding_expired", "the binding has expired", NULL, false);
        return true;
    case FAULT_FAIL:
        fail_in_200(reply, shape, draw->code, chance);
        return true;
    case FAULT_INVALID_TOKEN:
        refuse_token(caller, chance, reply);
        return true;
    case FAULT_REDIRECT:
        reply->status = 307;
        http_header(reply, "Location", "https://localhost:%u%s", service->decoy_port, path);
        return true;
    case FAULT_NOT_JSON:
        if (answers_with_a_file(caller)) return false; /* a damaged file: siem.c */
        gateway_page(reply, 200);
        return true;
    case FAULT_ZERO_BYTES:
        if (answers_with_a_file(caller)) return false;
        reply->status = 200;
        http_header(reply, "Content-Type", "application/json");
        return true;
    case FAULT_STALE:
        reply->status = 200;
        reply->close_silently = true;
        return true;
    default:
        return false;
    }
}

struct fault_draw disturb_before(struct service *service, const struct http_request *request,
                                 const struct caller *caller, const struct situation *situation,
                                 int64_t now_ms, struct http_reply *reply, bool *replaced)
{
    struct scene scene = {request, caller, situation};
    struct fault_draw draw =
        fault_draw(&service->faults, service->settings->seed, caller->account->style.account, caller->place,
                   situation->number, false, fits, &scene);
    *replaced = draw.fault != FAULT_NONE && replace(service, caller, &draw, now_ms, request->path, reply);
    if (*replaced) service->faults.given[draw.fault]++;
    return draw;
}

static void pad(struct http_reply *reply)
{
    if (!reply->body.size || reply->body.data[0] != '{') return; /* a file */
    enum { MORE_THAN_A_MEBIBYTE = 1200000 };
    struct text padded = {0};
    text_put(&padded, '{');
    char *blanks = text_reserve(&padded, MORE_THAN_A_MEBIBYTE);
    memset(blanks, ' ', MORE_THAN_A_MEBIBYTE);
    padded.size += MORE_THAN_A_MEBIBYTE;
    text_append(&padded, reply->body.data + 1, reply->body.size - 1);
    text_free(&reply->body);
    reply->body = padded;
}

void disturb_after(struct service *service, const struct caller *caller, const struct fault_draw *draw,
                   struct http_reply *reply)
{
    switch (draw->fault) {
    case FAULT_SLOW:
        reply->slow_ms = draw->duration_ms;
        break;
    case FAULT_RESET:
        reply->reset = true;
        break;
    case FAULT_GZIP:
        reply->gzip = true;
        break;
    case FAULT_LARGE:
        if (answers_with_a_file(caller)) return; /* its files are padded inside */
        pad(reply);
        break;
    case FAULT_WRONG_DATE:
        reply->date_offset_ms = service->nonce % 2 ? draw->duration_ms : -draw->duration_ms;
        service->wrong_dates[caller->account->style.account] =
            (struct wrong_date){reply->date_offset_ms, service_now(service)};
        break;
    default:
        return;
    }
    service->faults.given[draw->fault]++;
}
