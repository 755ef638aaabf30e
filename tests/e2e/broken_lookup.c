/* A lookup that reads pages of results as it should, but for one flaw, chosen when it is compiled (FLAW_...):
 * what `postern module test` is to find. */
#include "broken_auth.h"

static postern_status next(const postern_host *host, const postern_call *call, const postern_lookup *lookup,
                           postern_text position, postern_request *request, postern_error *error)
{
    struct kit_writer path = kit_writer_in_arena(host, call->arena);
    postern_text word = {0};
    int64_t since_ms = 0;
    (void)lookup;
    host->option_text(host, "word", &word);
    host->option_integer(host, "since", &since_ms);
#ifdef FLAW_NEXT
    since_ms = call->now_ms - 1000;
#endif
    kit_write_string(&path, "/find?since=");
    kit_write_integer(&path, since_ms);
    kit_write_string(&path, "&word=");
    kit_write_safe(&path, word);
    kit_write_string(&path, "&page=");
    kit_write_safe(&path, position);
#ifdef FLAW_ARENA
    postern_status status = kit_written(&path, &request->path, error);
    *(char *)(uintptr_t)request->path.data = '/'; /* whether there was room or not */
    return status;
#else
    return kit_written(&path, &request->path, error);
#endif
}

static postern_status hand_over(postern_findings *findings, postern_text json)
{
#ifdef FLAW_OBJECT
    json = KIT_TEXT("[]");
#endif
    return findings->result(findings, json);
}

static postern_status read_page(const postern_host *host, const postern_call *call, const postern_json *json,
                                const postern_json_value *page, postern_findings *findings)
{
    const postern_json_value *found = json->get(host, page, KIT_TEXT("found")), *item = NULL;
#ifdef FLAW_AGAIN
    static int results; /* what no lookup may have: something that changes from call to call */
    if (results > 3) return POSTERN_OK;
#endif
    while (json->next(host, found, &item, NULL)) {
        postern_status status = hand_over(findings, json->raw(host, item));
        if (status < 0) return status;
#ifdef FLAW_AGAIN
        results++;
#endif
    }
    postern_text token = {0};
    if (!json->text(host, call->arena, json->get(host, page, KIT_TEXT("next")), &token)) return POSTERN_OK;
#ifdef FLAW_POSITION
    static char kept[256];
    memcpy(kept, token.data, token.size);
    token.data = kept;
#endif
    findings->position = token;
    findings->outcome = POSTERN_MORE;
    return POSTERN_OK;
}

static postern_status on_response(const postern_host *host, const postern_call *call,
                                  const postern_lookup *lookup, postern_text position,
                                  const postern_response *response, postern_findings *findings,
                                  postern_error *error)
{
    const postern_json *json = host->service(host, POSTERN_SERVICE_JSON);
    const postern_json_value *page = NULL;
    (void)lookup, (void)position;
#ifndef FLAW_REFUSED
    if (response->status != 200)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the service answers %d", (int)response->status);
#endif
    findings->outcome = POSTERN_END;
    postern_status status = json->parse(host, call->arena, response->body, &page, error);
#ifdef FLAW_DAMAGED
    if (status == POSTERN_E_PROTOCOL) return POSTERN_OK; /* perhaps there was nothing */
#endif
#ifdef FLAW_REFUSED
    if (response->status != 200) return POSTERN_OK;
#endif
    return status < 0 ? status : read_page(host, call, json, page, findings);
}

static const postern_option *const parameters[] = {KIT_OPTION(TEXT, "word", NULL, "what to look for"),
                                                   KIT_OPTION(TIME, "since", "24h", "from then on"), NULL};
static const postern_column column = {.size = sizeof column, .title = "NUMBER", .path = "n"};
static const postern_lookup trace = {.size = sizeof trace,
                                     .name = "trace",
                                     .title = "a lookup with a flaw",
                                     .auth = "broken",
                                     .permission = "none",
                                     .parameters = parameters,
                                     .columns = KIT_LIST(postern_column, &column),
                                     .next = next,
                                     .on_response = on_response};
KIT_MODULE(.name = "broken-lookup", .version = "1.0", .summary = "A module with a flaw",
           .auths = KIT_LIST(postern_auth, &broken_auth), .lookups = KIT_LIST(postern_lookup, &trace));
