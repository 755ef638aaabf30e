/* The object storage that batch files are fetched from: a host of its own, which knows links and nothing of
 * Mimecast's credentials. */
#include "batches.h"
#include "random.h"
#include "service.h"
#include "times.h"
#include <stdio.h>
#include <string.h>

enum { DAMAGES_IN_A_ROW = 2, PATIENCE_WITH_DEAD_LINKS = 3 };

static void refuse_in_xml(struct http_reply *reply, unsigned status, const char *code, const char *message)
{
    reply->status = status;
    http_header(reply, "Content-Type", "application/xml");
    text_printf(
        &reply->body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>",
        code, message);
}

static bool check_storage_request(const struct service *service, const struct http_request *request,
                                  struct violation *violation)
{
    char expected[40];
    snprintf(expected, sizeof expected, "localhost:%u", service->storage_port);
    const char *host = request->header(request, "Host");
    if (!host || strcmp(host, expected) != 0)
        return violate(violation, "host", 400, "InvalidRequest", NULL, "the Host header names another host");
    static const char *const credentials[] = {"Authorization", "x-mc-app-id", "x-mc-req-id", "x-mc-date",
                                              "Cookie"};
    for (size_t i = 0; i < sizeof credentials / sizeof *credentials; i++)
        if (request->header(request, credentials[i]))
            return violate(violation, "storage-authorization", 400, "InvalidArgument", credentials[i],
                           "Only one auth mechanism allowed");
    if (strcmp(request->method, "GET") != 0)
        return violate(violation, "method", 405, "MethodNotAllowed", NULL, "%.16s instead of GET",
                       request->method);
    return true;
}

/* Nobody's fault, but who asks for a dead link again and again does not ask for a new one. */
static bool refuse_dead_link(struct service *service, const struct batch_link *link,
                             struct violation *violation)
{
    char signature[LINK_SIGNATURE], name[LINK_SIGNATURE + 8];
    batch_link_sign(service->settings->seed, link, signature);
    unsigned times = 0;
    for (; times < PATIENCE_WITH_DEAD_LINKS; times++) {
        snprintf(name, sizeof name, "%u-%s", times, signature);
        if (request_ids_add(&service->dead_links, name)) break;
    }
    bool gone = service->settings->quirks && service->nonce % 3 == 0;
    return violate(violation, times == PATIENCE_WITH_DEAD_LINKS ? "dead-link" : NULL, gone ? 404 : 403,
                   gone ? "NoSuchKey" : "AccessDenied", NULL, "Request has expired");
}

static struct batch_file *find_file(struct service *service, const struct http_request *request,
                                    int64_t now_ms, struct caller *caller, struct batch_link *link,
                                    struct violation *violation)
{
    bool good;
    struct batch_file *file = NULL;
    if (batch_link_read(request, service->settings->seed, link, &good) && good &&
        link->account < service->world.account_count && link->type < BATCH_TYPES) {
        caller->account = &service->world.accounts[link->account];
        caller->calls = service_calls(service, caller->account, API_2, PLACE_STORAGE);
        struct batch_list *list = batch_store_list(caller->account->store, link->type);
        if (link->number < list->count) file = &list->files[link->number];
    }
    if (!file)
        violate(violation, "link-changed", 403, "SignatureDoesNotMatch", NULL,
                "the link is not one that was given");
    else if (now_ms >= link->issued_ms + link->life_ms)
        return refuse_dead_link(service, link, violation), NULL;
    else if (file->publish_ms < now_ms - service->settings->retention_ms - HOUR)
        return violate(violation, NULL, 404, "NoSuchKey", NULL, "The specified key does not exist"), NULL;
    return file;
}

static void serve_file(struct service *service, const struct caller *caller, const struct fault_draw *draw,
                       struct batch_file *file, struct http_reply *reply)
{
    static const char *const types[] = {"application/gzip", "application/x-gzip", "binary/octet-stream",
                                        "application/json", "text/plain",         "application/octet-stream"};
    struct damage damage = file->damage;
    bool passing =
        damage.fault == FAULT_NONE && fault_is_damage(draw->fault) && file->damaged_times < DAMAGES_IN_A_ROW;
    if (damage.fault == FAULT_NONE && (passing || draw->fault == FAULT_LARGE))
        damage = (struct damage){draw->fault, mix2(service->nonce, 13)};
    if (draw->fault != FAULT_RESET) file->damaged_times = passing ? file->damaged_times + 1 : 0;
    if (passing || damage.fault == FAULT_LARGE) service->faults.given[draw->fault]++;
    reply->status = 200;
    http_header(reply, "Content-Type", "%s",
                types[service->settings->quirks ? service->nonce % (sizeof types / sizeof *types) : 0]);
    batch_file_pack(&reply->body, &caller->account->style, file, damage);
    disturb_after(service, caller, draw, reply);
}

void storage_answer(struct service *service, const struct http_request *request, struct caller *caller,
                    int64_t now_ms, struct http_reply *reply)
{
    struct violation violation = {0};
    struct batch_link link;
    caller->api = API_2;
    caller->place = PLACE_STORAGE;
    struct batch_file *file = check_storage_request(service, request, &violation)
                                  ? find_file(service, request, now_ms, caller, &link, &violation)
                                  : NULL;
    if (!file || violation.status) {
        refuse_in_xml(reply, violation.status, violation.code, violation.detail);
        service_note(service, caller, &violation, now_ms);
        return;
    }
    bool replaced = false;
    struct situation situation = {.number = caller->calls->number++};
    struct fault_draw draw = disturb_before(service, request, caller, &situation, now_ms, reply, &replaced);
    if (!replaced) serve_file(service, caller, &draw, file, reply);
}
