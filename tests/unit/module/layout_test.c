/* The layout of the public header is what modules were compiled against: it never changes within a major
 * version, and structs grow only at their ends. Each line is one promise, checked by the compiler. */
#include <postern/module.h>

#define AT(type, field, offset)                                                                              \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
/* A frozen struct keeps its size; the others may grow. */
#define SIZE(type, bytes)  _Static_assert(sizeof(type) == (bytes), #type " has changed its size")
#define LEAST(type, bytes) _Static_assert(sizeof(type) >= (bytes), #type " has shrunk")

_Static_assert(POSTERN_ABI_MAJOR == 1, "another major version needs another test");
_Static_assert(POSTERN_MODULE_MAGIC == 0x4e545350u, "the magic has changed");

#if UINTPTR_MAX == UINT64_MAX

SIZE(postern_text, 16);
AT(postern_text, data, 0);
AT(postern_text, size, 8);

SIZE(postern_pair, 32);
AT(postern_pair, name, 0);
AT(postern_pair, value, 16);

LEAST(postern_error, 824);
AT(postern_error, size, 0);
AT(postern_error, flags, 4);
AT(postern_error, code, 8);
AT(postern_error, reserved, 12);
AT(postern_error, retry_after_ms, 16);
AT(postern_error, message, 24);
AT(postern_error, remedy, 504);

LEAST(postern_option, 64);
AT(postern_option, size, 0);
AT(postern_option, flags, 4);
AT(postern_option, type, 8);
AT(postern_option, reserved, 12);
AT(postern_option, name, 16);
AT(postern_option, default_value, 24);
AT(postern_option, help, 32);
AT(postern_option, minimum, 40);
AT(postern_option, maximum, 48);
AT(postern_option, choices, 56);

LEAST(postern_host, 136);
AT(postern_host, size, 0);
AT(postern_host, flags, 4);
AT(postern_host, abi_major, 8);
AT(postern_host, abi_minor, 12);
AT(postern_host, version, 16);
AT(postern_host, instance, 24);
AT(postern_host, data, 40);
AT(postern_host, service, 48);
AT(postern_host, allocate, 56);
AT(postern_host, stopping, 64);
AT(postern_host, option_text, 72);
AT(postern_host, option_integer, 80);
AT(postern_host, option_item, 88);
AT(postern_host, option_pair, 96);
AT(postern_host, account_text, 104);
AT(postern_host, account_integer, 112);
AT(postern_host, account_item, 120);
AT(postern_host, account_pair, 128);

LEAST(postern_call, 72);
AT(postern_call, size, 0);
AT(postern_call, flags, 4);
AT(postern_call, attempt, 8);
AT(postern_call, reserved, 12);
AT(postern_call, arena, 16);
AT(postern_call, now_ms, 24);
AT(postern_call, random, 32);
AT(postern_call, account, 40);
AT(postern_call, account_options, 56);
AT(postern_call, steady_ms, 64);

LEAST(postern_log, 16);
AT(postern_log, size, 0);
AT(postern_log, flags, 4);
AT(postern_log, write, 8);

LEAST(postern_json, 72);
AT(postern_json, size, 0);
AT(postern_json, flags, 4);
AT(postern_json, parse, 8);
AT(postern_json, type, 16);
AT(postern_json, get, 24);
AT(postern_json, next, 32);
AT(postern_json, text, 40);
AT(postern_json, integer, 48);
AT(postern_json, boolean, 56);
AT(postern_json, raw, 64);

LEAST(postern_member, 72);
AT(postern_member, size, 0);
AT(postern_member, flags, 4);
AT(postern_member, index, 8);
AT(postern_member, name, 16);
AT(postern_member, data, 32);
AT(postern_member, damage, 48);
AT(postern_member, archive, 56);

LEAST(postern_unpack, 16);
AT(postern_unpack, size, 0);
AT(postern_unpack, flags, 4);
AT(postern_unpack, each, 8);

LEAST(postern_http_request, 72);
AT(postern_http_request, size, 0);
AT(postern_http_request, flags, 4);
AT(postern_http_request, method, 8);
AT(postern_http_request, url, 16);
AT(postern_http_request, headers, 32);
AT(postern_http_request, header_count, 40);
AT(postern_http_request, body, 48);
AT(postern_http_request, timeout_ms, 64);

LEAST(postern_http_response, 56);
AT(postern_http_response, size, 0);
AT(postern_http_response, flags, 4);
AT(postern_http_response, status, 8);
AT(postern_http_response, reserved, 12);
AT(postern_http_response, headers, 16);
AT(postern_http_response, header_count, 24);
AT(postern_http_response, body, 32);
AT(postern_http_response, retry_after_ms, 48);

LEAST(postern_http, 16);
AT(postern_http, size, 0);
AT(postern_http, flags, 4);
AT(postern_http, exchange, 8);

LEAST(postern_metrics, 40);
AT(postern_metrics, size, 0);
AT(postern_metrics, flags, 4);
AT(postern_metrics, counter, 8);
AT(postern_metrics, gauge, 16);
AT(postern_metrics, add, 24);
AT(postern_metrics, set, 32);

LEAST(postern_credential, 48);
AT(postern_credential, size, 0);
AT(postern_credential, flags, 4);
AT(postern_credential, syntax, 8);
AT(postern_credential, reserved, 12);
AT(postern_credential, name, 16);
AT(postern_credential, role, 24);
AT(postern_credential, title, 32);
AT(postern_credential, help, 40);

LEAST(postern_known_host, 24);
AT(postern_known_host, size, 0);
AT(postern_known_host, flags, 4);
AT(postern_known_host, host, 8);
AT(postern_known_host, region, 16);

LEAST(postern_auth, 104);
AT(postern_auth, size, 0);
AT(postern_auth, flags, 4);
AT(postern_auth, api, 8);
AT(postern_auth, reserved, 12);
AT(postern_auth, name, 16);
AT(postern_auth, title, 24);
AT(postern_auth, scheme, 32);
AT(postern_auth, token_path, 40);
AT(postern_auth, scope, 48);
AT(postern_auth, header, 56);
AT(postern_auth, credentials, 64);
AT(postern_auth, hosts, 72);
AT(postern_auth, base_url, 80);
AT(postern_auth, setup_help, 88);
AT(postern_auth, refused_help, 96);

LEAST(postern_volatile_field, 24);
AT(postern_volatile_field, size, 0);
AT(postern_volatile_field, flags, 4);
AT(postern_volatile_field, path, 8);
AT(postern_volatile_field, value_prefix, 16);

LEAST(postern_stream, 56);
AT(postern_stream, size, 0);
AT(postern_stream, flags, 4);
AT(postern_stream, kind, 8);
AT(postern_stream, reserved, 12);
AT(postern_stream, name, 16);
AT(postern_stream, auth, 24);
AT(postern_stream, permission, 32);
AT(postern_stream, volatile_fields, 40);
AT(postern_stream, data, 48);
AT(postern_stream, product, 56);
AT(postern_stream, schedule, 64);
AT(postern_stream, quota, 72);
AT(postern_stream, left_type, 80);
AT(postern_stream, empty_help, 88);

LEAST(postern_quota, 32);
AT(postern_quota, size, 0);
AT(postern_quota, flags, 4);
AT(postern_quota, name, 8);
AT(postern_quota, calls, 16);
AT(postern_quota, window_ms, 24);

LEAST(postern_pass, 24);
AT(postern_pass, size, 0);
AT(postern_pass, flags, 4);
AT(postern_pass, from_ms, 8);
AT(postern_pass, until_ms, 16);

LEAST(postern_request, 80);
AT(postern_request, size, 0);
AT(postern_request, flags, 4);
AT(postern_request, timeout_ms, 8);
AT(postern_request, method, 16);
AT(postern_request, path, 24);
AT(postern_request, body, 40);
AT(postern_request, content_type, 56);
AT(postern_request, headers, 64);
AT(postern_request, header_count, 72);

LEAST(postern_download, 56);
AT(postern_download, size, 0);
AT(postern_download, flags, 4);
AT(postern_download, url, 8);
AT(postern_download, key, 24);
AT(postern_download, tag, 40);
AT(postern_download, bytes, 56);

LEAST(postern_response, 56);
AT(postern_response, size, 0);
AT(postern_response, flags, 4);
AT(postern_response, status, 8);
AT(postern_response, reserved, 12);
AT(postern_response, headers, 16);
AT(postern_response, header_count, 24);
AT(postern_response, body, 32);
AT(postern_response, download, 48);

LEAST(postern_event, 64);
AT(postern_event, size, 0);
AT(postern_event, flags, 4);
AT(postern_event, time_ms, 8);
AT(postern_event, type, 16);
AT(postern_event, json, 32);
AT(postern_event, id, 48);

LEAST(postern_set_aside, 64);
AT(postern_set_aside, size, 0);
AT(postern_set_aside, flags, 4);
AT(postern_set_aside, name, 8);
AT(postern_set_aside, bytes, 24);
AT(postern_set_aside, reason, 40);
AT(postern_set_aside, type, 48);

LEAST(postern_answer, 56);
AT(postern_answer, size, 0);
AT(postern_answer, flags, 4);
AT(postern_answer, outcome, 8);
AT(postern_answer, reserved, 12);
AT(postern_answer, position, 16);
AT(postern_answer, event, 32);
AT(postern_answer, set_aside, 40);
AT(postern_answer, download, 48);
AT(postern_answer, part, 56);

LEAST(postern_push_request, 104);
AT(postern_push_request, size, 0);
AT(postern_push_request, flags, 4);
AT(postern_push_request, method, 8);
AT(postern_push_request, path, 24);
AT(postern_push_request, query, 40);
AT(postern_push_request, headers, 56);
AT(postern_push_request, header_count, 64);
AT(postern_push_request, body, 72);
AT(postern_push_request, peer, 88);

LEAST(postern_push_reply, 40);
AT(postern_push_reply, size, 0);
AT(postern_push_reply, flags, 4);
AT(postern_push_reply, status, 8);
AT(postern_push_reply, reserved, 12);
AT(postern_push_reply, content_type, 16);
AT(postern_push_reply, body, 24);

LEAST(postern_schedule, 64);
AT(postern_schedule, size, 0);
AT(postern_schedule, flags, 4);
AT(postern_schedule, interval_ms, 8);
AT(postern_schedule, delay_ms, 16);
AT(postern_schedule, settle_ms, 24);
AT(postern_schedule, lookback_ms, 32);
AT(postern_schedule, replay_limit_ms, 40);
AT(postern_schedule, slice_ms, 48);
AT(postern_schedule, remember_ms, 56);

LEAST(postern_source, 112);
AT(postern_source, size, 0);
AT(postern_source, flags, 4);
AT(postern_source, name, 8);
AT(postern_source, title, 16);
AT(postern_source, streams, 24);
AT(postern_source, options, 32);
AT(postern_source, account_options, 40);
AT(postern_source, schedule, 48);
AT(postern_source, data, 56);
AT(postern_source, create, 64);
AT(postern_source, destroy, 72);
AT(postern_source, next, 80);
AT(postern_source, on_response, 88);
AT(postern_source, on_push, 96);
AT(postern_source, on_set_aside, 104);

LEAST(postern_sink_event, 120);
AT(postern_sink_event, size, 0);
AT(postern_sink_event, flags, 4);
AT(postern_sink_event, time_ms, 8);
AT(postern_sink_event, received_ms, 16);
AT(postern_sink_event, id, 24);
AT(postern_sink_event, account, 40);
AT(postern_sink_event, source, 56);
AT(postern_sink_event, stream, 72);
AT(postern_sink_event, type, 88);
AT(postern_sink_event, text, 104);

LEAST(postern_batch, 64);
AT(postern_batch, size, 0);
AT(postern_batch, flags, 4);
AT(postern_batch, attempt, 8);
AT(postern_batch, reserved, 12);
AT(postern_batch, id, 16);
AT(postern_batch, delivery, 24);
AT(postern_batch, events, 40);
AT(postern_batch, count, 48);
AT(postern_batch, bytes, 56);

LEAST(postern_result, 32);
AT(postern_result, size, 0);
AT(postern_result, flags, 4);
AT(postern_result, reject, 8);
AT(postern_result, accept, 16);
AT(postern_result, set_state, 24);

LEAST(postern_batching, 40);
AT(postern_batching, size, 0);
AT(postern_batching, flags, 4);
AT(postern_batching, events, 8);
AT(postern_batching, bytes, 16);
AT(postern_batching, wait_ms, 24);
AT(postern_batching, parallel, 32);

LEAST(postern_report, 16);
AT(postern_report, size, 0);
AT(postern_report, flags, 4);
AT(postern_report, say, 8);

LEAST(postern_sink, 112);
AT(postern_sink, size, 0);
AT(postern_sink, flags, 4);
AT(postern_sink, name, 8);
AT(postern_sink, title, 16);
AT(postern_sink, options, 24);
AT(postern_sink, batching, 32);
AT(postern_sink, data, 40);
AT(postern_sink, create, 48);
AT(postern_sink, destroy, 56);
AT(postern_sink, open, 64);
AT(postern_sink, write, 72);
AT(postern_sink, idle, 80);
AT(postern_sink, close, 88);
AT(postern_sink, interrupt, 96);
AT(postern_sink, probe, 104);

LEAST(postern_module, 80);
AT(postern_module, size, 0);
AT(postern_module, flags, 4);
AT(postern_module, magic, 8);
AT(postern_module, abi_major, 12);
AT(postern_module, abi_minor, 16);
AT(postern_module, needs_minor, 20);
AT(postern_module, name, 24);
AT(postern_module, version, 32);
AT(postern_module, license, 40);
AT(postern_module, summary, 48);
AT(postern_module, sources, 56);
AT(postern_module, sinks, 64);
AT(postern_module, auths, 72);
AT(postern_module, lookups, 80);

LEAST(postern_column, 24);
AT(postern_column, size, 0);
AT(postern_column, flags, 4);
AT(postern_column, title, 8);
AT(postern_column, path, 16);

LEAST(postern_findings, 40);
AT(postern_findings, size, 0);
AT(postern_findings, flags, 4);
AT(postern_findings, outcome, 8);
AT(postern_findings, reserved, 12);
AT(postern_findings, position, 16);
AT(postern_findings, result, 32);

LEAST(postern_lookup, 88);
AT(postern_lookup, size, 0);
AT(postern_lookup, flags, 4);
AT(postern_lookup, name, 8);
AT(postern_lookup, title, 16);
AT(postern_lookup, auth, 24);
AT(postern_lookup, permission, 32);
AT(postern_lookup, product, 40);
AT(postern_lookup, parameters, 48);
AT(postern_lookup, columns, 56);
AT(postern_lookup, data, 64);
AT(postern_lookup, next, 72);
AT(postern_lookup, on_response, 80);
#endif

/* The numbers that cross the boundary. */
#define VALUE(name, number) _Static_assert((name) == (number), #name " has another value")
VALUE(POSTERN_OK, 0);
VALUE(POSTERN_COMMIT_STATE, 1);
VALUE(POSTERN_E_INVALID, -1);
VALUE(POSTERN_E_MEMORY, -2);
VALUE(POSTERN_E_CONFIG, -3);
VALUE(POSTERN_E_UNSUPPORTED, -4);
VALUE(POSTERN_E_RETRY, -5);
VALUE(POSTERN_E_PROTOCOL, -6);
VALUE(POSTERN_E_CREDENTIALS, -7);
VALUE(POSTERN_E_PERMISSION, -8);
VALUE(POSTERN_E_LICENSE, -9);
VALUE(POSTERN_E_POSITION, -10);
VALUE(POSTERN_E_IO, -11);
VALUE(POSTERN_E_LIMIT, -12);
VALUE(POSTERN_E_STOPPED, -13);
VALUE(POSTERN_OPTION_TEXT, 1);
VALUE(POSTERN_OPTION_INTEGER, 2);
VALUE(POSTERN_OPTION_BOOLEAN, 3);
VALUE(POSTERN_OPTION_DURATION, 4);
VALUE(POSTERN_OPTION_SIZE, 5);
VALUE(POSTERN_OPTION_LIST, 6);
VALUE(POSTERN_OPTION_SECRET, 7);
VALUE(POSTERN_OPTION_PATH, 8);
VALUE(POSTERN_OPTION_MAP, 9);
VALUE(POSTERN_OPTION_TEMPLATE, 10);
VALUE(POSTERN_OPTION_REQUIRED, 1);
VALUE(POSTERN_OPTION_REPEATABLE, 2);
VALUE(POSTERN_OPTION_HIDDEN, 4);
VALUE(POSTERN_OPTION_TEMPLATES, 8);
VALUE(POSTERN_OPTION_TIME, 11);
VALUE(POSTERN_LOG_ERROR, 1);
VALUE(POSTERN_LOG_WARNING, 2);
VALUE(POSTERN_LOG_INFO, 3);
VALUE(POSTERN_LOG_DEBUG, 4);
VALUE(POSTERN_JSON_NULL, 0);
VALUE(POSTERN_JSON_BOOLEAN, 1);
VALUE(POSTERN_JSON_NUMBER, 2);
VALUE(POSTERN_JSON_STRING, 3);
VALUE(POSTERN_JSON_ARRAY, 4);
VALUE(POSTERN_JSON_OBJECT, 5);
VALUE(POSTERN_UNPACK_GZIP, 1);
VALUE(POSTERN_UNPACK_ZIP, 2);
VALUE(POSTERN_HTTP_GZIP, 1);
VALUE(POSTERN_SYNTAX_PRINTABLE, 0);
VALUE(POSTERN_SYNTAX_GUID, 1);
VALUE(POSTERN_SYNTAX_BASE64, 2);
VALUE(POSTERN_SYNTAX_ANY, 3);
VALUE(POSTERN_CREDENTIAL_PUBLIC, 1);
VALUE(POSTERN_STREAM_WINDOW, 1);
VALUE(POSTERN_STREAM_TOKEN, 2);
VALUE(POSTERN_STREAM_PUSH, 3);
VALUE(POSTERN_STREAM_SNAPSHOT, 4);
VALUE(POSTERN_SOURCE_OFF, 1);
VALUE(POSTERN_MORE, 1);
VALUE(POSTERN_END, 2);
VALUE(POSTERN_NOTHING_NEW, 3);
VALUE(POSTERN_ANSWER_KEEP_POSITION, 1);
VALUE(POSTERN_ANSWER_READ_ON, 2);
VALUE(POSTERN_SET_ASIDE_ONE, 1);
VALUE(POSTERN_EVENT_REPLAY, 1);
VALUE(POSTERN_EVENT_JSON, 2);
VALUE(POSTERN_SINK_STABLE_BATCHES, 1);
VALUE(POSTERN_SINK_CONCURRENT, 2);
VALUE(POSTERN_SINK_HTTP, 4);
VALUE(POSTERN_SINK_KNOWS_TEST, 8);
VALUE(POSTERN_CALL_TEST, 1);

int main(void)
{
    return 0;
}
