/* A source for tests. Its vendor answers in lines:
 *     more | end | nothing        the outcome; first line
 *     position TEXT               the next position
 *     keep                        leave the position as it is
 *     download URL KEY [BYTES]    a file to be fetched
 *     aside TEXT                  something unreadable
 *     event TIME_MS JSON
 *     item KEY TIME_MS JSON       an event with a key
 *     error NAME                  a failure with that status
 * An answer without a body but with a header "next" is stepped over at the fourth attempt.
 * and by HTTP status: 400 position, 401 credentials, 402 license, 403 permission, 404 configuration. */
#ifndef TESTS_COLLECT_TOY_SOURCE_H
#define TESTS_COLLECT_TOY_SOURCE_H

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "module/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOY_CREDENTIAL(key)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_credential), .name = (key), .title = (key), .help = "in the toy box"          \
    }
static const postern_credential toy_app_id = TOY_CREDENTIAL("app_id"),
                                toy_app_key = TOY_CREDENTIAL("app_key"),
                                toy_access_key = TOY_CREDENTIAL("access_key"),
                                toy_secret_key = TOY_CREDENTIAL("secret_key"),
                                toy_client_id = TOY_CREDENTIAL("client_id"),
                                toy_client_secret = TOY_CREDENTIAL("client_secret");
static const postern_credential *const toy_signed_keys[] = {&toy_app_id, &toy_app_key, &toy_access_key,
                                                            &toy_secret_key, NULL};
static const postern_credential *const toy_client_keys[] = {&toy_client_id, &toy_client_secret, NULL};
/* The toy streams are let in by signed requests; nothing reads what the second profile lets in. */
static const postern_auth toy_auth = {.size = sizeof toy_auth,
                                      .name = "toys/1",
                                      .title = "Toys 1",
                                      .scheme = "mimecast-v1",
                                      .credentials = toy_signed_keys,
                                      .refused_help = "look into the toy box"};
static const postern_auth toy_other_auth = {.size = sizeof toy_other_auth,
                                            .name = "toys/2",
                                            .title = "Toys 2",
                                            .scheme = "oauth2-client-credentials",
                                            .token_path = "/token",
                                            .credentials = toy_client_keys};
static const postern_auth *const toy_auths[] = {&toy_auth, &toy_other_auth, NULL};

static const postern_stream toy_window = {.size = sizeof toy_window,
                                          .kind = POSTERN_STREAM_WINDOW,
                                          .name = "toy-window",
                                          .auth = "toys/1",
                                          .permission = "Toys | Read"};
static const postern_stream toy_token = {.size = sizeof toy_token,
                                         .kind = POSTERN_STREAM_TOKEN,
                                         .name = "toy-token",
                                         .auth = "toys/1",
                                         .permission = "Toys | Read"};
static const postern_stream toy_files = {.size = sizeof toy_files,
                                         .kind = POSTERN_STREAM_TOKEN,
                                         .name = "toy-files",
                                         .auth = "toys/1",
                                         .permission = "Toys | Read",
                                         .product = "Toys by Mail"};
static const postern_stream toy_list = {.size = sizeof toy_list,
                                        .kind = POSTERN_STREAM_SNAPSHOT,
                                        .name = "toy-list",
                                        .auth = "toys/1",
                                        .permission = "Toys | Read",
                                        .left_type = "toy-left"};
static const postern_stream *const toy_streams[] = {&toy_window, &toy_token, &toy_files, NULL};
/* Only some tests have lists. */
static const postern_stream *const toy_list_streams[] = {&toy_list, NULL};

static uint32_t toy_last_attempt; /* that on_response saw */

__attribute__((format(printf, 2, 3))) static inline char *toy_printf(postern_arena *arena, const char *format,
                                                                     ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_allocate(arena, 512);
    if (text) vsnprintf(text, 512, format, arguments);
    va_end(arguments);
    return text;
}

static inline postern_status toy_next(const void *self, const postern_call *call,
                                      const postern_stream *stream, const postern_pass *pass,
                                      postern_text position, postern_request *request, postern_error *error)
{
    (void)self;
    char *path = toy_printf(call->arena, "/api/%s", stream->name);
    char *body = toy_printf(call->arena, "%lld %lld %.*s", (long long)pass->from_ms,
                            (long long)pass->until_ms, TEXT_ARGS(position));
    if (!path || !body) return error_no_memory(error, NULL);
    request->method = "POST";
    request->path = text_of(path);
    request->body = text_of(body);
    return POSTERN_OK;
}

static inline postern_status toy_error_code(const char *name)
{
    static const struct {
        const char *name;
        postern_status code;
    } codes[] = {{"retry", POSTERN_E_RETRY},
                 {"protocol", POSTERN_E_PROTOCOL},
                 {"credentials", POSTERN_E_CREDENTIALS},
                 {"permission", POSTERN_E_PERMISSION},
                 {"license", POSTERN_E_LICENSE},
                 {"position", POSTERN_E_POSITION},
                 {"config", POSTERN_E_CONFIG},
                 {"400", POSTERN_E_POSITION},
                 {"401", POSTERN_E_CREDENTIALS},
                 {"402", POSTERN_E_LICENSE},
                 {"403", POSTERN_E_PERMISSION},
                 {"404", POSTERN_E_CONFIG}};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(codes[i].name, name) == 0) return codes[i].code;
    return POSTERN_E_PROTOCOL;
}

/* The next line of what `at` points to, which moves behind it; NULL at the end. */
static inline char *toy_next_line(char **at)
{
    char *line = *at, *end = line + strcspn(line, "\n");
    if (!*line) return NULL;
    if (*end) *end++ = 0;
    *at = end;
    return line;
}

static inline postern_status toy_line(postern_answer *answer, char *line, bool *understood,
                                      postern_error *error)
{
    char *rest = line + strcspn(line, " ");
    if (*rest) *rest++ = 0;
    *understood = true;
    if (strcmp(line, "more") == 0)
        answer->outcome = POSTERN_MORE;
    else if (strcmp(line, "end") == 0)
        answer->outcome = POSTERN_END;
    else if (strcmp(line, "nothing") == 0)
        answer->outcome = POSTERN_NOTHING_NEW;
    else if (strcmp(line, "position") == 0)
        answer->position = text_of(rest);
    else if (strcmp(line, "keep") == 0)
        answer->flags |= POSTERN_ANSWER_KEEP_POSITION;
    else if (strcmp(line, "aside") == 0) {
        const postern_set_aside what = {
            .size = sizeof what, .name = TEXT("line 1"), .bytes = text_of(rest), .reason = "no event at all"};
        return answer->set_aside(answer, &what);
    } else if (strcmp(line, "broken") == 0) {
        const postern_set_aside what = {.size = sizeof what,
                                        .bytes = text_of(rest),
                                        .reason = "a broken record",
                                        .flags = POSTERN_SET_ASIDE_ONE};
        return answer->set_aside(answer, &what);
    } else if (strcmp(line, "download") == 0) {
        char *key = rest + strcspn(rest, " ");
        *key++ = 0;
        char *bytes = strchr(key, ' ');
        const postern_download download = {.size = sizeof download,
                                           .url = text_of(rest),
                                           .key = {key, strcspn(key, " ")},
                                           .tag = {key, strcspn(key, " ")},
                                           .bytes = bytes ? strtoll(bytes, NULL, 10) : 0};
        return answer->download(answer, &download);
    } else if (strcmp(line, "event") == 0 || strcmp(line, "item") == 0) {
        char *json, *key = rest;
        if (line[0] == 'i') rest += strcspn(rest, " ");
        postern_text id = {key, (size_t)(rest - key)};
        int64_t time = strtoll(rest, &json, 10);
        const postern_event event = {
            .size = sizeof event, .time_ms = time, .type = TEXT("toy"), .id = id, .json = text_of(json + 1)};
        return answer->event(answer, &event);
    } else if (strcmp(line, "error") == 0) {
        postern_status status = error_set(error, toy_error_code(rest), "the vendor said %s", rest);
        error_remedy(error, "press the button");
        return status;
    } else {
        *understood = false;
    }
    return POSTERN_OK;
}

static inline postern_status toy_on_response(const void *self, const postern_call *call,
                                             const postern_stream *stream, const postern_pass *pass,
                                             postern_text position, const postern_response *response,
                                             postern_answer *answer, postern_error *error)
{
    (void)self;
    (void)stream;
    (void)pass;
    (void)position;
    toy_last_attempt = call->attempt;
    if (response->status != 200) {
        char status[16];
        snprintf(status, sizeof status, "%d", response->status);
        return error_set(error, toy_error_code(status), "HTTP %s", status);
    }
    if (!response->body.size && response->header_count && call->attempt > 3) {
        answer->outcome = POSTERN_MORE;
        answer->position = response->headers[0].value;
        return POSTERN_OK;
    }
    char *body = arena_allocate(call->arena, response->body.size + 1);
    if (!body) return error_no_memory(error, NULL);
    if (response->body.size) memcpy(body, response->body.data, response->body.size);
    for (char *line; (line = toy_next_line(&body)) != NULL;) {
        bool understood;
        postern_status status = toy_line(answer, line, &understood, error);
        if (status < 0) return status;
        if (!understood) return error_set(error, POSTERN_E_PROTOCOL, "the answer is no list of lines");
    }
    if (!response->download && !answer->outcome)
        return error_set(error, POSTERN_E_PROTOCOL, "the answer ends early");
    return POSTERN_OK;
}

/* Lines as in an answer; what is none is still nothing that can be read. */
static inline postern_status toy_on_set_aside(const void *self, const postern_call *call,
                                              const postern_stream *stream, const postern_set_aside *what,
                                              postern_answer *answer, postern_error *error)
{
    (void)self;
    (void)stream;
    char *body = arena_allocate(call->arena, what->bytes.size + 1);
    if (!body) return error_no_memory(error, NULL);
    memcpy(body, what->bytes.data, what->bytes.size);
    for (char *line; (line = toy_next_line(&body)) != NULL;) {
        bool understood;
        postern_status status = toy_line(answer, line, &understood, error);
        if (status < 0) return status;
        const postern_set_aside again = {
            .size = sizeof again, .name = what->name, .bytes = text_of(line), .reason = "still no event"};
        if (!understood) status = answer->set_aside(answer, &again);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static const postern_source toy_source = {.size = sizeof toy_source,
                                          .name = "toy",
                                          .title = "Toys",
                                          .streams = toy_streams,
                                          .next = toy_next,
                                          .on_response = toy_on_response,
                                          .on_set_aside = toy_on_set_aside};
static const postern_source toy_lists = {.size = sizeof toy_lists,
                                         .name = "toy",
                                         .title = "Toys",
                                         .streams = toy_list_streams,
                                         .next = toy_next,
                                         .on_response = toy_on_response,
                                         .on_set_aside = toy_on_set_aside};
static const postern_source *const toy_sources[] = {&toy_source, NULL};
static const postern_source *const toy_list_sources[] = {&toy_lists, NULL};
static const postern_module toy_module = {.size = sizeof toy_module,
                                          .magic = POSTERN_MODULE_MAGIC,
                                          .abi_major = POSTERN_ABI_MAJOR,
                                          .name = "toys",
                                          .version = "1",
                                          .license = "MIT",
                                          .summary = "toys",
                                          .sources = toy_sources,
                                          .auths = toy_auths};
static const postern_module toy_list_module = {.size = sizeof toy_list_module,
                                               .magic = POSTERN_MODULE_MAGIC,
                                               .abi_major = POSTERN_ABI_MAJOR,
                                               .abi_minor = 2,
                                               .name = "toy-lists",
                                               .version = "1",
                                               .license = "MIT",
                                               .summary = "toys",
                                               .sources = toy_list_sources,
                                               .auths = toy_auths};

/* A configuration with `count` accounts "account-0" ... and the toy source. */
struct toy_config {
    struct config config;
    struct config_account accounts[8];
    struct config_source source;
    struct module_registry *registry;
};

static inline void toy_config_make_of(struct toy_config *toy, size_t count, const postern_module *module)
{
    *toy = (struct toy_config){0};
    struct config *config = &toy->config;
    config->accounts = toy->accounts;
    config->account_count = count;
    config->sources = &toy->source;
    config->source_count = 1;
    config->journal.page_size = 1 << 20;
    config->journal.page_events = 2000;
    config->journal.commit_size = 16 << 20;
    config->journal.dead_limit = 1 << 20;
    config->limits.record_size = 4 << 20;
    config->limits.expansion_size = 1 << 20;
    config->limits.answer_events = 1000000;
    config->limits.answer_memory = 4 << 20;
    config->limits.set_aside_count = 1000;
    config->limits.snapshot_items = 1000;
    config->limits.snapshot_size = 1 << 20;
    config->limits.stalled_pages = 50;
    config->limits.known_pages = 10000;
    config->limits.set_aside_size = 1 << 20;
    config->http.response_limit = 64 << 20;
    config->http.spill_above = 1 << 20;
    config->http.download_budget = 64 << 20;
    config->http.downloads_at_once = 4;
    config->http.starts_per_second = 50;
    config->http.clock_trust_ms = (int64_t)24 * 3600 * 1000;
    for (size_t i = 0; i < count; i++) {
        struct config_account *account = &toy->accounts[i];
        char key[16];
        snprintf(account->name, sizeof account->name, "account-%zu", i);
        snprintf(key, sizeof key, "access%zu", i);
        account->profile = &toy_auth;
        account->base_url = strdup("https://vendor.example");
        account->credentials =
            (struct auth_credentials){{secret_new(TEXT("app")), secret_new(TEXT("appkey")),
                                       secret_new(text_of(key)), secret_new(TEXT("c2VjcmV0"))}};
    }
    toy->source = (struct config_source){.name = "toy",
                                         .enabled = true,
                                         .interval_ms = 15 * 60 * 1000,
                                         .delay_ms = 5 * 60 * 1000,
                                         .settle_ms = 40 * 60 * 1000,
                                         .lookback_ms = -1,
                                         .replay_limit_ms = 12 * 3600 * 1000,
                                         .slice_ms = 6 * 3600 * 1000,
                                         .remember_ms = 8LL * 24 * 3600 * 1000,
                                         .give_up_file_ms = 24 * 3600 * 1000,
                                         .permission_recheck_ms = 3600 * 1000,
                                         .license_recheck_ms = 24 * 3600 * 1000};
    const struct module_limits limits = {1 << 20, 100, 1 << 20, 1 << 20};
    toy->registry = registry_new(&limits);
    postern_error error = ERROR_INIT;
    if (registry_add(toy->registry, module, "toy", &error) < 0) fail_msg("%s", error.message);
}

static inline void toy_config_make(struct toy_config *toy, size_t count)
{
    toy_config_make_of(toy, count, &toy_module);
}

static inline void toy_config_free(struct toy_config *toy)
{
    for (size_t i = 0; i < toy->config.account_count; i++) {
        free(toy->accounts[i].base_url);
        auth_credentials_release(&toy->accounts[i].credentials);
    }
    registry_free(toy->registry);
}

#endif
