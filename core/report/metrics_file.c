#include "report/metrics_file.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#define FILE_NAME  "metrics.json"
#define SIZE_LIMIT ((size_t)64 << 20)

static void delete_json(cJSON **json)
{
    cJSON_Delete(*json);
}

/* ---- Writing ---- */

static void add_sample(void *context, const struct metric_sample *sample)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", sample->name);
    cJSON_AddStringToObject(object, "kind", sample->kind == METRIC_COUNTER ? "counter" : "gauge");
    cJSON_AddStringToObject(object, "help", sample->help);
    cJSON *labels = cJSON_AddObjectToObject(object, "labels");
    for (size_t i = 0; i < sample->label_count; i++) /* copies, with a NUL behind them */
        cJSON_AddStringToObject(labels, sample->labels[i].name.data, sample->labels[i].value.data);
    if (isfinite(sample->value))
        cJSON_AddNumberToObject(object, "value", sample->value);
    else
        cJSON_AddNullToObject(object, "value");
    cJSON_AddItemToArray(context, object);
}

static postern_status replace(const char *path, const char *text, postern_error *error)
{
    _cleanup_(freep) char *fresh = NULL;
    if (asprintf(&fresh, "%s.new", path) < 0) return fresh = NULL, error_no_memory(error, NULL);
    _cleanup_(closep) int fd =
        open(fresh, O_WRONLY | O_NONBLOCK | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int problem = fd < 0 ? errno : file_write_all(fd, text, strlen(text));
    /* A power cut leaves the old one or the new one, whole. */
    if (problem == 0 && fdatasync(fd) < 0) problem = errno;
    if (problem == 0 && rename(fresh, path) < 0) problem = errno;
    if (problem == 0) return POSTERN_OK;
    return error_set_errno(error, POSTERN_E_IO, problem, "the metrics cannot be written to %s", path);
}

postern_status metrics_file_open(struct metrics_file *file, const char *state_directory, postern_error *error)
{
    *file = (struct metrics_file){.path = path_join(state_directory, FILE_NAME)};
    return file->path ? POSTERN_OK : error_no_memory(error, NULL);
}

postern_status metrics_file_write(struct metrics_file *file, struct metrics *metrics, int64_t now_ms,
                                  postern_error *error)
{
    _cleanup_(delete_json) cJSON *root = cJSON_CreateObject();
    cJSON *series = cJSON_CreateArray();
    metrics_each(metrics, add_sample, series);
    _cleanup_(freep) char *text = series ? cJSON_PrintUnformatted(series) : NULL;
    bool same = text && file->written && strcmp(text, file->written) == 0;
    cJSON_AddNumberToObject(root, "written", (double)now_ms);
    cJSON_AddItemToObject(root, "series", series);
    if (same) return POSTERN_OK;
    _cleanup_(freep) char *whole = cJSON_PrintUnformatted(root);
    if (!text || !whole) return error_no_memory(error, NULL);
    postern_status status = replace(file->path, whole, error);
    if (status < 0) return status;
    free(file->written);
    file->written = STEAL_POINTER(text);
    return POSTERN_OK;
}

void metrics_file_close(struct metrics_file *file)
{
    free(file->path);
    free(file->written);
    *file = (struct metrics_file){0};
}

/* ---- Reading ---- */

postern_status metrics_file_read(const char *state_directory, cJSON **root, postern_error *error)
{
    _cleanup_(freep) char *path = path_join(state_directory, FILE_NAME);
    _cleanup_(buffer_free) struct buffer text = {.limit = SIZE_LIMIT + 1};
    if (!path) return error_no_memory(error, NULL);
    if (access(path, F_OK) < 0 && errno == ENOENT) return POSTERN_OK;
    postern_status status = file_read(path, SIZE_LIMIT, &text, error);
    if (status < 0) return status;
    *root = cJSON_ParseWithLength(text.data, text.size);
    return *root ? POSTERN_OK : error_set(error, POSTERN_E_PROTOCOL, "%s is no JSON", path);
}
