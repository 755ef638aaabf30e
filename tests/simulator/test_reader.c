#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_reader.h"
#include "times.h"
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

bool each_object(const struct text *text, const char *key,
                 void (*each)(void *context, const char *object, size_t size), void *context)
{
    const char *found = text->size ? memmem(text->data, text->size, key, strlen(key)) : NULL;
    const char *end = text->data + text->size;
    if (!found || !(found = memchr(found, '[', (size_t)(end - found)))) return false;
    size_t depth = 0;
    bool quoted = false;
    const char *start = NULL;
    for (const char *c = found + 1; c < end; c++) {
        if (quoted) {
            if (*c == '\\')
                c++;
            else if (*c == '"')
                quoted = false;
        } else if (*c == '"') {
            quoted = true;
        } else if (*c == '{' || *c == '[') {
            if (depth++ == 0) start = c;
        } else if (*c == '}' || *c == ']') {
            if (depth == 0) return true; /* the array's own bracket */
            if (--depth == 0 && each) each(context, start, (size_t)(c + 1 - start));
        }
    }
    return false;
}

static void write_line(void *context, const char *object, size_t size)
{
    struct reader *reader = context;
    /* A record of a damaged member may be no JSON any more: a collector would set it aside. */
    cJSON *parsed = cJSON_ParseWithLength(object, size);
    if (!parsed) return;
    cJSON_Delete(parsed);
    fwrite(object, 1, size, reader->out);
    fputc('\n', reader->out);
}

void reader_renew_token(struct reader *reader)
{
    static struct text token;
    text_free(&token);
    for (unsigned attempt = 0; attempt < 60; attempt++) {
        struct text form = simulator_token_form(reader->account, 0);
        struct response response = simulator_call(
            reader->simulator, &(struct call){.path = "/oauth/token", .form = form.data}, reader->curl);
        cJSON *answer =
            response.status == 200 && response.result == CURLE_OK ? cJSON_Parse(response.body.data) : NULL;
        const cJSON *access = cJSON_GetObjectItem(answer, "access_token");
        if (cJSON_IsString(access)) text_puts(&token, access->valuestring);
        cJSON_Delete(answer);
        response_free(&response);
        text_free(&form);
        if (token.size) {
            reader->bearer = token.data;
            return;
        }
        simulator_advance(reader->simulator, 3 * SECOND);
    }
    fail_msg("no token");
}

/* Sends until something other than a passing failure comes. */
static struct response ask(struct reader *reader, const struct call *call)
{
    char last[300] = "";
    for (unsigned attempt = 0; attempt < 60; attempt++) {
        struct call sent = *call;
        sent.bearer = reader->bearer;
        if (sent.bearer && !sent.path) sent.path = endpoint_over(sent.source, API_2)->path;
        struct response response = simulator_call(reader->simulator, &sent, reader->curl);
        bool answered = response.result == CURLE_OK && response.status == 200;
        bool failed = response.body.data && strstr(response.body.data, "\"fail\":[{") &&
                      !strstr(response.body.data, "err_threat_intel_feed_no_result_found");
        bool zip = response.body.size > 1 && memcmp(response.body.data, "PK", 2) == 0;
        snprintf(last, sizeof last, "%ld %s", response.status, response.body.data);
        if (answered && (zip || !failed)) return response;
        if (response.status == 400) fail_msg("refused: %s", response.body.data);
        if (response.status == 401 && reader->bearer) reader_renew_token(reader);
        if (response.status == 429) simulator_advance(reader->simulator, 2 * SECOND);
        response_free(&response);
    }
    fail_msg("60 attempts and no answer: %s", last);
    return (struct response){0};
}

/* One member of the zip whose local header is at `bytes`; true if it is whole. */
static bool read_member(const char *bytes, size_t size, struct text *out)
{
    struct archive *archive = archive_read_new();
    archive_read_support_format_zip_streamable(archive);
    struct archive_entry *entry;
    bool whole = archive_read_open_memory(archive, bytes, size) == ARCHIVE_OK &&
                 archive_read_next_header(archive, &entry) == ARCHIVE_OK;
    while (whole) {
        char chunk[4096];
        la_ssize_t some = archive_read_data(archive, chunk, sizeof chunk);
        if (some == 0) break;
        if (some > 0)
            text_append(out, chunk, (size_t)some);
        else
            whole = false;
    }
    archive_read_free(archive);
    return whole;
}

/* libarchive gives nothing of a block with a fault in it: take what there is before the fault. */
static void salvage_member(const char *bytes, size_t size, struct text *out)
{
    enum { HEADER = 30 };
    const unsigned char *header = (const unsigned char *)bytes;
    if (size < HEADER) return;
    size_t data = HEADER + (size_t)(header[26] | header[27] << 8) + (size_t)(header[28] | header[29] << 8);
    if (data >= size) return;
    text_clear(out);
    if (header[8] == 0) { /* stored: up to what follows it */
        const char *next = memmem(bytes + data, size - data, "PK", 2);
        text_append(out, bytes + data, next ? (size_t)(next - bytes) - data : size - data);
        return;
    }
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)(bytes + data), .avail_in = (uInt)(size - data)};
    inflateInit2(&stream, -MAX_WBITS);
    for (int result = Z_OK; result == Z_OK;) {
        char byte;
        stream.next_out = (Bytef *)&byte;
        stream.avail_out = 1;
        result = inflate(&stream, Z_SYNC_FLUSH);
        if (stream.avail_out == 0) text_put(out, byte);
    }
    inflateEnd(&stream);
}

/* Every local header starts a member, whatever is wrong with the ones before it. */
static bool read_zip(struct reader *reader, const struct text *zip, bool salvage)
{
    bool whole = true;
    const char *at = zip->data, *end = zip->data + zip->size;
    while ((at = memmem(at, (size_t)(end - at), "PK\3\4", 4))) {
        struct text member = {0};
        bool good =
            read_member(at, (size_t)(end - at), &member) && each_object(&member, "\"data\"", NULL, NULL);
        if (salvage && !good) salvage_member(at, (size_t)(end - at), &member);
        if (salvage) each_object(&member, "\"data\"", write_line, reader);
        whole = whole && good;
        text_free(&member);
        at += 4;
    }
    return whole && zip->size >= 22 && memcmp(end - 22, "PK\5\6", 4) == 0;
}

static bool read_file(struct reader *reader, const struct text *body, bool salvage)
{
    if (body->size > 1 && memcmp(body->data, "PK", 2) == 0) return read_zip(reader, body, salvage);
    bool whole = each_object(body, "\"data\"", NULL, NULL);
    if (salvage) each_object(body, "\"data\"", write_line, reader);
    return whole;
}

void reader_read_siem(struct reader *reader)
{
    char token[600] = "", body[1000];
    for (bool more = true; more;) {
        snprintf(body, sizeof body,
                 "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\",\"compress\":%s%s%s%s}]}",
                 reader->plain ? "false" : "true", *token ? ",\"token\":\"" : "", token, *token ? "\"" : "");
        struct response response = {0};
        bool whole = false;
        for (unsigned attempt = 0; attempt < 4 && !whole; attempt++) {
            response_free(&response);
            response = ask(reader, &(struct call){.source = SIEM, .account = reader->account, .body = body});
            whole = read_file(reader, &response.body, false);
        }
        more = !response.body.data || !strstr(response.body.data, "\"isLastToken\":true");
        if (more) read_file(reader, &response.body, true);
        reader->damaged += !whole;
        const char *next = response_header(&response, "mc-siem-token");
        if (next) snprintf(token, sizeof token, "%s", next);
        assert_true(next || !more);
        response_free(&response);
    }
}

void reader_read_window(struct reader *reader, enum source source, int64_t from_ms, int64_t to_ms)
{
    const struct endpoint *endpoint = endpoint_of(source);
    struct text data = {0}, body = {0}, key = {0};
    char next[1000] = "";
    text_printf(&key, "\"%s\":", endpoint->list ? endpoint->list : "data");
    text_printf(&data, "{\"%s\":\"", endpoint->from);
    time_iso(&data, from_ms, 0, false);
    text_printf(&data, "\",\"%s\":\"", endpoint->to);
    time_iso(&data, to_ms, 0, false);
    text_puts(&data, "\"");
    if (endpoint->only_own_mailbox) text_puts(&data, ",\"admin\":true");
    for (size_t i = 0; i < endpoint->field_count && reader->oldest_first; i++)
        if (strcmp(endpoint->fields[i].name, "oldestFirst") == 0) text_puts(&data, ",\"oldestFirst\":true");
    text_put(&data, '}');
    for (bool more = true; more;) {
        text_clear(&body);
        text_printf(&body, "{\"meta\":{\"pagination\":{\"pageSize\":%zu%s%s%s}},\"data\":[%s]}",
                    reader->page_size ? reader->page_size : 100, *next ? ",\"pageToken\":\"" : "", next,
                    *next ? "\"" : "", data.data);
        struct response response;
        cJSON *answer = NULL;
        do {
            response =
                ask(reader, &(struct call){.source = source, .account = reader->account, .body = body.data});
            answer = cJSON_ParseWithLength(response.body.data, response.body.size);
            if (!answer) response_free(&response); /* cut or not JSON: again */
        } while (!answer);
        long before = ftell(reader->out);
        each_object(&response.body, key.data, write_line, reader);
        const cJSON *pagination = cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "meta"), "pagination");
        const cJSON *token = cJSON_GetObjectItem(pagination, "next");
        more = token && ftell(reader->out) > before;
        if (more) snprintf(next, sizeof next, "%s", token->valuestring);
        cJSON_Delete(answer);
        response_free(&response);
    }
    text_free(&data);
    text_free(&body);
    text_free(&key);
}

static void read_feed(struct reader *reader, const char *feed)
{
    char token[600] = "", body[1000];
    for (bool more = true; more;) {
        snprintf(body, sizeof body, "{\"data\":[{\"feedType\":\"%s\",\"fileType\":\"stix\"%s%s%s}]}", feed,
                 *token ? ",\"token\":\"" : "", token, *token ? "\"" : "");
        struct response response;
        bool none = false, whole = false;
        do {
            response =
                ask(reader, &(struct call){.source = THREAT_INTEL, .account = reader->account, .body = body});
            none = response.body.data && strstr(response.body.data, "err_threat_intel_feed_no_result_found");
            whole = none || each_object(&response.body, "\"objects\"", NULL, NULL);
            if (!whole) response_free(&response);
        } while (!whole);
        if (!none) each_object(&response.body, "\"objects\"", write_line, reader);
        const char *next = response_header(&response, "x-mc-threat-feed-next-token");
        more = next && !none;
        if (more) snprintf(token, sizeof token, "%s", next);
        response_free(&response);
    }
}

/* Follows what leads to the next page: a URL, or a token. */
static bool next_page(const cJSON *answer, unsigned port, const char *first_page, char path[1400])
{
    char base[60];
    const cJSON *meta = cJSON_GetObjectItem(answer, "meta"), *url = cJSON_GetObjectItem(meta, "nextPage");
    const cJSON *token = cJSON_GetObjectItem(cJSON_GetObjectItem(meta, "pagination"), "nextPageToken");
    int size = snprintf(base, sizeof base, "https://127.0.0.1:%u/", port);
    if (url && strncmp(url->valuestring, base, (size_t)size) == 0)
        snprintf(path, 1400, "/%s", url->valuestring + size);
    else if (token)
        snprintf(path, 1400, "%s&pageToken=%s", first_page, token->valuestring);
    return url || token;
}

void reader_read_rest(struct reader *reader, enum source source, int64_t from_ms, int64_t to_ms)
{
    struct text first = {0}, date = {0};
    const struct endpoint *endpoint = endpoint_of(source);
    char path[1400];
    time_iso(&date, from_ms, 0, false);
    text_printf(&first, "%s?pageSize=%s&%s=%.19sZ", endpoint->path, source == REPORTED_EMAILS ? "25" : "20",
                endpoint->from, date.data);
    text_clear(&date);
    time_iso(&date, to_ms, 0, false);
    text_printf(&first, "&%s=%.19s.000Z%s", endpoint->to, date.data,
                source == THREAT_EVENTS ? "&limit=100" : "");
    snprintf(path, sizeof path, "%s", first.data);
    for (bool more = true; more;) {
        struct response response;
        cJSON *answer = NULL;
        do {
            struct call call = {.path = path, .method = "GET", .account = reader->account};
            response = ask(reader, &call);
            answer = cJSON_ParseWithLength(response.body.data, response.body.size);
            if (!answer) response_free(&response);
        } while (!answer);
        long before = ftell(reader->out);
        each_object(&response.body,
                    cJSON_GetObjectItem(answer, "value")    ? "\"value\""
                    : cJSON_GetObjectItem(answer, "events") ? "\"events\""
                                                            : "\"data\"",
                    write_line, reader);
        more = ftell(reader->out) > before && next_page(answer, reader->simulator->port, first.data, path);
        cJSON_Delete(answer);
        response_free(&response);
    }
    text_free(&first);
    text_free(&date);
}

void reader_read_source(struct reader *reader, enum source source, int64_t from_ms, int64_t to_ms)
{
    if (source == SIEM) {
        reader_read_siem(reader);
        return;
    }
    if (source == THREAT_INTEL) {
        read_feed(reader, "malware_customer");
        read_feed(reader, "malware_grid");
        return;
    }
    if (source == REPORTED_EMAILS || source == THREAT_EVENTS) {
        if (reader->bearer) reader_read_rest(reader, source, from_ms, to_ms);
        return;
    }
    const struct endpoint *endpoint = endpoint_over(source, reader->bearer ? API_2 : API_1);
    if (source_has_events(source) && endpoint && endpoint->method[0] == 'P')
        reader_read_window(reader, source, from_ms, to_ms);
}

void reader_read_all(struct reader *reader)
{
    reader->curl = curl_easy_init();
    int64_t now_ms = simulator_now(reader->simulator);
    for (int source = 0; source < SOURCES; source++)
        reader_read_source(reader, (enum source)source, now_ms - 7 * DAY, now_ms);
    curl_easy_cleanup(reader->curl);
    fflush(reader->out);
}
