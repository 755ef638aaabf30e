/* links: postern_module mimecast_files */
/* A page of a list of API 2.0 outside of /api. The first byte chooses the list, the try, the status and
 * whether it was set aside. */
#include "mimecast_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    unsigned choice = data[0];
    const struct fuzz_answer page = {.source = choice & 1 ? &threat_events_source : &reported_emails_source,
                                     .body = {(const char *)data + 1, size - 1},
                                     .attempt = choice & 2 ? 4 : 1,
                                     .status = choice & 4 ? 403 : 200,
                                     .was_set_aside = choice & 8};
    answer_source(&page);
    return 0;
}
