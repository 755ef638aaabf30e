/* links: postern_module mimecast_files */
/* A page that lists the files of a batch of API 2.0. The first byte chooses try and status. */
#include "mimecast_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    unsigned choice = data[0];
    const struct fuzz_answer page = {.source = &siem_ci_source,
                                     .body = {(const char *)data + 1, size - 1},
                                     .attempt = choice & 1 ? 4 : 1,
                                     .status = choice & 2 ? 400 : 200};
    answer_source(&page);
    return 0;
}
