#include "http_sink.h"

enum fate fate_of(const struct writing *writing, size_t member)
{
    return (enum fate)writing->fates[writing->request.members[member]];
}

size_t count_open(const struct writing *writing)
{
    size_t count = 0;
    for (size_t i = 0; i < writing->request.count; i++)
        count += fate_of(writing, i) == FATE_OPEN;
    return count;
}

static void settle(struct writing *writing, size_t index, enum fate fate, postern_status status)
{
    writing->fates[index] = (unsigned char)fate;
    if (status < 0 && writing->status >= 0) writing->status = status;
}

void settle_event_accepted(struct writing *writing, size_t index)
{
    if (writing->fates[index] >= FATE_ACCEPTED) return;
    writing->accepted++;
    settle(writing, index, FATE_ACCEPTED, writing->result->accept(writing->result, index));
}

void settle_accepted(struct writing *writing, size_t member)
{
    settle_event_accepted(writing, writing->request.members[member]);
}

void settle_rejected(struct writing *writing, size_t member, const char *kind, const char *format, ...)
{
    size_t index = writing->request.members[member];
    char words[sizeof writing->first_words];
    va_list arguments;
    if (writing->fates[index] >= FATE_ACCEPTED) return;
    va_start(arguments, format);
    print_words(words, sizeof words - strlen(writing->request_mark), format, arguments);
    va_end(arguments);
    memcpy(words + strlen(words), writing->request_mark, strlen(writing->request_mark) + 1);
    if (writing->rejected++ == 0) {
        writing->reason = kind;
        writing->for_one_reason = true;
        memcpy(writing->first_words, words, sizeof words);
    }
    writing->for_one_reason = writing->for_one_reason && strcmp(writing->reason, kind) == 0;
    settle(writing, index, FATE_REJECTED, writing->result->reject(writing->result, index, words));
}
