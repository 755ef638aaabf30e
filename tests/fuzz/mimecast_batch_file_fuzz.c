/* links: postern_module mimecast_files */
/* A file of a batch of API 2.0: gzip, lines, lists. The first byte chooses try and status, or that it was set
 * aside. */
#include "mimecast_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    unsigned choice = data[0];
    const struct fuzz_answer file = {.source = &siem_ci_source,
                                     .body = {(const char *)data + 1, size - 1},
                                     .attempt = choice & 1 ? 4 : 1,
                                     .status = choice & 2 ? 403 : 200,
                                     .download = choice & 4 ? "/" : "/bucket/cg/1.json.gz",
                                     .was_set_aside = (choice & 8) != 0};
    answer_source(&file);
    return 0;
}
