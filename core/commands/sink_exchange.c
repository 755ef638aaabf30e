/* An exchange over HTTP as `postern sink test` shows it: nothing of it may hold a secret. */
#include "base/show.h"
#include "base/text.h"
#include "base/units.h"
#include "commands/sink.h"

#define DAY_MS      ((int64_t)86400000)
#define WORDS_SHOWN 200

static bool holds_secret(const struct config_sink *sink, postern_text text)
{
    for (size_t i = 0; i < sink->value_count; i++) {
        const struct option_value *value = &sink->values[i];
        if (value->secret && secret_is_in(text, secret_reveal(value->secret))) return true;
        for (size_t k = 0; k < value->item_count; k++)
            if (value->items[k].secret && secret_is_in(text, secret_reveal(value->items[k].secret)))
                return true;
    }
    return false;
}

/* What a request is let in by, in any of its headers: "Bearer x" is known by its x. */
static bool repeats_header(const postern_http_request *request, postern_text text)
{
    for (size_t i = 0; i < request->header_count; i++) {
        postern_text name = request->headers[i].name, value = request->headers[i].value;
        if (text_is_ignoring_case(name, "content-type") || text_is_ignoring_case(name, "accept")) continue;
        const char *blank = value.size ? memrchr(value.data, ' ', value.size) : NULL;
        if (blank) value = text_slice(blank + 1, value.data + value.size);
        if (secret_is_in(text, value)) return true;
    }
    return false;
}

/* An answer that hands out something by which others are let in. */
static bool speaks_of_secrets(postern_text text)
{
    static const char *const words[] = {"token", "secret", "password", "credential", "signature"};
    for (size_t i = 0; i + 1 < text.size; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (text.size - i >= strlen(words[k]) &&
                strncasecmp(text.data + i, words[k], strlen(words[k])) == 0)
                return true;
    return false;
}

static void print_answer(const struct config_sink *sink, const struct http_sighting *sighting)
{
    postern_text body = sighting->exchange->answer_body;
    bool refused = sighting->exchange->status >= 400;
    if (body.size == 0) return;
    if (holds_secret(sink, body) || repeats_header(sighting->request, body) ||
        (!refused && speaks_of_secrets(body))) {
        show(stdout, "      its words may hold a secret and are not shown\n");
        return;
    }
    postern_text begun = {body.data, body.size < WORDS_SHOWN ? body.size : WORDS_SHOWN};
    show(stdout, "      its words: %.*s%s\n", TEXT_ARGS(begun), begun.size < body.size ? " ..." : "");
}

static void print_peer(const struct http_sighting *sighting)
{
    const struct http_sight *sight = sighting->exchange->sight;
    if (sight->address[0])
        show(stdout, "      to %s%s%s\n", sight->address, sight->tls[0] ? ", " : "", sight->tls);
    if (sight->subject[0] && sight->certified_until_ms)
        show(stdout, "      certificate: %s, good for %lld more days\n", sight->subject,
             (long long)((sight->certified_until_ms - sighting->now_ms) / DAY_MS));
}

static void print_clock(const struct http_sighting *sighting)
{
    char length[32];
    int64_t date_ms = sighting->exchange->server_date_ms, off_ms = date_ms - sighting->now_ms;
    bool ahead = off_ms > 0;
    if (!date_ms) return;
    if (off_ms > -2000 && off_ms < 2000)
        show(stdout, "      its clock agrees with ours\n");
    else
        show(stdout, "      its clock is %s %s ours\n", duration_format(ahead ? off_ms : -off_ms, length),
             ahead ? "ahead of" : "behind");
}

void sink_print_exchange(const struct config_sink *sink, const struct http_sighting *sighting)
{
    const struct http_exchange *exchange = sighting->exchange;
    char took[32];
    duration_format(exchange->finished_ms - exchange->started_ms, took);
    bool hides = exchange->hides_path;
    show(stdout, "    %s %s%.*s", sighting->method, sighting->host, hides ? 8 : (int)sighting->path.size,
         hides ? "/(secret" : sighting->path.data);
    if (hides) show(stdout, ")");
    if (exchange->error.code < 0)
        show(stdout, ": no answer after %s: %s\n", took, exchange->error.message);
    else
        show(stdout, ": answered %d after %s\n", exchange->status, took);
    print_peer(sighting);
    if (exchange->error.code < 0) return;
    print_clock(sighting);
    print_answer(sink, sighting);
}
