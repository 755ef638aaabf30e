#include "http/sight.h"
#include "base/text.h"
#include "base/timestamp.h"
#include <stdio.h>
#include <string.h>

#define TLS_WORDS "SSL connection using "

/* libcurl says which TLS it is among its words for people alone. They never hold the request. */
static int take_words(CURL *easy, curl_infotype kind, char *data, size_t size, void *context)
{
    struct http_sight *sight = context;
    const size_t length = sizeof TLS_WORDS - 1;
    (void)easy;
    if (kind != CURLINFO_TEXT || size < length || memcmp(data, TLS_WORDS, length) != 0) return 0;
    postern_text words = {data + length, size - length};
    while (words.size && (words.data[words.size - 1] == '\n' || words.data[words.size - 1] == ' '))
        words.size--;
    const char *slash = memmem(words.data, words.size, " / ", 3);
    if (slash)
        snprintf(sight->tls, sizeof sight->tls, "%.*s, %.*s", (int)(slash - words.data), words.data,
                 (int)(words.data + words.size - slash - 3), slash + 3);
    else
        text_to_string(words, sight->tls, sizeof sight->tls);
    return 0;
}

void sight_watch(struct http_sight *sight, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, take_words);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, sight);
}

void sight_connected(struct http_sight *sight, const char *address, int port)
{
    snprintf(sight->address, sizeof sight->address, "%s port %d", address, port);
}

/* "Nov 28 09:00:00 2026 GMT" → "Sat, 28 Nov 2026 09:00:00 GMT", whose day of the week nobody checks. */
static int64_t read_time(const char *text)
{
    char month[4], clock[9], http[40];
    int day = 0, year = 0;
    int64_t ms = 0;
    if (sscanf(text, "%3s %2d %8s %4d GMT", month, &day, clock, &year) != 4) return 0;
    snprintf(http, sizeof http, "Mon, %02d %s %04d %s GMT", day, month, year, clock);
    return timestamp_parse_http(text_of(http), &ms) ? ms : 0;
}

void sight_finish(struct http_sight *sight, CURL *easy)
{
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1)
        return;
    for (const struct curl_slist *line = chain->certinfo[0]; line; line = line->next) {
        postern_text text = text_of(line->data);
        if (text_starts_with(text, "Subject:"))
            text_to_string(text_of(line->data + 8), sight->subject, sizeof sight->subject);
        if (text_starts_with(text, "Expire date:")) sight->certified_until_ms = read_time(line->data + 12);
    }
}
