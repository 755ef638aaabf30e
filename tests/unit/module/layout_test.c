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

LEAST(postern_error, 816);
AT(postern_error, size, 0);
AT(postern_error, code, 4);
AT(postern_error, retry_after_ms, 8);
AT(postern_error, message, 16);
AT(postern_error, remedy, 496);

SIZE(postern_option, 32);
AT(postern_option, name, 0);
AT(postern_option, type, 8);
AT(postern_option, required, 12);
AT(postern_option, default_value, 16);
AT(postern_option, help, 24);

LEAST(postern_host, 56);
AT(postern_host, size, 0);
AT(postern_host, abi_major, 4);
AT(postern_host, abi_minor, 6);
AT(postern_host, version, 8);
AT(postern_host, service, 16);
AT(postern_host, allocate, 24);
AT(postern_host, option_text, 32);
AT(postern_host, option_integer, 40);
AT(postern_host, option_item, 48);

LEAST(postern_call, 64);
AT(postern_call, size, 0);
AT(postern_call, attempt, 4);
AT(postern_call, arena, 8);
AT(postern_call, now_ms, 16);
AT(postern_call, random, 24);
AT(postern_call, account, 32);
AT(postern_call, instance, 48);

LEAST(postern_log, 16);
AT(postern_log, size, 0);
AT(postern_log, write, 8);

LEAST(postern_json, 72);
AT(postern_json, size, 0);
AT(postern_json, parse, 8);
AT(postern_json, type, 16);
AT(postern_json, get, 24);
AT(postern_json, next, 32);
AT(postern_json, text, 40);
AT(postern_json, integer, 48);
AT(postern_json, boolean, 56);
AT(postern_json, raw, 64);

LEAST(postern_member, 64);
AT(postern_member, size, 0);
AT(postern_member, index, 4);
AT(postern_member, name, 8);
AT(postern_member, data, 24);
AT(postern_member, damage, 40);
AT(postern_member, archive, 48);

LEAST(postern_unpack, 16);
AT(postern_unpack, size, 0);
AT(postern_unpack, each, 8);

SIZE(postern_volatile_field, 16);
AT(postern_volatile_field, name, 0);
AT(postern_volatile_field, value_prefix, 8);

LEAST(postern_stream, 40);
AT(postern_stream, size, 0);
AT(postern_stream, kind, 4);
AT(postern_stream, name, 8);
AT(postern_stream, auth, 16);
AT(postern_stream, permission, 24);
AT(postern_stream, volatile_fields, 32);

LEAST(postern_pass, 24);
AT(postern_pass, size, 0);
AT(postern_pass, from_ms, 8);
AT(postern_pass, until_ms, 16);

LEAST(postern_request, 72);
AT(postern_request, size, 0);
AT(postern_request, timeout_ms, 4);
AT(postern_request, method, 8);
AT(postern_request, path, 16);
AT(postern_request, body, 32);
AT(postern_request, content_type, 48);
AT(postern_request, headers, 56);
AT(postern_request, header_count, 64);

LEAST(postern_download, 56);
AT(postern_download, size, 0);
AT(postern_download, url, 8);
AT(postern_download, key, 24);
AT(postern_download, tag, 40);

LEAST(postern_response, 48);
AT(postern_response, size, 0);
AT(postern_response, status, 4);
AT(postern_response, headers, 8);
AT(postern_response, header_count, 16);
AT(postern_response, body, 24);
AT(postern_response, download, 40);

LEAST(postern_event, 48);
AT(postern_event, size, 0);
AT(postern_event, flags, 4);
AT(postern_event, time_ms, 8);
AT(postern_event, type, 16);
AT(postern_event, json, 32);

LEAST(postern_set_aside, 48);
AT(postern_set_aside, size, 0);
AT(postern_set_aside, name, 8);
AT(postern_set_aside, bytes, 24);
AT(postern_set_aside, reason, 40);

LEAST(postern_answer, 56);
AT(postern_answer, size, 0);
AT(postern_answer, outcome, 4);
AT(postern_answer, position, 8);
AT(postern_answer, keep_position, 24);
AT(postern_answer, event, 32);
AT(postern_answer, set_aside, 40);
AT(postern_answer, download, 48);

LEAST(postern_schedule, 64);
AT(postern_schedule, size, 0);
AT(postern_schedule, interval_ms, 8);
AT(postern_schedule, delay_ms, 16);
AT(postern_schedule, settle_ms, 24);
AT(postern_schedule, lookback_ms, 32);
AT(postern_schedule, replay_limit_ms, 40);
AT(postern_schedule, slice_ms, 48);
AT(postern_schedule, remember_ms, 56);

LEAST(postern_source, 80);
AT(postern_source, size, 0);
AT(postern_source, name, 8);
AT(postern_source, title, 16);
AT(postern_source, streams, 24);
AT(postern_source, options, 32);
AT(postern_source, schedule, 40);
AT(postern_source, create, 48);
AT(postern_source, destroy, 56);
AT(postern_source, next, 64);
AT(postern_source, on_response, 72);

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
AT(postern_sink_event, json, 104);

LEAST(postern_batch, 40);
AT(postern_batch, size, 0);
AT(postern_batch, attempt, 4);
AT(postern_batch, id, 8);
AT(postern_batch, events, 16);
AT(postern_batch, count, 24);
AT(postern_batch, bytes, 32);

LEAST(postern_result, 24);
AT(postern_result, size, 0);
AT(postern_result, reserved, 4);
AT(postern_result, reject, 8);
AT(postern_result, set_state, 16);

LEAST(postern_sink, 80);
AT(postern_sink, size, 0);
AT(postern_sink, name, 8);
AT(postern_sink, title, 16);
AT(postern_sink, options, 24);
AT(postern_sink, create, 32);
AT(postern_sink, destroy, 40);
AT(postern_sink, open, 48);
AT(postern_sink, write, 56);
AT(postern_sink, idle, 64);
AT(postern_sink, close, 72);

LEAST(postern_module, 64);
AT(postern_module, size, 0);
AT(postern_module, magic, 4);
AT(postern_module, abi_major, 8);
AT(postern_module, abi_minor, 10);
AT(postern_module, reserved, 12);
AT(postern_module, name, 16);
AT(postern_module, version, 24);
AT(postern_module, license, 32);
AT(postern_module, summary, 40);
AT(postern_module, sources, 48);
AT(postern_module, sinks, 56);
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
VALUE(POSTERN_OPTION_TEXT, 1);
VALUE(POSTERN_OPTION_INTEGER, 2);
VALUE(POSTERN_OPTION_BOOLEAN, 3);
VALUE(POSTERN_OPTION_DURATION, 4);
VALUE(POSTERN_OPTION_SIZE, 5);
VALUE(POSTERN_OPTION_LIST, 6);
VALUE(POSTERN_OPTION_SECRET, 7);
VALUE(POSTERN_OPTION_PATH, 8);
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
VALUE(POSTERN_STREAM_WINDOW, 1);
VALUE(POSTERN_STREAM_TOKEN, 2);
VALUE(POSTERN_MORE, 1);
VALUE(POSTERN_END, 2);
VALUE(POSTERN_NOTHING_NEW, 3);
VALUE(POSTERN_EVENT_REPLAY, 1);

int main(void)
{
    return 0;
}
