/* Module mimecast: the logs of a Mimecast account. */
#include "sources.h"

static const postern_source *const sources[] = {
    &siem_source,
    &siem_ci_source,
    &audit_source,
    &ttp_url_source,
    &ttp_attachment_source,
    &ttp_impersonation_source,
    &dlp_source,
    &held_release_source,
    &rejections_source,
    &archive_search_source,
    &archive_view_source,
    &remediation_source,
    &hold_queue_source,
    &threat_intel_source,
    &reported_emails_source,
    &threat_events_source,
    NULL,
};

static const postern_auth *const auths[] = {&mimecast_1_0, &mimecast_2_0, NULL};

static const postern_lookup *const lookups[] = {&trace_lookup_1_0, &trace_lookup_2_0, NULL};

POSTERN_EXPORT const postern_module postern_module_entry = {
    .size = sizeof postern_module_entry,
    .magic = POSTERN_MODULE_MAGIC,
    .abi_major = POSTERN_ABI_MAJOR,
    .abi_minor = POSTERN_ABI_MINOR,
    .name = "mimecast",
    .version = POSTERN_VERSION,
    .summary = "Mimecast: the logs of an account over its APIs 1.0 and 2.0",
    .sources = sources,
    .auths = auths,
    .lookups = lookups,
};
