#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "config/base_url.h"
#include "config/check.h"
#include <ctype.h>
#include <stdlib.h>

/* What a credential must look like, so that a slip of the copying hand shows before the first request. */
enum form { FORM_GUID, FORM_PRINTABLE, FORM_BASE64 };

static const struct credential {
    const char *key;
    int api;
    enum form form;
    size_t offset; /* in struct config_account */
} credentials[] = {
    {"app_id", 1, FORM_GUID, offsetof(struct config_account, app_id)},
    {"app_key", 1, FORM_PRINTABLE, offsetof(struct config_account, app_key)},
    {"access_key", 1, FORM_PRINTABLE, offsetof(struct config_account, access_key)},
    {"secret_key", 1, FORM_BASE64, offsetof(struct config_account, secret_key)},
    {"client_id", 2, FORM_PRINTABLE, offsetof(struct config_account, client_id)},
    {"client_secret", 2, FORM_PRINTABLE, offsetof(struct config_account, client_secret)},
};
#define CREDENTIAL_COUNT (sizeof(credentials) / sizeof(*credentials))

static bool is_guid(postern_text text)
{
    static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size != sizeof(pattern) - 1) return false;
    for (size_t i = 0; i < text.size; i++)
        if (pattern[i] == '-' ? text.data[i] != '-' : !isxdigit((unsigned char)text.data[i])) return false;
    return true;
}

static bool is_printable(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f) return false;
    return true;
}

static bool is_base64(postern_text text)
{
    unsigned char *decoded = malloc(text.size + 3);
    if (!decoded) return false;
    ptrdiff_t size = base64_decode(text, decoded);
    secret_wipe(decoded, text.size + 3);
    free(decoded);
    return size > 0;
}

/* What is wrong with it, without telling what it is; NULL = nothing. */
static const char *find_fault(postern_text text, enum form form)
{
    if (text.size >= 2 && (text.data[0] == '"' || text.data[0] == '\'') &&
        text.data[text.size - 1] == text.data[0])
        return "is in quotation marks: leave them out";
    if (form == FORM_GUID && !is_guid(text))
        return "is no Application ID: that is 32 hexadecimal digits in five groups, "
               "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (!is_printable(text)) return "holds blanks, line ends or characters that are not ASCII: copy it again";
    if (form == FORM_BASE64 && !is_base64(text))
        return "is no valid base64 (A-Z, a-z, 0-9, +, / and = at the end): part of it may be missing";
    return NULL;
}

static const struct credential *find_credential(const char *key)
{
    for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
        if (strcmp(credentials[i].key, key) == 0) return &credentials[i];
    return NULL;
}

/* `api`, or what the keys that are given tell; 0 with the problem noted if neither does. */
static int find_api(struct check *check, const struct declaration *declaration)
{
    const struct config_field *field = declaration_field(declaration, "api");
    if (field) {
        bool whole = field->value.type == VALUE_INTEGER;
        if (whole && (field->value.integer == 1 || field->value.integer == 2))
            return (int)field->value.integer;
        if (field->value.type != VALUE_UNKNOWN)
            field_problem(check, declaration, field, "is 1 or 2, for Mimecast's API 1.0 or 2.0");
        return 0;
    }
    bool given[3] = {false};
    for (size_t i = 0; i < declaration->count; i++) {
        const struct credential *credential = find_credential(declaration->fields[i].key);
        if (credential) given[credential->api] = true;
    }
    if (given[1] != given[2]) return given[1] ? 1 : 2;
    problem_at(check->problems, declaration->line,
               "%s needs api = 1 (with app_id, app_key, access_key, secret_key) or api = 2 (with client_id, "
               "client_secret)",
               declaration->title);
    return 0;
}

static void read_credential(struct check *check, const struct declaration *declaration,
                            const struct credential *credential, struct config_account *account)
{
    const struct config_field *field = declaration_field(declaration, credential->key);
    struct secret *secret = NULL;
    if (!field) {
        problem_at(check->problems, declaration->line, "%s has no %s, which api = %d needs",
                   declaration->title, credential->key, account->api);
        return;
    }
    if (!field_secret(check, declaration, field, &secret)) return;
    *(struct secret **)(void *)((char *)account + credential->offset) = secret;
    const char *fault = find_fault(secret_reveal(secret), credential->form);
    if (!fault) return;
    int line = field->value.type == VALUE_REFERENCE ? field->value.reference.line : field->line;
    problem_at(check->problems, line, "%s of %s %s", field->key, declaration->title, fault);
}

static void read_credentials(struct check *check, const struct declaration *declaration,
                             struct config_account *account)
{
    for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
        const struct credential *credential = &credentials[i];
        const struct config_field *field = declaration_field(declaration, credential->key);
        if (credential->api == account->api)
            read_credential(check, declaration, credential, account);
        else if (field && account->api)
            field_problem(check, declaration, field, "belongs to api = %d, and this account says api = %d",
                          credential->api, account->api);
    }
}

static void read_base_url(struct check *check, const struct declaration *declaration,
                          struct config_account *account)
{
    const struct config_field *field = declaration_field(declaration, "base_url");
    const struct config_field *allow_field = declaration_field(declaration, "allow_host");
    const char *url, *allow_host = NULL;
    if (allow_field && !field_text(check, declaration, allow_field, &allow_host)) return;
    if (!field) {
        problem_at(check->problems, declaration->line, "%s has no base_url, such as \"https://%s\"",
                   declaration->title,
                   account->api == 2 ? "api.services.mimecast.com" : "eu-api.mimecast.com");
        return;
    }
    if (!field_text(check, declaration, field, &url)) return;
    char normal[BASE_URL_SIZE];
    postern_error error = ERROR_INIT;
    if (base_url_check(url, account->api, allow_host, normal, &error) < 0) {
        field_problem(check, declaration, field, "%s", error.message);
        return;
    }
    account->base_url = check_copy(check, text_of(normal));
    if (allow_host) account->allow_host = check_copy(check, text_of(allow_host));
}

static void read_account(struct check *check, const struct declaration *declaration,
                         struct config_account *account)
{
    static const char *const keys[] = {"api",        "base_url",   "allow_host", "app_id",        "app_key",
                                       "access_key", "secret_key", "client_id",  "client_secret", NULL};
    account->place = (struct config_place){check->config->file, declaration->line};
    text_to_string(text_of(declaration->name), account->name, sizeof(account->name));
    if (!declaration->complete) return;
    check_known_keys(check, declaration, keys, account_option_keys(check));
    check_account_options(check, declaration, account);
    account->api = find_api(check, declaration);
    read_base_url(check, declaration, account);
    read_credentials(check, declaration, account);
}

void check_accounts(struct check *check)
{
    struct config *config = check->config;
    size_t count = 0;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        count += strcmp(d->kind, "account") == 0;
    check_declarations(check, "account", true);
    config->accounts = check_allocate(check, count * sizeof(*config->accounts));
    if (!config->accounts) return;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        if (strcmp(d->kind, "account") == 0)
            read_account(check, d, &config->accounts[config->account_count++]);
    if (count == 0 && check->document->evaluated)
        problem_at(check->problems, 0, "there is no account: declare one with account \"name\" { ... }");
}
