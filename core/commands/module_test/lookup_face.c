#include "commands/module_test/lookup_face.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

/* What on_response writes on; as the lookup sees it comes first. */
struct seen_findings {
    postern_findings face;
    postern_answer *answer;
    const postern_lookup *lookup;
    postern_error error; /* why a result was not taken */
};

/* As a run takes it: what is no object ends the lookup. */
static postern_status take_result(postern_findings *face, postern_text json)
{
    struct seen_findings *findings = (struct seen_findings *)face;
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    const struct json_node *root = NULL;
    if (!tape) return error_no_memory(&findings->error, NULL);
    postern_status status = json_parse(tape, json, &root, &findings->error);
    if (status >= 0 && json_type(root) != POSTERN_JSON_OBJECT)
        status = error_set(&findings->error, POSTERN_E_PROTOCOL, "a result is no JSON object");
    if (status < 0) return status;
    const postern_event event = {.size = sizeof event, .type = text_of(findings->lookup->name), .json = json};
    return findings->answer->event(findings->answer, &event);
}

static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    const struct lookup_question *question = stream->data;
    (void)self, (void)pass;
    return question->lookup->next(question->host, call, question->lookup, position, request, error);
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    const struct lookup_question *question = stream->data;
    struct seen_findings findings = {.face = {.size = sizeof(postern_findings), .result = take_result},
                                     .answer = answer,
                                     .lookup = question->lookup,
                                     .error = ERROR_INIT};
    (void)self, (void)pass;
    postern_status status = question->lookup->on_response(question->host, call, question->lookup, position,
                                                          response, &findings.face, error);
    if (status < 0 && findings.error.code < 0) *error = findings.error;
    answer->outcome = findings.face.outcome;
    answer->position = findings.face.position;
    return status;
}

const postern_source lookup_face = {
    .size = sizeof lookup_face, .name = "lookup", .next = next, .on_response = on_response};

postern_stream lookup_face_stream(const struct lookup_question *question)
{
    return (postern_stream){.size = sizeof(postern_stream),
                            .kind = POSTERN_STREAM_TOKEN,
                            .name = question->lookup->name,
                            .auth = question->lookup->auth,
                            .permission = question->lookup->permission,
                            .data = question};
}
