/* `account`: the profile, the base URL and the credentials that the profile wants. */
#include "auth/profile.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "config/base_url.h"
#include "config/profiles.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

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

static bool is_clean_text(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f) return false;
    return text_is_utf8(text);
}

/* What is wrong with it, without telling what it is; NULL = nothing. The words may be in `buffer`. */
static const char *find_fault(postern_text text, const postern_credential *credential, char buffer[160])
{
    if (text.size >= 2 && (text.data[0] == '"' || text.data[0] == '\'') &&
        text.data[text.size - 1] == text.data[0])
        return "is in quotation marks: leave them out";
    if (credential->syntax == POSTERN_SYNTAX_ANY)
        return is_clean_text(text) ? NULL : "holds control characters or is no UTF-8: copy it again";
    if (credential->syntax == POSTERN_SYNTAX_GUID && !is_guid(text)) {
        snprintf(
            buffer, 160,
            "is no %s: that is 32 hexadecimal digits in five groups, xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            credential->title);
        return buffer;
    }
    if (!is_printable(text)) return "holds blanks, line ends or characters that are not ASCII: copy it again";
    if (credential->syntax == POSTERN_SYNTAX_BASE64 && !is_base64(text))
        return "is no valid base64 (A-Z, a-z, 0-9, +, / and = at the end): part of it may be missing";
    return NULL;
}

static void read_credential(struct check *check, const struct declaration *declaration,
                            const postern_credential *credential, struct config_account *account)
{
    const struct auth_scheme *scheme = auth_scheme_find(account->profile->scheme);
    const struct config_field *field = declaration_field(declaration, credential->name);
    struct secret *secret = NULL;
    if (!field) {
        char label[PROFILE_LABEL_SIZE];
        problem_at(check->problems, declaration->line, "%s has no %s, which %s needs (%s: %s)",
                   declaration->title, credential->name, profile_label(account->profile, label),
                   credential->title, credential->help);
        return;
    }
    if (!field_secret(check, declaration, field, &secret)) return;
    account->credentials.secrets[auth_profile_role(scheme, credential)] = secret;
    char buffer[160];
    const char *fault = find_fault(secret_reveal(secret), credential, buffer);
    if (!fault) return;
    int line = field->value.type == VALUE_REFERENCE ? field->value.reference.line : field->line;
    problem_at(check->problems, line, "%s of %s %s", field->key, declaration->title, fault);
}

static void read_credentials(struct check *check, const struct declaration *declaration,
                             struct config_account *account)
{
    const postern_auth *profile = account->profile;
    for (const postern_credential *const *at = profile->credentials; at && *at; at++)
        read_credential(check, declaration, *at, account);
    for (size_t i = 0; i < declaration->count; i++) {
        const struct config_field *field = &declaration->fields[i];
        const postern_auth *owner = profile_with_key(check, field->key);
        char theirs[PROFILE_LABEL_SIZE], ours[PROFILE_LABEL_SIZE];
        if (owner && !auth_profile_credential(profile, field->key))
            field_problem(check, declaration, field, "belongs to %s, and this account says %s",
                          profile_label(owner, theirs), profile_label(profile, ours));
    }
}

static void note_missing_url(struct check *check, const struct declaration *declaration,
                             const postern_auth *profile)
{
    const postern_auth *any = profile || !check->catalog->auths ? profile : check->catalog->auths[0];
    const char *example = any ? base_url_example(any) : NULL;
    if (!profile && !example) return; /* what it is to be is not known */
    problem_at(check->problems, declaration->line, "%s has no base_url%s%s%s", declaration->title,
               example ? ", such as \"https://" : "", example ? example : "", example ? "\"" : "");
}

static void read_base_url(struct check *check, const struct declaration *declaration,
                          struct config_account *account)
{
    const postern_auth *profile = account->profile;
    const struct config_field *field = declaration_field(declaration, "base_url");
    const struct config_field *allow_field = declaration_field(declaration, "allow_host");
    const char *url = profile ? profile->base_url : NULL, *allow_host = NULL;
    if (allow_field && !field_text(check, declaration, allow_field, &allow_host)) return;
    if (field && !field_text(check, declaration, field, &url)) return;
    if (!url) {
        note_missing_url(check, declaration, profile);
        return;
    }
    char normal[URL_ORIGIN_SIZE];
    postern_error error = ERROR_INIT;
    bool unknown = !profile && declaration_field(declaration, "auth"); /* whose hosts it has, too */
    if (base_url_check(url, profile, unknown ? NULL : check->catalog->auths, allow_host, normal, &error) <
        0) {
        if (field)
            field_problem(check, declaration, field, "%s", error.message);
        else
            problem_at(check->problems, declaration->line, "the base URL of the module for %s %s",
                       declaration->title, error.message);
        return;
    }
    account->base_url = check_copy(check, text_of(normal));
    if (allow_host) account->allow_host = check_copy(check, text_of(allow_host));
}

/* How it is let in: what a trial has too. */
static void read_access(struct check *check, const struct declaration *declaration,
                        struct config_account *account)
{
    account->place = (struct config_place){check->config->file, declaration->line};
    check->missing = &account->missing;
    check_account_options(check, declaration, account);
    account->profile = profile_choose(check, declaration);
    read_base_url(check, declaration, account);
    if (account->profile) read_credentials(check, declaration, account);
    check->missing = NULL;
}

static void read_account(struct check *check, const struct declaration *declaration,
                         struct config_account *account)
{
    text_to_string(text_of(declaration->name), account->name, sizeof(account->name));
    account->place = (struct config_place){check->config->file, declaration->line};
    if (!declaration->complete) return;
    check_known_keys(check, declaration, profile_keys(check), account_option_keys(check));
    was_read(check, declaration, &account->was);
    read_access(check, declaration, account);
}

/* The trials stand behind all accounts: what is said of accounts is said of these in the order of the file.
 */
static void read_trial(struct check *check, const struct declaration *declaration,
                       const struct config_account *account)
{
    struct config *config = check->config;
    struct declaration inside;
    struct config_account *trial = &config->accounts[config->account_count];
    if (!declaration->complete || !migrate_open(check, declaration, account, &inside, trial)) return;
    check_known_keys(check, &inside, profile_keys(check), account_option_keys(check));
    read_access(check, &inside, trial);
    migrate_check(check, &inside, account, trial);
    config->account_count++;
}

void check_accounts(struct check *check)
{
    struct config *config = check->config;
    size_t count = 0;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        count += strcmp(d->kind, "account") == 0;
    check_declarations(check, "account", true);
    config->accounts = check_allocate(check, 2 * count * sizeof(*config->accounts));
    if (!config->accounts) return;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        if (strcmp(d->kind, "account") == 0)
            read_account(check, d, &config->accounts[config->account_count++]);
    size_t place = 0;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        if (strcmp(d->kind, "account") == 0) read_trial(check, d, &config->accounts[place++]);
    if (count == 0 && check->document->evaluated)
        problem_at(check->problems, 0, "there is no account: declare one with account \"name\" { ... }");
}
