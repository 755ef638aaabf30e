#include "collect/stream/request_call.h"

#include "base/text.h"
#include "http/answer.h"

#include <string.h>

#define ID_HEADER "x-request-id"

/* GUIDs, hexadecimal, base64, numbers, several of them joined. Neither blanks nor what a query needs. */
static bool is_id(postern_text text)
{
    static const char marks[] = "-._:/+=";
    if (!text.size || text.size >= REQUEST_ID_SIZE) return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && !memchr(marks, c, sizeof marks - 1)) return false;
    }
    return true;
}

static bool is_call(const struct request *request)
{
    return request->exchange.status && !request->exchange.credentialless;
}

void request_id_of(const struct request *request, const struct access *access, char id[REQUEST_ID_SIZE])
{
    const struct auth_scheme *scheme = request->access.scheme;
    const struct http_exchange *exchange = &request->exchange;
    postern_text answered = header_find(exchange->answer_headers, exchange->answer_header_count, ID_HEADER);
    postern_text ours = {0};
    if (scheme && scheme->sends_request_id) ours = text_of(request->id);
    bool is_fine = is_id(answered) && !access_is_told(access, answered);
    text_to_string(!is_call(request) ? (postern_text){0} : is_fine ? answered : ours, id, REQUEST_ID_SIZE);
}

void request_call(const struct request *request, struct vendor_call *call)
{
    *call = (struct vendor_call){0};
    if (!is_call(request)) return;
    request_id_of(request, &request->access, call->request_id);
    text_to_string(text_of(request->path), call->endpoint, sizeof call->endpoint);
    call->status = request->exchange.status;
}
