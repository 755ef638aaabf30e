#include "http/method.h"
#include <string.h>

static const struct http_method {
    const char *name;
    bool body; /* one is always sent, be it empty */
} methods[] = {
    {"GET", false}, {"POST", true}, {"PUT", true}, {"PATCH", true}, {"DELETE", false}, {"HEAD", false},
};

static const struct http_method *find_method(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0) return &methods[i];
    return NULL;
}

bool method_is_known(const char *name)
{
    return find_method(name) != NULL;
}

void method_set(CURL *easy, const struct http_exchange *exchange)
{
    bool is_head = strcmp(exchange->method, "HEAD") == 0, is_get = strcmp(exchange->method, "GET") == 0;
    curl_easy_setopt(easy, CURLOPT_NOBODY, (long)is_head);
    if (is_head || is_get) return;
    if (exchange->body.size || find_method(exchange->method)->body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.size);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->body.size ? exchange->body.data : "");
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->method);
}
