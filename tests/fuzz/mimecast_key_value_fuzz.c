/* links: postern_module mimecast_files */
/* A file in the key_value format. */
#include "mimecast_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const postern_pair token = {TEXT("mc-siem-token"), TEXT("next")};
    static const char first[] = "datetime="; /* so that it is taken for this format */
    size_t whole = sizeof first - 1 + size;
    char *text = malloc(whole);
    if (!text) return 0;
    memcpy(text, first, sizeof first - 1);
    if (size) memcpy(text + sizeof first - 1, data, size);
    answer_source(&siem_source, (postern_text){text, whole}, 4, 200, &token, 1);
    free(text);
    return 0;
}
