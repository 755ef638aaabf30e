#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_mode(const postern_host *host, mode_t *mode)
{
    postern_text text = kit_option_text(host, "mode");
    char digits[8] = "", *end = digits;
    if (text.size < sizeof digits) memcpy(digits, text.data, text.size);
    *mode = (mode_t)strtoul(digits, &end, 8);
    return *end == '\0' && end != digits && (*mode & ~(mode_t)0666) == 0;
}

/* "true" is what `compress` was when there was gzip alone. */
static const struct packing *read_packing(const postern_host *host)
{
    postern_text chosen = kit_option_text(host, "compress");
    for (const struct packing *const *packing = packings; *packing; packing++)
        if (kit_is(chosen, (*packing)->name)) return *packing;
    return kit_is(chosen, "true") ? &gzip_packing : NULL;
}

static bool read_sync(const postern_host *host)
{
    return !kit_is(kit_option_text(host, "sync"), "none");
}

static void destroy(void *self)
{
    struct file_sink *sink = self;
    free(sink->template);
    free(sink->hand_over);
    free(sink->buffer);
    free(sink);
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct file_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return POSTERN_E_MEMORY;
    *sink = (struct file_sink){.host = host,
                               .log = host->service(host, POSTERN_SERVICE_LOG),
                               .failpoint = host->service(host, "failpoint/1"),
                               .template = kit_option_string(host, "path"),
                               .directory = -1,
                               .buffer = malloc(BUFFER_SIZE),
                               .rotate_size = kit_option_integer(host, "rotate_size"),
                               .rotate_age_ms = kit_option_integer(host, "rotate_age"),
                               .keep = kit_option_integer(host, "keep"),
                               .open_files = kit_option_integer(host, "open_files"),
                               .packing = read_packing(host),
                               .hand_over = kit_option_string(host, "hand_over"),
                               .pick_up = -1,
                               .syncs = read_sync(host)};
    bool mode_is_valid = read_mode(host, &sink->mode);
    bool is_whole = sink->template && sink->buffer;
    if (is_whole) sink->fixed = template_fixed(sink->template);
    bool path_can_be = is_whole && template_can_be(sink);
    bool never_rotates = sink->rotate_size <= 0 && sink->rotate_age_ms <= 0;
    bool hands_nothing = sink->hand_over && never_rotates;
    if (path_can_be && mode_is_valid && !hands_nothing) {
        *self = sink;
        return POSTERN_OK;
    }
    destroy(sink);
    if (!is_whole) return POSTERN_E_MEMORY;
    if (!path_can_be)
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "path must name a file, with names and a whole that are not too long for one");
    if (hands_nothing)
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "hand_over needs rotate_size or rotate_age: without them no file is ever finished");
    return kit_fail(error, POSTERN_E_CONFIG, NULL,
                    "mode must be octal read and write rights such as \"0640\"");
}

static void close_all(void *self)
{
    struct file_sink *sink = self;
    files_forget_all(sink);
    free(sink->served);
    sink->served = NULL;
    sink->served_count = 0;
    sink->made[0] = '\0';
    hand_over_close(sink);
    if (sink->directory >= 0) close(sink->directory);
    sink->directory = -1;
}

/* Only what a crash may have left half done is looked at now: all else when it is written to. */
static postern_status take_over(struct file_sink *sink, const postern_pair *entry, int64_t now_ms,
                                postern_error *error)
{
    char path[PATH_LIMIT];
    if (entry->name.size >= sizeof path) return POSTERN_OK;
    memcpy(path, entry->name.data, entry->name.size);
    path[entry->name.size] = '\0';
    struct file *file = files_find(sink, path);
    if (!file) return POSTERN_E_MEMORY;
    if (!record_read(entry->value, file, now_ms) || !file->rotating) return POSTERN_OK;
    return record_recover(sink, file, now_ms, error);
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    struct file_sink *sink = self;
    postern_status status = below_open_root(sink, error);
    if (status >= 0) status = hand_over_open(sink, error);
    for (size_t i = 0; i < state_count && status >= 0; i++)
        status = take_over(sink, &state[i], call->steady_ms, error);
    if (status < 0) close_all(sink);
    return status;
}

/* Rotation by age, and forgetting records of files that nothing was written to for long. */
static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    struct file_sink *sink = self;
    bool changed = false;
    postern_status there = below_check_root(sink, error);
    if (there < 0) return there;
    for (struct file *file = files_after(sink, NULL), *next; file; file = next) {
        next = files_after(sink, file);
        if (call->steady_ms - file->used_ms > RECORD_KEPT_MS) {
            postern_status status = result->set_state(result, kit_text(file->path), kit_text(""));
            if (status < 0) return status;
            files_forget(sink, file);
        } else if (file->rotating || rotation_is_due(sink, file, call->steady_ms)) {
            postern_status status = file_prepare(sink, file, NULL, call->steady_ms, result, error);
            if (status == PATH_CANNOT_BE) /* the next event that leads there is rejected and says why */
                file->rotating = file->recorded = false;
            else if (status < 0)
                return status;
            changed = changed || status == POSTERN_COMMIT_STATE;
        }
    }
    return changed ? POSTERN_COMMIT_STATE : POSTERN_OK;
}

static const char *const kinds[] = {"false", "true", "gzip", "zstd", NULL};
static const char *const syncs[] = {"batch", "none", NULL};

static const postern_option *const options[] = {
    KIT_OPTION(PATH, "path", NULL,
               "where to write; may hold %{account} %{source} %{stream} %{type} %{date} (UTC day of receipt)",
               .flags = POSTERN_OPTION_REQUIRED | POSTERN_OPTION_TEMPLATES),
    KIT_OPTION(SIZE, "rotate_size", "0B", "begin a new file when this size is reached; 0B = never"),
    KIT_OPTION(DURATION, "rotate_age", "0s", "begin a new file when the first line is this old; 0s = never"),
    KIT_OPTION(TEXT, "compress", "false", "pack rotated files: gzip (or true), zstd, or false",
               .choices = kinds),
    KIT_OPTION(INTEGER, "keep", "0", "how many rotated files of a path to keep; 0 = all", .minimum = 0,
               .maximum = INT32_MAX),
    KIT_OPTION(TEXT, "mode", "0640", "rights of new files, octal"),
    KIT_OPTION(INTEGER, "open_files", "64", "the most files to hold open at once; a batch may go to more",
               .minimum = 1, .maximum = 100000),
    KIT_OPTION(PATH, "hand_over", NULL,
               "rotated files go to this folder, on the same file system, by one rename"),
    KIT_OPTION(TEXT, "sync", "batch",
               "when lines are put on the disk: with each batch, or none: when the system likes, and a power "
               "cut may "
               "take delivered lines",
               .choices = syncs),
    NULL,
};

/* What is there at once, without waiting for more: each batch costs a sync of each of its files. */
static const postern_batching batching = {.size = sizeof batching, .events = 5000, .bytes = 4 << 20};

static const postern_sink file_sink = {
    .size = sizeof(postern_sink),
    /* What a crash left half done comes again as it was. */
    .flags = POSTERN_SINK_STABLE_BATCHES | POSTERN_SINK_KNOWS_TEST,
    .name = "file",
    .title = "NDJSON files, exactly once",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = trial_or_write,
    .idle = idle,
    .close = close_all,
};

KIT_MODULE(.needs_minor = 3, /* postern_call.steady_ms, POSTERN_SINK_KNOWS_TEST */
           .name = "file", .version = POSTERN_VERSION, .summary = "Writes events to files, one per line",
           .sinks = KIT_LIST(postern_sink, &file_sink));
