/* links: postern_module mimecast_files */
/* A page of the endpoints that are read by time range. The first byte chooses the endpoint, the try and the
 * status. */
#include "mimecast_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const postern_source *const sources[2][5] = {
        {&audit_source, &ttp_url_source, &ttp_attachment_source, &ttp_impersonation_source, &dlp_source},
        {&rejections_source, &held_release_source, &archive_search_source, &archive_view_source,
         &remediation_source}};
    static const int32_t statuses[] = {200, 200, 200, 400, 401, 403, 418};
    if (size == 0) return 0;
    unsigned choice = data[0];
    const struct fuzz_answer page = {.source = sources[choice >> 7][choice % 5],
                                     .body = {(const char *)data + 1, size - 1},
                                     .attempt = choice & 64 ? 4 : 1,
                                     .status = statuses[choice / 5 % 7]};
    answer_source(&page);
    return 0;
}
