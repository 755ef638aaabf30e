/* links: postern_module mimecast_files */
/* Answers of the message finder. The first byte chooses the API and the status; what stands in front of the
 * first NUL is the position, whatever lies in it. */
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "module/instance.h"
#include "module/registry.h"
#include "sources.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A result is one JSON object that keeps every rule, whatever came in. */
static postern_status check_result(postern_findings *findings, postern_text json)
{
    struct json_tape *tape = json_tape_new();
    const struct json_node *root;
    (void)findings;
    if (json_parse(tape, json, &root, NULL) < 0 || json_type(root) != POSTERN_JSON_OBJECT) abort();
    json_tape_free(tape);
    return POSTERN_OK;
}

/* What is asked next is JSON. */
static void check_next(const postern_host *host, const postern_call *call, const postern_lookup *lookup,
                       postern_text position)
{
    postern_request request = {.size = sizeof request};
    postern_error error = ERROR_INIT;
    struct json_tape *tape = json_tape_new();
    const struct json_node *root;
    postern_status status = lookup->next(host, call, lookup, position, &request, &error);
    if (status >= 0 && json_parse(tape, request.body, &root, NULL) < 0) abort();
    json_tape_free(tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int32_t statuses[] = {200, 200, 200, 200, 400, 403, 404};
    static const struct module_limits limits = {
        .member_size = 1 << 20, .member_count = 50, .expansion_size = 4 << 20, .record_size = 4 << 20};
    if (size == 0) return 0;
    const postern_lookup *lookup = data[0] & 1 ? &trace_lookup_2_0 : &trace_lookup_1_0;
    const struct option_value values[] = {
        {.name = "from", .type = POSTERN_OPTION_TEXT, .text = "x"},
        {.name = "details", .type = POSTERN_OPTION_BOOLEAN, .integer = (data[0] & 2) != 0}};
    const char *begin = (const char *)data + 1, *end = (const char *)data + size;
    const char *mark = memchr(begin, 0, size - 1);
    postern_text position = {begin, mark ? (size_t)(mark - begin) : 0};
    if (mark) begin = mark + 1;
    struct module_registry *registry = registry_new(&limits);
    const struct module_plan plan = {.registry = registry,
                                     .name = "trace",
                                     .data = lookup->data,
                                     .table = lookup->parameters,
                                     .values = values,
                                     .value_count = 2};
    struct module_instance *instance;
    postern_error error = ERROR_INIT;
    postern_arena *arena = arena_new((size_t)64 << 20);
    const postern_call call = {.size = sizeof call, .attempt = 1, .arena = arena, .now_ms = 1767225600000};
    const postern_response response = {
        .size = sizeof response, .status = statuses[data[0] / 4 % 7], .body = {begin, (size_t)(end - begin)}};
    postern_findings findings = {.size = sizeof findings, .result = check_result};
    if (module_instance_new(&plan, &instance, &error) < 0) abort();
    check_next(&instance->host, &call, lookup, position);
    postern_status status =
        lookup->on_response(&instance->host, &call, lookup, position, &response, &findings, &error);
    if (status < 0 && (error.code != status || !*error.message)) abort();
    if (status >= 0 && findings.outcome != POSTERN_MORE && findings.outcome != POSTERN_END) abort();
    if (status >= 0 && findings.outcome == POSTERN_MORE)
        check_next(&instance->host, &call, lookup, findings.position);
    module_instance_free(instance);
    registry_free(registry);
    arena_free(arena);
    return 0;
}
