#include "keys.h"
#include "random.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void guid(char out[40], struct random *random)
{
    uint64_t a = random_next(random), b = random_next(random);
    snprintf(out, 40, "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
             (unsigned)(a & 0xfff), (unsigned)(b >> 52), (unsigned long long)(b & 0xffffffffffffu));
}

static void fill(struct random *random, unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)random_next(random);
}

void keys_derive(uint64_t seed, unsigned account, unsigned generation, struct keys *keys)
{
    static const char *names[] = {"acme",  "globex", "initech", "umbrella",
                                  "hooli", "stark",  "wayne",   "tyrell"};
    size_t known = sizeof names / sizeof *names;
    *keys = (struct keys){0};
    if (account < known)
        snprintf(keys->account, sizeof keys->account, "%s", names[account]);
    else
        snprintf(keys->account, sizeof keys->account, "account-%u", account);
    snprintf(keys->code, sizeof keys->code, "C%uA%u", account % 90 + 10, account + 100);

    struct random application = {mix2(seed ^ 0x6170706c69636174u, account)};
    guid(keys->app_id, &application);
    guid(keys->app_key, &application);

    struct random binding = {mix2(mix2(seed ^ 0x62696e64696e6773u, account), generation)};
    unsigned char bytes[97];
    fill(&binding, bytes, sizeof bytes);
    struct text encoded = {0};
    text_base64(&encoded, bytes, sizeof bytes, true);
    snprintf(keys->access_key, sizeof keys->access_key, "mYtEsT%s", encoded.data);
    text_clear(&encoded);
    fill(&binding, keys->secret, sizeof keys->secret);
    text_base64(&encoded, keys->secret, sizeof keys->secret, false);
    snprintf(keys->secret_key, sizeof keys->secret_key, "%s", encoded.data);
    text_free(&encoded);
}

static void pick_letters(struct random *random, const char *letters, char *out, size_t size)
{
    size_t count = strlen(letters);
    for (size_t i = 0; i < size; i++)
        out[i] = letters[random_below(random, count)];
    out[size] = '\0';
}

/* The secret holds what a form must encode, so that a client which does not is found out. */
void client_derive(uint64_t seed, unsigned account, unsigned generation, struct client *client)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct random application = {mix2(seed ^ 0x636c69656e746964u, account)};
    pick_letters(&application, letters, client->id, sizeof client->id - 8);
    struct random random = {mix2(mix2(seed ^ 0x7365637265747332u, account), generation)};
    char start[24], end[24];
    pick_letters(&random, letters, start, sizeof start - 1);
    pick_letters(&random, letters, end, sizeof end - 1);
    snprintf(client->secret, sizeof client->secret, "%s+%%2B/~%s=", start, end);
}

void keys_print_json(struct text *out, const struct keys *keys)
{
    text_printf(out,
                "{\"account\":\"%s\",\"account_code\":\"%s\",\"app_id\":\"%s\",\"app_key\":\"%s\","
                "\"access_key\":\"%s\",\"secret_key\":\"%s\"}\n",
                keys->account, keys->code, keys->app_id, keys->app_key, keys->access_key, keys->secret_key);
}

/* The account's name as the beginning of a variable's. */
static void shell_prefix(const struct keys *keys, char prefix[sizeof keys->account])
{
    size_t i = 0;
    for (; keys->account[i]; i++)
        prefix[i] =
            isalnum((unsigned char)keys->account[i]) ? (char)toupper((unsigned char)keys->account[i]) : '_';
    prefix[i] = '\0';
}

void keys_print_shell(struct text *out, const struct keys *keys)
{
    char prefix[sizeof keys->account];
    shell_prefix(keys, prefix);
    text_printf(out, "%s_APP_ID=%s\n%s_APP_KEY=%s\n%s_ACCESS_KEY=%s\n%s_SECRET_KEY=%s\n", prefix,
                keys->app_id, prefix, keys->app_key, prefix, keys->access_key, prefix, keys->secret_key);
}

void client_print_json(struct text *out, const struct keys *keys, const struct client *client)
{
    text_printf(
        out, "{\"account\":\"%s\",\"account_code\":\"%s\",\"client_id\":\"%s\",\"client_secret\":\"%s\"}\n",
        keys->account, keys->code, client->id, client->secret);
}

void client_print_shell(struct text *out, const struct keys *keys, const struct client *client)
{
    char prefix[sizeof keys->account];
    shell_prefix(keys, prefix);
    text_printf(out, "%s_CLIENT_ID=%s\n%s_CLIENT_SECRET=%s\n", prefix, client->id, prefix, client->secret);
}
