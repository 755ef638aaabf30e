#include "report/metrics.h"
#include "base/text.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct postern_metric {
    struct postern_metric *next;
    enum metric_kind kind;
    char *name, *help;
    postern_pair *labels; /* the group's first, then by name; texts are malloc'ed */
    size_t label_count;
    _Atomic uint64_t bits; /* of the value, a double */
};

struct metric_group {
    struct metric_group *next;
    struct metrics *metrics;
    char *label, *value;
    struct postern_metric *first, **last;
    size_t count;
};

struct metrics {
    pthread_mutex_t lock; /* of all but the values */
    struct metric_group *first, **last;
};

/* ---- Values ---- */

static double value_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

void metric_add(struct postern_metric *metric, double amount)
{
    if (!metric || (metric->kind == METRIC_COUNTER && !(amount >= 0 && isfinite(amount)))) return;
    uint64_t before = atomic_load_explicit(&metric->bits, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&metric->bits, &before, bits_of(value_of(before) + amount),
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

void metric_set(struct postern_metric *metric, double value)
{
    if (!metric || metric->kind != METRIC_GAUGE) return;
    atomic_store_explicit(&metric->bits, bits_of(value), memory_order_relaxed);
}

/* ---- Names ---- */

static bool is_name(postern_text name)
{
    if (name.size == 0 || name.size > METRIC_NAME_LIMIT || name.data[0] < 'a' || name.data[0] > 'z')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return text_compare(((const postern_pair *)a)->name, ((const postern_pair *)b)->name);
}

/* Sorts the labels into `sorted`; false if one is not allowed or comes twice. */
static bool sort_labels(const struct metric_group *group, const postern_pair *labels, size_t count,
                        postern_pair *sorted)
{
    if (count > METRIC_LABELS_LIMIT) return false;
    for (size_t i = 0; i < count; i++) {
        bool good = is_name(labels[i].name) && !text_is(labels[i].name, group->label) &&
                    labels[i].value.size <= METRIC_VALUE_LIMIT && text_is_utf8(labels[i].value) &&
                    (labels[i].value.size == 0 || !memchr(labels[i].value.data, 0, labels[i].value.size));
        if (!good) return false;
        sorted[i] = labels[i];
    }
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < count; i++)
        if (text_equal(sorted[i].name, sorted[i - 1].name)) return false;
    return true;
}

static bool has_labels(const struct postern_metric *metric, const postern_pair *sorted, size_t count)
{
    if (metric->label_count != count + 1) return false;
    for (size_t i = 0; i < count; i++)
        if (!text_equal(metric->labels[i + 1].name, sorted[i].name) ||
            !text_equal(metric->labels[i + 1].value, sorted[i].value))
            return false;
    return true;
}

/* ---- Making ---- */

static void free_metric(struct postern_metric *metric)
{
    for (size_t i = 0; metric->labels && i < metric->label_count; i++) {
        free((char *)(uintptr_t)metric->labels[i].name.data);
        free((char *)(uintptr_t)metric->labels[i].value.data);
    }
    free(metric->labels);
    free(metric->name);
    free(metric->help);
    free(metric);
}

static bool copy_text(postern_text *into, postern_text from)
{
    *into = (postern_text){text_duplicate(from), from.size};
    return into->data != NULL;
}

static bool copy_labels(struct postern_metric *metric, const struct metric_group *group,
                        const postern_pair *sorted, size_t count)
{
    metric->labels = calloc(count + 1, sizeof *metric->labels);
    if (!metric->labels) return false;
    metric->label_count = count + 1;
    bool good = copy_text(&metric->labels[0].name, text_of(group->label)) &&
                copy_text(&metric->labels[0].value, text_of(group->value));
    for (size_t i = 0; good && i < count; i++)
        good = copy_text(&metric->labels[i + 1].name, sorted[i].name) &&
               copy_text(&metric->labels[i + 1].value, sorted[i].value);
    return good;
}

static bool is_of_other_kind(const struct metrics *metrics, const char *name, enum metric_kind kind)
{
    for (const struct metric_group *group = metrics->first; group; group = group->next)
        for (const struct postern_metric *metric = group->first; metric; metric = metric->next)
            if (metric->kind != kind && strcmp(metric->name, name) == 0) return true;
    return false;
}

static struct postern_metric *make(struct metric_group *group, enum metric_kind kind, const char *name,
                                   const char *help, const postern_pair *sorted, size_t count)
{
    if (group->count == METRIC_SERIES_LIMIT || is_of_other_kind(group->metrics, name, kind)) return NULL;
    struct postern_metric *metric = calloc(1, sizeof *metric);
    if (!metric) return NULL;
    metric->kind = kind;
    metric->name = strdup(name);
    metric->help = strdup(help && text_is_utf8(text_of(help)) ? help : "");
    if (!metric->name || !metric->help || !copy_labels(metric, group, sorted, count)) {
        free_metric(metric);
        return NULL;
    }
    *group->last = metric;
    group->last = &metric->next;
    group->count++;
    return metric;
}

struct postern_metric *metric_find(struct metric_group *group, enum metric_kind kind, const char *name,
                                   const char *help, const postern_pair *labels, size_t label_count)
{
    postern_pair sorted[METRIC_LABELS_LIMIT];
    bool good = name && is_name(text_of(name)) && sort_labels(group, labels, label_count, sorted) &&
                (kind != METRIC_COUNTER || text_ends_with(text_of(name), "_total"));
    if (!good) return NULL;
    pthread_mutex_lock(&group->metrics->lock);
    struct postern_metric *metric = group->first;
    while (metric && (metric->kind != kind || strcmp(metric->name, name) != 0 ||
                      !has_labels(metric, sorted, label_count)))
        metric = metric->next;
    if (!metric) metric = make(group, kind, name, help, sorted, label_count);
    pthread_mutex_unlock(&group->metrics->lock);
    return metric;
}

/* ---- Groups ---- */

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics) return NULL;
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->last = &metrics->first;
    return metrics;
}

static void free_group(struct metric_group *group)
{
    for (struct postern_metric *metric = group->first, *next; metric; metric = next) {
        next = metric->next;
        free_metric(metric);
    }
    free(group->label);
    free(group->value);
    free(group);
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics) return;
    for (struct metric_group *group = metrics->first, *next; group; group = next) {
        next = group->next;
        free_group(group);
    }
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

static struct metric_group *make_group(struct metrics *metrics, const char *label, postern_text value)
{
    struct metric_group *group = calloc(1, sizeof *group);
    if (!group) return NULL;
    *group = (struct metric_group){
        .metrics = metrics, .label = strdup(label), .value = text_duplicate(value), .last = &group->first};
    if (!group->label || !group->value) {
        free_group(group);
        return NULL;
    }
    *metrics->last = group;
    metrics->last = &group->next;
    return group;
}

struct metric_group *metrics_group(struct metrics *metrics, const char *label, postern_text value)
{
    pthread_mutex_lock(&metrics->lock);
    struct metric_group *group = metrics->first;
    while (group && (strcmp(group->label, label) != 0 || !text_is(value, group->value)))
        group = group->next;
    if (!group) group = make_group(metrics, label, value);
    pthread_mutex_unlock(&metrics->lock);
    return group;
}

void metrics_each(struct metrics *metrics, void (*each)(void *context, const struct metric_sample *sample),
                  void *context)
{
    pthread_mutex_lock(&metrics->lock);
    for (const struct metric_group *group = metrics->first; group; group = group->next)
        for (struct postern_metric *metric = group->first; metric; metric = metric->next)
            each(context, &(struct metric_sample){
                              .name = metric->name,
                              .help = metric->help,
                              .kind = metric->kind,
                              .labels = metric->labels,
                              .label_count = metric->label_count,
                              .value = value_of(atomic_load_explicit(&metric->bits, memory_order_relaxed))});
    pthread_mutex_unlock(&metrics->lock);
}
