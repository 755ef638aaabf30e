/* links: postern_module mimecast_files */
/* An answer of get-siem-logs: zip, JSON or key_value. The first byte chooses try, status and headers. */
#include "mimecast_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const postern_pair headers[] = {
        {TEXT("mc-siem-token"), TEXT("next")},
        {TEXT("content-disposition"), TEXT("attachment; filename=\"receipt_1.json\"")},
    };
    if (size == 0) return 0;
    unsigned choice = data[0];
    const struct fuzz_answer file = {.source = &siem_source,
                                     .body = {(const char *)data + 1, size - 1},
                                     .attempt = choice & 1 ? 4 : 1,
                                     .status = choice & 2 ? 403 : 200,
                                     .headers = headers,
                                     .header_count = choice >> 2 & 3 ? 2 : 0};
    answer_source(&file);
    return 0;
}
