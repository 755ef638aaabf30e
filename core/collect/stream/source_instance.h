/* A source as configured, created once and shared by the streams of all accounts; each stream that it
 * declares has settings of its own. */
#ifndef POSTERN_COLLECT_STREAM_SOURCE_INSTANCE_H
#define POSTERN_COLLECT_STREAM_SOURCE_INSTANCE_H

#include "collect/plan/window.h"
#include "config/config.h"
#include "module/instance.h"
#include "module/registry.h"

struct stream_settings {
    int64_t interval_ms, remember_ms, overlap_ms, give_up_file_ms;
    int64_t permission_recheck_ms, license_recheck_ms;
    const char *quota;                    /* which one of its account; the module's memory */
    int64_t quota_calls, quota_window_ms; /* 0 = it is under none */
    struct window_settings window;
};

struct source_instance {
    const postern_source *source;
    void *self;
    struct stream_settings *settings; /* in the order of the source's streams */
    struct module_instance *module;
    postern_options *account_defaults; /* for accounts that set nothing for this source; NULL = no options */
};

/* Those of a stream that the source declares. */
const struct stream_settings *source_instance_settings(const struct source_instance *instance,
                                                       const postern_stream *stream);

/* The configured values are copied. */
postern_status source_instance_create(struct module_registry *registry, const postern_source *source,
                                      const struct config_source *config, struct source_instance *instance,
                                      postern_error *error);
void source_instance_destroy(struct source_instance *instance);

#endif
