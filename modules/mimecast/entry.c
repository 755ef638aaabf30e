/* Module mimecast: the logs of a Mimecast account. */
#include "sources.h"
#include <postern/kit.h>

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

KIT_MODULE(.name = "mimecast", .version = POSTERN_VERSION,
           .summary = "Mimecast: the logs of an account over its APIs 1.0 and 2.0", .sources = sources,
           .auths = KIT_LIST(postern_auth, &mimecast_1_0, &mimecast_2_0),
           .lookups = KIT_LIST(postern_lookup, &trace_lookup_1_0, &trace_lookup_2_0));
