#include "auth/oauth2.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/secret_buffer.h"
#include "base/text.h"

#define REQUEST_LIMIT       ((size_t)64 << 10)
#define ANSWER_LIMIT        ((size_t)256 << 10)
#define TOKEN_LIMIT         ((size_t)16 << 10)
#define DEFAULT_LIFETIME_MS ((int64_t)5 * 60 * 1000) /* of a token that does not say */
#define LONGEST_LIFETIME_S  ((int64_t)24 * 3600)     /* a longer promise is not relied on */
#define RENEW_BEFORE_MS     (60 * 1000LL)

/* ---- The request ---- */

static void append_value(struct buffer *body, postern_text value)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < value.size; i++) {
        if (memchr(unreserved, value.data[i], sizeof unreserved - 1))
            buffer_append_byte(body, value.data[i]);
        else
            buffer_printf(body, "%%%02X", (unsigned char)value.data[i]);
    }
}

postern_status oauth2_token_request(const struct auth_credentials *credentials, const char *scope,
                                    struct buffer *body, postern_error *error)
{
    postern_text id = secret_reveal(credentials->secrets[0]), secret = secret_reveal(credentials->secrets[1]);
    *body = (struct buffer){.limit = REQUEST_LIMIT};
    /* At once, so that growing leaves no copies behind. */
    buffer_reserve(body, 3 * (id.size + secret.size + (scope ? strlen(scope) : 0)) + 128);
    buffer_append_string(body, "grant_type=client_credentials&client_id=");
    append_value(body, id);
    buffer_append_string(body, "&client_secret=");
    append_value(body, secret);
    if (scope) {
        buffer_append_string(body, "&scope=");
        append_value(body, text_of(scope));
    }
    return body->failed ? error_set(error, POSTERN_E_MEMORY, "the token request does not fit") : POSTERN_OK;
}

/* ---- The answer ---- */

static postern_status meaningless(const char *what, postern_error *error)
{
    error_set(error, POSTERN_E_RETRY, "the answer of the token endpoint %s", what);
    error_remedy(error, "check base_url: the answer may come from a proxy on the way");
    return POSTERN_E_RETRY;
}

static bool member_is(const struct json_tape *tape, const struct json_node *object, const char *key,
                      const char *value)
{
    postern_text raw = json_raw(tape, json_get(tape, object, key));
    return raw.size >= 2 && text_is_ignoring_case((postern_text){raw.data + 1, raw.size - 2}, value);
}

/* A number, or a text with one, which some endpoints send. */
static int64_t lifetime_of(const struct json_tape *tape, const struct json_node *root)
{
    const struct json_node *node = json_get(tape, root, "expires_in");
    int64_t seconds = 0;
    double real;
    postern_text raw = json_raw(tape, node);
    if (json_type(node) == POSTERN_JSON_STRING) {
        for (size_t i = 1; i + 1 < raw.size && i < 12; i++) {
            if (raw.data[i] < '0' || raw.data[i] > '9') return DEFAULT_LIFETIME_MS;
            seconds = seconds * 10 + (raw.data[i] - '0');
        }
    } else if (!json_integer(tape, node, &seconds)) {
        if (!json_real(tape, node, &real) || !(real > 0)) return DEFAULT_LIFETIME_MS;
        seconds = real < (double)LONGEST_LIFETIME_S ? (int64_t)real : LONGEST_LIFETIME_S;
    }
    if (seconds <= 0) return DEFAULT_LIFETIME_MS;
    return (seconds < LONGEST_LIFETIME_S ? seconds : LONGEST_LIFETIME_S) * 1000;
}

/* Printable ASCII without blanks: what fits into a header. */
static bool is_token(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~') return false;
    return text.size > 0;
}

static postern_status read_token(const struct json_tape *tape, const struct json_node *root,
                                 struct oauth2_token *token, postern_error *error)
{
    const struct json_node *type = json_get(tape, root, "token_type");
    if (type && !member_is(tape, root, "token_type", "bearer"))
        return meaningless("names another type of token than \"Bearer\"", error);
    _cleanup_(secret_buffer_free) struct buffer text = {.limit = TOKEN_LIMIT};
    if (!buffer_reserve(&text, TOKEN_LIMIT)) return error_no_memory(error, NULL);
    const struct json_node *access_token = json_get(tape, root, "access_token");
    if (!json_unescape(tape, access_token, &text) || !is_token(buffer_text(&text)))
        return meaningless("holds no access token", error);
    struct secret *secret = secret_new(buffer_text(&text));
    if (!secret) return error_no_memory(error, NULL);
    *token = (struct oauth2_token){secret, lifetime_of(tape, root)};
    return POSTERN_OK;
}

/* Which of the failures of RFC 6749, 5.2, it is; the words are ours. */
static postern_status refused(int status, const struct json_tape *tape, const struct json_node *root,
                              postern_error *error)
{
    if (status == 401 || status == 403 || member_is(tape, root, "error", "invalid_client") ||
        member_is(tape, root, "error", "unauthorized_client"))
        return error_set(error, POSTERN_E_CREDENTIALS, "the token endpoint refused the credentials (HTTP %d)",
                         status);
    if (status == 404 || status == 405) {
        error_set(error, POSTERN_E_CONFIG, "there is no token endpoint (HTTP %d)", status);
        error_remedy(error, "check base_url: that host does not serve the API of these credentials");
        return POSTERN_E_CONFIG;
    }
    if (member_is(tape, root, "error", "invalid_scope"))
        return error_set(error, POSTERN_E_CONFIG, "the token endpoint refused the scope (HTTP %d)", status);
    error_set(error, POSTERN_E_RETRY, "the token endpoint failed (HTTP %d)", status);
    if (status >= 400 && status < 500)
        error_remedy(error, "it is tried again; if it lasts, check that base_url and the credentials are "
                            "those of one and the same application");
    return POSTERN_E_RETRY;
}

postern_status oauth2_read_answer(int status, postern_text body, struct oauth2_token *token,
                                  postern_error *error)
{
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    if (!tape) return error_no_memory(error, NULL);
    const struct json_node *root = NULL;
    bool readable = body.size <= ANSWER_LIMIT && json_parse(tape, body, &root, NULL) == POSTERN_OK;
    if (!readable || json_type(root) != POSTERN_JSON_OBJECT) root = NULL;
    if (status != 200) return refused(status, tape, root, error);
    return root ? read_token(tape, root, token, error) : meaningless("is no JSON object", error);
}

int64_t oauth2_renew_after(int64_t lifetime_ms)
{
    int64_t before = lifetime_ms / 4 < RENEW_BEFORE_MS ? lifetime_ms / 4 : RENEW_BEFORE_MS;
    return lifetime_ms - before;
}
