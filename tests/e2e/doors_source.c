/* A source whose streams are let in by each of the simple schemes and by an access token: for the test that
 * looks at what its service is asked with. */
#include <postern/kit.h>

#define KEY(key)                                                                                             \
    &(const postern_credential)                                                                              \
    {                                                                                                        \
        .size = sizeof(postern_credential), .syntax = POSTERN_SYNTAX_ANY, .name = (key), .title = (key),     \
        .help = "of the test"                                                                                \
    }
static const postern_credential *const basic_keys[] = {KEY("username"), KEY("password"), NULL};
static const postern_credential *const header_keys[] = {KEY("value"), NULL};
static const postern_credential *const token_keys[] = {KEY("client_id"), KEY("client_secret"), NULL};

static const postern_auth basic = {.size = sizeof basic,
                                   .name = "doors/basic",
                                   .title = "doors",
                                   .scheme = "basic",
                                   .credentials = basic_keys};
static const postern_auth header = {.size = sizeof header,
                                    .name = "doors/header",
                                    .title = "doors",
                                    .scheme = "header",
                                    .header = "X-Door-Key",
                                    .credentials = header_keys};
static const postern_auth token = {.size = sizeof token,
                                   .name = "doors/token",
                                   .title = "doors",
                                   .scheme = "oauth2-client-credentials",
                                   .token_path = "/token",
                                   .scope = "read all",
                                   .credentials = token_keys,
                                   .refused_help = "oil the door"};
/* A door that no source of this module goes through. */
static const postern_auth walled_up = {.size = sizeof walled_up,
                                       .name = "doors/walled-up",
                                       .title = "walled-up doors",
                                       .scheme = "header",
                                       .header = "X-Door-Key",
                                       .credentials = header_keys};

/* What no table of options can say. */
static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    (void)self;
    if (!kit_is(kit_option_text(host, "handle"), "none")) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, "give it one", "a door needs a handle");
}

static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)error;
    request->path = KIT_TEXT("/door");
    return POSTERN_OK;
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position;
    if (response->status == 401) return kit_fail(error, POSTERN_E_CREDENTIALS, NULL, "the door stays shut");
    const postern_event event = {.size = sizeof event, .type = KIT_TEXT("door"), .json = response->body};
    answer->outcome = POSTERN_END;
    return answer->event(answer, &event);
}

#define DOOR(profile)                                                                                        \
    &(const postern_stream)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_WINDOW, .name = "doors", .auth = (profile),   \
        .permission = "none"                                                                                 \
    }
static const postern_stream *const streams[] = {DOOR("doors/basic"), DOOR("doors/header"),
                                                DOOR("doors/token"), NULL};
static const postern_option handle = {
    .size = sizeof handle, .type = POSTERN_OPTION_TEXT, .name = "handle", .help = "of the doors"};
static const postern_option *const options[] = {&handle, NULL};
static const postern_source source = {.size = sizeof source,
                                      .name = "doors",
                                      .title = "doors",
                                      .streams = streams,
                                      .options = options,
                                      .create = create,
                                      .next = next,
                                      .on_response = on_response};
KIT_MODULE(.name = "doors", .version = "1", .summary = "doors", .sources = KIT_LIST(postern_source, &source),
           .auths = KIT_LIST(postern_auth, &basic, &header, &token, &walled_up));
