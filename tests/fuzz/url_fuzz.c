/* links: postern_http */
/* A URL that the strict reader accepts is the same URL when it is put together again, and libcurl, which does
 * the asking, understands the same by it: scheme, host, port, path and query. */
#include "base/address.h"
#include "base/text.h"
#include "base/url.h"
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void require(int condition)
{
    if (!condition) abort();
}

static void require_part(CURLU *curl, CURLUPart which, unsigned flags, postern_text wanted)
{
    char *text = NULL;
    require(curl_url_get(curl, which, &text, flags) == CURLUE_OK);
    require(text_is(wanted, text));
    curl_free(text);
}

/* The same name in any case, or the same address in any of its forms. */
static int is_same_host(const char *host, const char *other)
{
    struct sockaddr_storage a, b;
    bool address = address_parse(host, &a);
    require(address == address_parse(other, &b));
    return address ? memcmp(&a, &b, sizeof a) == 0 : text_is_ignoring_case(text_of(host), other);
}

static void compare_with_libcurl(const char *text, const struct url *url)
{
    char port[8];
    snprintf(port, sizeof port, "%u", url->port);
    CURLU *curl = curl_url();
    require(curl && curl_url_set(curl, CURLUPART_URL, text, 0) == CURLUE_OK);
    require_part(curl, CURLUPART_SCHEME, 0, text_of(url->https ? "https" : "http"));
    require_part(curl, CURLUPART_PORT, CURLU_DEFAULT_PORT, text_of(port));
    require_part(curl, CURLUPART_PATH, 0, url->path);
    if (url->query.size) require_part(curl, CURLUPART_QUERY, 0, url->query);
    char *host = NULL, *user = NULL;
    require(curl_url_get(curl, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    require(is_same_host(host, url->host));
    require(curl_url_get(curl, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
    require(curl_url_get(curl, CURLUPART_FRAGMENT, &user, 0) == CURLUE_NO_FRAGMENT);
    curl_free(host);
    curl_url_cleanup(curl);
}

static void compare_with_itself(const struct url *url)
{
    struct url again;
    char origin[URL_ORIGIN_SIZE], *whole = NULL;
    int size = asprintf(&whole, "%s%.*s%s%.*s", url_origin(url, origin), TEXT_ARGS(url->path),
                        url->query.data ? "?" : "", TEXT_ARGS(url->query));
    require(size >= 0);
    if ((size_t)size <= URL_LIMIT) {
        require(url_read((postern_text){whole, (size_t)size}, &again) == URL_FINE);
        require(url_same_origin(url, &again));
        require(text_equal(url->path, again.path) && text_equal(url->query, again.query));
    }
    free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    postern_text text = {(const char *)data, size};
    struct url url;
    if (url_read(text, &url) != URL_FINE) return 0;
    require(url_check_path(url.path) == URL_FINE);
    char *string = text_duplicate(text);
    if (!string) return 0;
    require(strlen(string) == size);
    compare_with_libcurl(string, &url);
    compare_with_itself(&url);
    free(string);
    return 0;
}
