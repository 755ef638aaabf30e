/* Counters and gauges of this process: series are made once, by name and labels, and added to without a lock.
 */
#ifndef POSTERN_REPORT_METRICS_H
#define POSTERN_REPORT_METRICS_H

#include <postern/module.h>

struct metrics;

/* The series of one source or sink: its name is a label of each of them. */
struct metric_group;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

#define METRIC_SERIES_LIMIT 1000 /* of one group */
#define METRIC_LABELS_LIMIT 16   /* of one series, beside the group's */
#define METRIC_NAME_LIMIT   128
#define METRIC_VALUE_LIMIT  256

/* NULL: out of memory. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); /* NULL is fine */

/* The group that has `label` = `value` ("sink" = "files"), made at the first call; lives as long as the
 * metrics, so that an instance that is made anew goes on counting. NULL: out of memory. Any thread. */
struct metric_group *metrics_group(struct metrics *metrics, const char *label, postern_text value);

/* The series of that kind, name and labels (in any order), made at the first call; lives as long as the
 * metrics. Names match [a-z][a-z0-9_]*, and a counter's ends in _total. NULL: out of memory, over a limit, a
 * name or label that is not allowed, or a name that is one of the other kind. Any thread. */
struct postern_metric *metric_find(struct metric_group *group, enum metric_kind kind, const char *name,
                                   const char *help, const postern_pair *labels, size_t label_count);
/* A NULL metric is left alone, and so is a counter that would fall or stop being a number. Any thread. */
void metric_add(struct postern_metric *metric, double amount);
void metric_set(struct postern_metric *metric, double value); /* gauges only */

/* One metric at one moment. */
struct metric_sample {
    const char *name, *help;
    enum metric_kind kind;
    const postern_pair *labels; /* the group's first, then by name */
    size_t label_count;
    double value;
};
/* Calls `each` for every series, groups and series in the order in which they were made. Any thread. */
void metrics_each(struct metrics *metrics, void (*each)(void *context, const struct metric_sample *sample),
                  void *context);

#endif
