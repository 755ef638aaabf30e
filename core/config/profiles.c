#include "config/profiles.h"

#include "auth/profile.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#include <stdio.h>

const char *profile_label(const postern_auth *profile, char label[PROFILE_LABEL_SIZE])
{
    if (profile->api)
        snprintf(label, PROFILE_LABEL_SIZE, "api = %u", profile->api);
    else
        snprintf(label, PROFILE_LABEL_SIZE, "auth = \"%s\"", profile->name);
    return label;
}

const postern_auth *profile_with_key(const struct check *check, const char *key)
{
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++)
        if (auth_profile_credential(*at, key)) return *at;
    return NULL;
}

const char *const *profile_keys(struct check *check)
{
    static const char *const own[] = {"api", "auth", "base_url", "allow_host", "was", "migrate", NULL};
    size_t count = sizeof own / sizeof *own;
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++)
        for (const postern_credential *const *key = (*at)->credentials; key && *key; key++)
            count++;
    const char **keys = check_allocate(check, count * sizeof *keys);
    if (!keys) return own;
    for (count = 0; own[count]; count++)
        keys[count] = own[count];
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++)
        for (const postern_credential *const *key = (*at)->credentials; key && *key; key++)
            if (profile_with_key(check, (*key)->name) == *at) keys[count++] = (*key)->name;
    keys[count] = NULL;
    return keys;
}

/* ---- The keys tell ---- */

/* True if keys are given, and all that are known to any profile are this one's. */
static bool has_all_given(const struct check *check, const struct declaration *declaration,
                          const postern_auth *profile)
{
    size_t given = 0;
    for (size_t i = 0; i < declaration->count; i++) {
        const char *key = declaration->fields[i].key;
        if (!profile_with_key(check, key)) continue;
        given++;
        if (!auth_profile_credential(profile, key)) return false;
    }
    return given > 0;
}

/* "api = 1 (with app_id, app_key, access_key, secret_key)" */
static void append_choice(struct buffer *words, const postern_auth *profile)
{
    char label[PROFILE_LABEL_SIZE];
    buffer_append_string(words, profile_label(profile, label));
    const postern_credential *const *first = profile->credentials;
    for (const postern_credential *const *key = first; key && *key; key++)
        buffer_printf(words, "%s%s", key == first ? " (with " : ", ", (*key)->name);
    if (first && *first) buffer_append_byte(words, ')');
}

/* "A, B or C": of all profiles, or of those that share a number. */
static void note_choices(struct check *check, const struct declaration *declaration, uint32_t api)
{
    struct buffer words = {.limit = 4096};
    size_t left = 0;
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++)
        left += !api || (*at)->api == api;
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++) {
        if (api && (*at)->api != api) continue;
        if (api)
            buffer_printf(&words, "auth = \"%s\"", (*at)->name);
        else
            append_choice(&words, *at);
        if (--left) buffer_append_string(&words, left > 1 ? ", " : " or ");
    }
    problem_at(check->problems, declaration->line, "%s needs %s", declaration->title, buffer_string(&words));
    buffer_free(&words);
}

static const postern_auth *choose_by_keys(struct check *check, const struct declaration *declaration,
                                          uint32_t api)
{
    const postern_auth *found = NULL, *only = NULL;
    size_t matches = 0, candidates = 0;
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++) {
        if (api && (*at)->api != api) continue;
        candidates++;
        only = *at;
        if (!has_all_given(check, declaration, *at)) continue;
        matches++;
        found = *at;
    }
    if (api && candidates == 1) return only; /* what its keys lack is said key by key */
    if (matches == 1) return found;
    note_choices(check, declaration, api);
    return NULL;
}

/* ---- The user tells ---- */

static bool is_offered(const struct check *check, const struct config_node *api)
{
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++)
        if (api->type == VALUE_INTEGER && (*at)->api && api->integer == (*at)->api) return true;
    return false;
}

static const postern_auth *choose_by_api(struct check *check, const struct declaration *declaration,
                                         const struct config_field *field)
{
    if (is_offered(check, &field->value))
        return choose_by_keys(check, declaration, (uint32_t)field->value.integer);
    if (field->value.type == VALUE_UNKNOWN) return NULL;
    struct buffer words = {.limit = 4096};
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++)
        if ((*at)->api)
            buffer_printf(&words, "%s%u (%s)", words.size ? " or " : "", (*at)->api, (*at)->title);
    field_problem(check, declaration, field, "is %s",
                  words.size ? buffer_string(&words) : "a number that no loaded module has: leave it out");
    buffer_free(&words);
    return NULL;
}

static const postern_auth *choose_by_name(struct check *check, const struct declaration *declaration,
                                          const struct config_field *field)
{
    const char *name, *names[64];
    size_t count = 0;
    if (!field_text(check, declaration, field, &name)) return NULL;
    for (const postern_auth *const *at = check->catalog->auths; at && *at; at++) {
        if (strcmp((*at)->name, name) == 0) return *at;
        if (count < 63) names[count++] = (*at)->name;
    }
    names[count] = NULL;
    char near[SUGGESTION_SIZE];
    field_problem(check, declaration, field, "names \"%s\", which no loaded module offers%s", name,
                  suggestion_or_list(name, names, near));
    return NULL;
}

static const postern_auth *choose(struct check *check, const struct declaration *declaration)
{
    const struct config_field *auth = declaration_field(declaration, "auth");
    const struct config_field *api = declaration_field(declaration, "api");
    if (!check->catalog->auths || !check->catalog->auths[0]) {
        problem_at(check->problems, declaration->line,
                   "%s: no loaded module says how an account is let in (see `postern modules`)",
                   declaration->title);
        return NULL;
    }
    if (!auth) return api ? choose_by_api(check, declaration, api) : choose_by_keys(check, declaration, 0);
    const postern_auth *profile = choose_by_name(check, declaration, auth);
    if (profile && api && (api->value.type != VALUE_INTEGER || api->value.integer != profile->api))
        field_problem(check, declaration, api, "does not fit auth = \"%s\": leave it out", profile->name);
    return profile;
}

const postern_auth *profile_choose(struct check *check, const struct declaration *declaration)
{
    const postern_auth *profile = choose(check, declaration);
    const struct auth_scheme *scheme;
    postern_error error = ERROR_INIT;
    if (!profile || auth_profile_scheme(profile, &scheme, &error) == POSTERN_OK) return profile;
    char text[ERROR_TEXT_SIZE];
    problem_at(check->problems, declaration->line, "%s: the authentication \"%s\" cannot be used: %s",
               declaration->title, profile->name, error_text(error.message, error.remedy, text));
    return NULL;
}
