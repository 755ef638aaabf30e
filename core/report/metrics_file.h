/* What the metrics of a running daemon show, left in its state directory for other processes. */
#ifndef POSTERN_REPORT_METRICS_FILE_H
#define POSTERN_REPORT_METRICS_FILE_H

#include "report/metrics.h"

struct cJSON;

/* Where, and what stands there. */
struct metrics_file {
    char *path, *written; /* NULL = nothing yet */
};

postern_status metrics_file_open(struct metrics_file *file, const char *state_directory,
                                 postern_error *error);
/* Replaces the file (0600) in one step, if anything has changed since. */
postern_status metrics_file_write(struct metrics_file *file, struct metrics *metrics, int64_t now_ms,
                                  postern_error *error);
void metrics_file_close(struct metrics_file *file);

/* { "written": ms, "series": [...] } as it was left; *root stays NULL if there is none. The caller frees it
 * with cJSON_Delete. */
postern_status metrics_file_read(const char *state_directory, struct cJSON **root, postern_error *error);

#endif
