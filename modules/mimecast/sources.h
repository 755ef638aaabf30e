/* The sources and lookups of this module, and how they are let in. */
#ifndef MIMECAST_SOURCES_H
#define MIMECAST_SOURCES_H

#include <postern/module.h>

extern const postern_auth mimecast_1_0, mimecast_2_0;

extern const postern_source siem_source;
extern const postern_source siem_ci_source;
extern const postern_source audit_source;
extern const postern_source ttp_url_source;
extern const postern_source ttp_attachment_source;
extern const postern_source ttp_impersonation_source;
extern const postern_source dlp_source;
extern const postern_source held_release_source;
extern const postern_source rejections_source;
extern const postern_source archive_search_source;
extern const postern_source archive_view_source;
extern const postern_source remediation_source;
extern const postern_source hold_queue_source;
extern const postern_source threat_intel_source;
extern const postern_source reported_emails_source;
extern const postern_source threat_events_source;

extern const postern_lookup trace_lookup_1_0, trace_lookup_2_0;

#endif
