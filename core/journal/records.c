#include "journal/records.h"

#include <stdlib.h>
#include <string.h>

/* False if out of memory. */
static bool copy_words(struct trouble_words **to, const struct trouble_words *from)
{
    *to = from ? trouble_words_new(from->error, from->remedy, from->request_id) : NULL;
    if (*to) (*to)->since_ms = from->since_ms;
    return *to || !from;
}

void account_record_clear(struct account_record *record)
{
    free(record->trouble);
    record->trouble = NULL;
}

bool account_record_copy(struct account_record *to, const struct account_record *from)
{
    struct trouble_words *trouble;
    if (!copy_words(&trouble, from->trouble)) return false;
    *to = *from;
    to->trouble = trouble;
    return true;
}

void stream_record_clear(struct stream_record *record)
{
    free(record->position);
    free(record->trouble);
    record->position = NULL;
    record->trouble = NULL;
}

bool stream_record_copy(struct stream_record *to, const struct stream_record *from)
{
    struct trouble_words *trouble;
    char *position = from->position ? strdup(from->position) : NULL;
    if ((from->position && !position) || !copy_words(&trouble, from->trouble)) {
        free(position);
        return false;
    }
    *to = *from;
    to->position = position;
    to->trouble = trouble;
    return true;
}

const char *delivery_sink(const struct delivery_record *delivery)
{
    const char *slash = strchr(delivery->name, '/');
    return slash ? slash + 1 : delivery->name;
}
