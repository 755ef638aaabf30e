#include "http/library.h"
#include <curl/curl.h>

bool http_library_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}
