/* links: postern_module mimecast_files */
/* A file of threat intelligence. The first byte chooses the try, the status, whether the answer names the
 * place behind it and whether it was set aside. */
#include "mimecast_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const postern_pair token = {{"x-mc-threat-feed-next-token", 27}, {"t", 1}};
    if (size == 0) return 0;
    unsigned choice = data[0];
    const struct fuzz_answer file = {.source = &threat_intel_source,
                                     .body = {(const char *)data + 1, size - 1},
                                     .attempt = choice & 2 ? 4 : 1,
                                     .status = choice & 4 ? 403 : 200,
                                     .headers = &token,
                                     .header_count = choice & 1,
                                     .was_set_aside = choice & 8};
    answer_source(&file);
    return 0;
}
