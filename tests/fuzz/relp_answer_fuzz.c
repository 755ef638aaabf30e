/* links: syslog_files */
/* An answer of a RELP receiver: what is read lies in the text, a whole one is whole in no shorter piece, and
 * more bytes behind it change nothing. */
#include "relp_answer.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define require(holds) ((holds) ? (void)0 : abort())

static void check_inside(postern_text part, const char *from, const char *end)
{
    require(part.size == 0 || (part.data >= from && kit_end(part) <= end));
}

static void check_whole(postern_text text, const struct relp_answer *answer, size_t size)
{
    struct relp_answer again;
    size_t again_size;
    const char *end = text.data + size;
    require(size > 0 && size <= text.size && end[-1] == '\n');
    require(answer->number <= RELP_HIGHEST_NUMBER && answer->code >= 0 && answer->code < 1000);
    check_inside(answer->command, text.data, end);
    check_inside(answer->data, text.data, end);
    check_inside(answer->text, text.data, end);
    require(relp_answer_read(kit_span(text.data, size), &again, &again_size) == RELP_WHOLE &&
            again_size == size);
    require(relp_answer_read(kit_span(text.data, size - 1), &again, &again_size) == RELP_PARTIAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    postern_text rest = {(const char *)data, size};
    for (;;) {
        struct relp_answer answer;
        size_t used;
        enum relp_reading reading = relp_answer_read(rest, &answer, &used);
        /* What is no RELP stays none, and a piece of an answer is not longer than one can be. */
        require(reading != RELP_PARTIAL || rest.size <= RELP_ANSWER_LIMIT + 64);
        if (reading != RELP_WHOLE) return 0;
        check_whole(rest, &answer, used);
        rest = kit_span(rest.data + used, rest.size - used);
    }
}
