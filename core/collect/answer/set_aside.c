#include "collect/answer/set_aside.h"
#include "base/array.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

postern_status answer_set_aside(struct answer *answer, postern_text name, postern_text bytes,
                                postern_text type, const char *reason)
{
    if (!array_extend(&answer->dead, answer->dead_count, sizeof(struct dead_letter *)))
        return error_no_memory(&answer->error, NULL);
    struct dead_letter *letter = calloc(1, sizeof *letter);
    if (!letter) return error_no_memory(&answer->error, NULL);
    answer->dead[answer->dead_count++] = letter;
    answer->set_aside++;
    snprintf(letter->account, sizeof letter->account, "%s", answer->account);
    snprintf(letter->source, sizeof letter->source, "%s", answer->source->name);
    snprintf(letter->stream, sizeof letter->stream, "%s", answer->stream);
    letter->stage = DEAD_COLLECT;
    text_to_string(type, letter->type, sizeof letter->type);
    letter->created_ms = letter->received_ms = answer->received_ms;
    letter->name = name.size ? text_duplicate(name) : NULL;
    size_t kept = bytes.size < answer->limits.dead_size ? bytes.size : answer->limits.dead_size;
    letter->bytes = (postern_text){text_duplicate((postern_text){bytes.data, kept}), kept};
    if (!reason || !reason[0]) reason = "could not be read";
    int length = kept == bytes.size ? asprintf(&letter->reason, "%s", reason)
                                    : asprintf(&letter->reason, "%s (the first %zu of %zu bytes are kept)",
                                               reason, kept, bytes.size);
    if (length < 0) letter->reason = NULL;
    unsigned char hash[32];
    digest_sha256(bytes, hash);
    memcpy(letter->event_id, hash, EVENT_ID_SIZE);
    if (!letter->reason || !letter->bytes.data || (name.size && !letter->name))
        return error_no_memory(&answer->error, NULL);
    return POSTERN_OK;
}

void dead_letter_free(struct dead_letter *letter)
{
    free(letter->reason);
    free(letter->name);
    free((char *)(uintptr_t)letter->bytes.data);
    free(letter);
}
