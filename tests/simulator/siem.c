/* get-siem-logs: from the checked question to the file, or "nothing new". */
#include "files.h"
#include "random.h"
#include "service.h"
#include <string.h>
#include <strings.h>

enum { DAMAGES_IN_A_ROW = 2 }; /* then the same file comes whole, so that a patient client gets it */

/* Damage that passes strikes the same file at most so often in a row. */
static bool may_damage(struct calls *calls, uint64_t place)
{
    if (calls->damaged_place != place) {
        calls->damaged_place = place;
        calls->damaged_times = 0;
    }
    return calls->damaged_times < DAMAGES_IN_A_ROW;
}

static void nothing_new(struct http_reply *reply, uint64_t nonce)
{
    http_header(reply, "Content-Type", nonce % 3 ? "application/json" : "application/json;charset=utf-8");
    text_puts(&reply->body, "{\"meta\":{\"isLastToken\":true,\"status\":200},\"data\":[],\"fail\":[]}");
}

static void set_file_headers(const struct service *service, const struct siem_question *question,
                             const struct siem_answer *answer, struct http_reply *reply)
{
    /* Plain JSON files have been seen under both types. */
    bool as_json =
        service->settings->quirks && !question->compress && !question->key_value && answer->number % 2;
    http_header(reply, "Content-Type", as_json ? "application/json" : "application/octet-stream");
    const char *slash = strrchr(answer->file_name.data, '/');
    http_header(reply, "Content-Disposition", "attachment; filename=\"%s\"",
                slash ? slash + 1 : answer->file_name.data);
}

void siem_answer(struct service *service, const struct caller *caller, const struct question *question,
                 int64_t now_ms, const struct fault_draw *draw, struct http_reply *reply,
                 struct violation *violation, bool *good)
{
    const cJSON *token = cJSON_GetObjectItemCaseSensitive(question->item, "token");
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(question->item, "fileFormat");
    struct siem_question wanted = {
        .token = token ? token->valuestring : NULL,
        .compress = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(question->item, "compress")),
        .key_value = strcasecmp(format->valuestring, "key_value") == 0,
        .damage_seed = mix2(service->nonce, 7)};
    uint64_t place = wanted.token ? mix_text(2, wanted.token, strlen(wanted.token)) : 1;
    if (draw->fault == FAULT_LARGE || (fault_is_damage(draw->fault) && may_damage(caller->calls, place)))
        wanted.damage = draw->fault;

    struct siem_answer file = {0};
    reply->status = 200;
    switch (siem_files_answer(caller->account->files, &wanted, now_ms, service->nonce, &file)) {
    case SIEM_FOREIGN_TOKEN:
        *good = violate(violation, "siem-token", 400, "err_audit_siem_invalid_token", "token",
                        "is not a token of this account");
        break;
    case SIEM_EXPIRED_TOKEN:
        *good = violate(violation, NULL, 400, "err_audit_siem_invalid_token", "token",
                        "its file is no longer stored");
        break;
    case SIEM_NOTHING_NEW:
        nothing_new(reply, service->nonce);
        break;
    case SIEM_FILE:
        if (file.damaged) service->faults.given[draw->fault]++;
        if (file.damaged && fault_is_damage(draw->fault))
            caller->calls->damaged_times++;
        else
            caller->calls->damaged_times = 0;
        text_append(&reply->body, file.body.data, file.body.size);
        set_file_headers(service, &wanted, &file, reply);
        break;
    }
    if (file.has_token) http_header(reply, "mc-siem-token", "%s", file.token.data);
    text_free(&file.body);
    text_free(&file.file_name);
    text_free(&file.token);
}
