/* The includes that cmocka.h wants before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/test_clock.h"
#include "certificates.h"
#include "random.h"
#include "signature.h"
#include "test_simulator.h"
#include "times.h"
#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int64_t NOON_MS = 1781524800000; /* 2026-06-15T12:00:00Z */

static const char *path_in(const struct simulator *simulator, const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", simulator->directory, name);
    return path;
}

static void run(const struct simulator *simulator, bool frozen, const char *const *options)
{
    const char *arguments[40] = {
        SIMULATOR_BINARY,    "serve", "--exit-with-stdin", "--seed", "7", "--certificates",
        simulator->directory};
    size_t count = 7;
    if (frozen) {
        arguments[count++] = "--clock";
        arguments[count++] = strdup(path_in(simulator, "clock"));
    }
    arguments[count++] = "--truth";
    arguments[count++] = strdup(path_in(simulator, "truth.ndjson"));
    for (; options && *options && count < 39; options++)
        arguments[count++] = *options;
    execv(SIMULATOR_BINARY, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

/* A test clock is never closed; the leak checker wants it to be reachable. */
static const struct clock *keep(const struct clock *clock)
{
    static const struct clock *kept[64];
    static size_t count;
    assert_non_null(clock);
    assert_true(count < 64);
    return kept[count++] = clock;
}

void simulator_start(struct simulator *simulator, bool frozen, const char *const *options)
{
    *simulator = (struct simulator){.directory = "/tmp/postern-simulator-test-XXXXXX"};
    assert_non_null(mkdtemp(simulator->directory));
    assert_true(certificates_make(simulator->directory));
    simulator->clock = clock_process();
    if (frozen) {
        assert_true(test_clock_create(path_in(simulator, "clock"), NOON_MS, 0));
        simulator->clock = keep(test_clock_open(path_in(simulator, "clock")));
    }
    int input[2], output[2];
    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    simulator->process = fork();
    assert_true(simulator->process >= 0);
    if (simulator->process == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        run(simulator, frozen, options);
    }
    close(input[0]);
    close(output[1]);
    simulator->input = input[1];
    FILE *ready = fdopen(output[0], "r");
    char line[256] = "";
    if (!fgets(line, sizeof line, ready) || sscanf(line, "{\"port\":%u", &simulator->port) != 1)
        fail_msg("the simulator did not start: %s", line);
    fclose(ready);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

void simulator_stop(struct simulator *simulator)
{
    close(simulator->input);
    int status = 0;
    assert_int_equal(waitpid(simulator->process, &status, 0), simulator->process);
    nftw(simulator->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void simulator_advance(const struct simulator *simulator, int64_t ms)
{
    assert_true(test_clock_set(path_in(simulator, "clock"), ms, -1));
}

int64_t simulator_now(const struct simulator *simulator)
{
    return clock_wall_ms(simulator->clock);
}

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    text_append(context, data, size * count);
    return size * count;
}

static size_t receive_header(char *data, size_t size, size_t count, void *context)
{
    struct text *headers = context;
    bool value = false;
    for (size_t i = 0; i < size * count; i++) {
        text_put(headers, value ? data[i] : (char)tolower((unsigned char)data[i]));
        value = value || data[i] == ':';
    }
    return size * count;
}

static void good_body(const struct simulator *simulator, enum source source, struct text *out)
{
    if (source == SIEM) {
        text_puts(out, "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\",\"compress\":true}]}");
        return;
    }
    if (source == THREAT_INTEL) {
        text_puts(out, "{\"data\":[{\"feedType\":\"malware_customer\",\"fileType\":\"stix\"}]}");
        return;
    }
    if (source == MESSAGE_FINDER) {
        text_puts(out, "{\"data\":[{\"advancedTrackAndTraceOptions\":{\"from\":\"example\"}}]}");
        return;
    }
    int64_t now_ms = simulator_now(simulator);
    text_printf(out, "{\"meta\":{\"pagination\":{\"pageSize\":100}},\"data\":[{\"%s\":\"",
                endpoint_of(source)->from);
    time_iso(out, now_ms - DAY, 0, false);
    text_printf(out, "\",\"%s\":\"", endpoint_of(source)->to);
    time_iso(out, now_ms, 0, false);
    text_printf(out, "\"%s}]}", endpoint_of(source)->only_own_mailbox ? ",\"admin\":true" : "");
}

/* "Name: value" unless it is the header to leave out or the one that `call` gives another value. */
static struct curl_slist *add(struct curl_slist *list, const struct call *call, const char *line)
{
    size_t name = strcspn(line, ":");
    bool left_out =
        call->leave_out && strlen(call->leave_out) == name && strncasecmp(call->leave_out, line, name) == 0;
    bool replaced =
        call->header && strcspn(call->header, ":") == name && strncasecmp(call->header, line, name) == 0;
    return left_out || replaced ? list : curl_slist_append(list, line);
}

static void make_request_id(char id[37])
{
    static uint64_t number;
    uint64_t bits = mix2((uint64_t)getpid(), ++number);
    snprintf(id, 37, "%08x-%04x-4000-8000-%012llx", (unsigned)(bits >> 32), (unsigned)(bits & 0xffff),
             (unsigned long long)number);
}

/* libcurl sends a request again by itself if a kept connection turns out to be dead: with the old request id.
 */
static int only_once(void *sent, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    return ++*(unsigned *)sent == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static struct curl_slist *sign(const struct simulator *simulator, const struct call *call, const char *path)
{
    struct keys keys;
    keys_derive(TEST_SEED, call->account, call->generation, &keys);
    if (call->wrong_secret) keys.secret[0] ^= 1;
    if (call->wrong_access_key) keys.access_key[8] ^= 1;
    char id[37], signature[SIGNATURE_SIZE], authorization[300], line[128];
    make_request_id(id);
    if (call->request_id) snprintf(id, sizeof id, "%s", call->request_id);
    struct text date = {0};
    time_rfc(&date, simulator_now(simulator) + call->date_offset_ms, "UTC");
    const char *date_sent = call->date ? call->date : date.data;
    signature_make(keys.secret, sizeof keys.secret, date_sent, id, call->sign_path ? call->sign_path : path,
                   keys.app_key, signature);
    struct curl_slist *headers = NULL;
    snprintf(authorization, sizeof authorization, "Authorization: MC %s:%s%s", keys.access_key,
             call->colon_space ? " " : "", signature);
    headers = add(headers, call, authorization);
    snprintf(line, sizeof line, "x-mc-app-id: %s", keys.app_id);
    headers = add(headers, call, line);
    snprintf(line, sizeof line, "x-mc-date: %s", date_sent);
    headers = add(headers, call, line);
    snprintf(line, sizeof line, "x-mc-req-id: %s", id);
    headers = add(headers, call, line);
    text_free(&date);
    return headers;
}

static struct curl_slist *make_headers(const struct simulator *simulator, const struct call *call,
                                       const char *path, bool has_body)
{
    char line[600];
    struct curl_slist *headers = NULL;
    if (call->bearer) {
        snprintf(line, sizeof line, "Authorization: Bearer %s", call->bearer);
        headers = add(headers, call, line);
    } else if (!call->form) {
        headers = sign(simulator, call, path);
    }
    if (has_body)
        headers = add(headers, call,
                      call->form ? "Content-Type: application/x-www-form-urlencoded"
                                 : "Content-Type: application/json");
    if (call->leave_out && strcmp(call->leave_out, "Content-Type") == 0)
        headers = curl_slist_append(headers, "Content-Type:"); /* libcurl would send its own */
    return call->header ? curl_slist_append(headers, call->header) : headers;
}

struct curl_slist *simulator_prepare(const struct simulator *simulator, const struct call *call, CURL *curl,
                                     struct response *response)
{
    const char *path = call->path ? call->path : endpoint_of(call->source)->path;
    char url[1200];
    struct text body = {0};
    bool get = call->method && strcmp(call->method, "GET") == 0 && !call->body;
    struct curl_slist *headers = make_headers(simulator, call, path, !get);
    if (call->form)
        text_puts(&body, call->form);
    else if (call->body)
        text_puts(&body, call->body);
    else if (!get)
        good_body(simulator, call->source, &body);
    snprintf(url, sizeof url, "https://%s:%u%s", call->host ? call->host : "127.0.0.1",
             call->port ? call->port : simulator->port, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, path_in(simulator, "ca.pem"));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (get) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.size);
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body.data);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, (long)call->follow_redirects);
    curl_easy_setopt(curl, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, call->timeout_ms ? call->timeout_ms : 100000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, call->sends_again ? NULL : only_once);
    curl_easy_setopt(curl, CURLOPT_PREREQDATA, &response->sent);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response->body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response->headers);
    text_free(&body);
    return headers;
}

struct response simulator_call(const struct simulator *simulator, const struct call *call, CURL *curl)
{
    CURL *own = curl ? NULL : curl_easy_init(), *used = curl ? curl : own;
    struct response response = {0};
    struct curl_slist *headers = simulator_prepare(simulator, call, used, &response);
    response.result = curl_easy_perform(used);
    curl_easy_getinfo(used, CURLINFO_RESPONSE_CODE, &response.status);
    curl_easy_setopt(used, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (own) curl_easy_cleanup(own);
    text_append(&response.body, "", 0);
    return response;
}

struct text simulator_token_form(unsigned account, unsigned generation)
{
    struct client client;
    client_derive(TEST_SEED, account, generation, &client);
    char *id = curl_easy_escape(NULL, client.id, 0), *secret = curl_easy_escape(NULL, client.secret, 0);
    struct text form = {0};
    text_printf(&form, "grant_type=client_credentials&client_id=%s&client_secret=%s", id, secret);
    curl_free(id);
    curl_free(secret);
    return form;
}

struct text simulator_token(const struct simulator *simulator, unsigned account, unsigned generation)
{
    struct text form = simulator_token_form(account, generation), token = {0};
    struct response response =
        simulator_call(simulator, &(struct call){.path = "/oauth/token", .form = form.data}, NULL);
    cJSON *answer = cJSON_Parse(response.body.data);
    const cJSON *access = cJSON_GetObjectItem(answer, "access_token");
    if (response.status != 200 || !cJSON_IsString(access))
        fail_msg("no token: %ld %s", response.status, response.body.data);
    text_puts(&token, access->valuestring);
    cJSON_Delete(answer);
    response_free(&response);
    text_free(&form);
    return token;
}

void response_free(struct response *response)
{
    text_free(&response->headers);
    text_free(&response->body);
}

const char *response_header(const struct response *response, const char *name)
{
    static char value[1024];
    char wanted[80];
    snprintf(wanted, sizeof wanted, "\n%s:", name);
    const char *found = response->headers.data ? strstr(response->headers.data, wanted) : NULL;
    if (!found) return NULL;
    found += strlen(wanted);
    found += strspn(found, " ");
    snprintf(value, sizeof value, "%.*s", (int)strcspn(found, "\r\n"), found);
    return value;
}

struct text simulator_control(const struct simulator *simulator, const char *method, const char *what,
                              const char *body)
{
    CURL *curl = curl_easy_init();
    struct text answer = {0};
    char url[128];
    snprintf(url, sizeof url, "https://127.0.0.1:%u/_control/%s", simulator->port, what);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, path_in(simulator, "ca.pem"));
    if (body) curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    long status = 0;
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) fail_msg("%s %s: %ld %s", method, what, status, answer.data);
    curl_easy_cleanup(curl);
    return answer;
}

void simulator_order(const struct simulator *simulator, const char *json)
{
    struct text answer = simulator_control(simulator, "POST", "faults", json);
    text_free(&answer);
}

static cJSON *violations_of(const struct simulator *simulator)
{
    struct text answer = simulator_control(simulator, "GET", "violations", NULL);
    cJSON *document = cJSON_Parse(answer.data);
    assert_non_null(document);
    text_free(&answer);
    return document;
}

size_t simulator_violations(const struct simulator *simulator)
{
    cJSON *document = violations_of(simulator);
    size_t count = (size_t)cJSON_GetObjectItem(document, "count")->valuedouble;
    cJSON_Delete(document);
    return count;
}

void simulator_expect_violations(const struct simulator *simulator, const char *rule, size_t count)
{
    cJSON *document = violations_of(simulator);
    const cJSON *list = cJSON_GetObjectItem(document, "violations"), *one;
    cJSON_ArrayForEach(one, list) assert_string_equal(cJSON_GetObjectItem(one, "rule")->valuestring, rule);
    assert_int_equal(cJSON_GetArraySize(list), count);
    cJSON_Delete(document);
    struct text answer = simulator_control(simulator, "DELETE", "violations", NULL);
    text_free(&answer);
}
