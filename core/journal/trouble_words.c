#include "journal/trouble_words.h"

#include <stdlib.h>
#include <string.h>

struct trouble_words *trouble_words_new(const char *error, const char *remedy, const char *request_id)
{
    if (!error || !error[0]) return NULL;
    if (!remedy) remedy = "";
    if (!request_id) request_id = "";
    size_t error_size = strlen(error) + 1, remedy_size = strlen(remedy) + 1, id_size = strlen(request_id) + 1;
    struct trouble_words *words = malloc(sizeof *words + error_size + remedy_size + id_size);
    if (!words) return NULL;
    words->since_ms = 0;
    memcpy(words->error, error, error_size);
    words->remedy = memcpy(words->error + error_size, remedy, remedy_size);
    words->request_id = memcpy(words->error + error_size + remedy_size, request_id, id_size);
    return words;
}

int64_t trouble_since(const struct trouble_words *words)
{
    return words ? words->since_ms : 0;
}

const char *trouble_error(const struct trouble_words *words)
{
    return words ? words->error : "";
}

const char *trouble_remedy(const struct trouble_words *words)
{
    return words ? words->remedy : "";
}

const char *trouble_request_id(const struct trouble_words *words)
{
    return words ? words->request_id : "";
}
