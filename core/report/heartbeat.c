#include "report/heartbeat.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "heartbeat.json"
#define FILE_SIZE 32768
/* A reader may come in the middle of a write. */
#define READ_TRIES   20
#define READ_WAIT_US 5000

static void delete_json(cJSON **json)
{
    cJSON_Delete(*json);
}

/* ---- The tables: one place for writing and reading ---- */

struct number_field {
    const char *name;
    size_t offset;
};

static const struct number_field numbers[] = {
    {"pid", offsetof(struct heartbeat, pid)},
    {"started", offsetof(struct heartbeat, started_ms)},
    {"written", offsetof(struct heartbeat, written_ms)},
    {"monotonic", offsetof(struct heartbeat, monotonic_ms)},
    {"parts_standing", offsetof(struct heartbeat, part_total)},
    {"space_since", offsetof(struct heartbeat, space.since_ms)},
    {"ended", offsetof(struct heartbeat, ended_ms)},
    {"stalled", offsetof(struct heartbeat, tolerance.stalled_ms)},
    {"pending", offsetof(struct heartbeat, tolerance.pending_ms)},
    {"missed_polls", offsetof(struct heartbeat, tolerance.missed_polls)},
    {"backlog", offsetof(struct heartbeat, tolerance.backlog_ms)},
    {"once_every", offsetof(struct heartbeat, tolerance.once_ms)},
    {"idle_flush", offsetof(struct heartbeat, tolerance.idle_flush_ms)},
};
_Static_assert(sizeof(size_t) == sizeof(int64_t), "part_total is written as the others are");

/* ---- Writing ---- */

/* The causes for which any stream is late. */
static void add_late(cJSON *root, const struct late_polls *late)
{
    cJSON *object = cJSON_AddObjectToObject(root, "late");
    for (int cause = 0; cause < LATE_CAUSES; cause++) {
        const struct late_group *group = &late->groups[cause];
        if (!group->streams) continue;
        cJSON *each = cJSON_AddObjectToObject(object, late_cause_name((enum late_cause)cause));
        cJSON_AddNumberToObject(each, "streams", (double)group->streams);
        cJSON_AddNumberToObject(each, "interval", (double)group->interval_ms);
        cJSON_AddNumberToObject(each, "every", (double)group->every_ms);
        cJSON_AddNumberToObject(each, "setting", (double)late->settings[cause]);
        cJSON_AddStringToObject(each, "example", group->example);
    }
}

static cJSON *to_json(const struct heartbeat *beat)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "sequence", (double)beat->sequence);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t value;
        memcpy(&value, (const char *)beat + numbers[i].offset, sizeof value);
        cJSON_AddNumberToObject(root, numbers[i].name, (double)value);
    }
    cJSON_AddStringToObject(root, "boot", beat->boot);
    cJSON_AddBoolToObject(root, "once", beat->once);
    cJSON_AddNumberToObject(root, "exit_code", beat->exit_code);
    cJSON_AddStringToObject(root, "space", space_kind_name(beat->space.kind));
    cJSON_AddStringToObject(root, "space_words", beat->space.words);
    cJSON *parts = cJSON_AddArrayToObject(root, "parts");
    for (size_t i = 0; i < beat->part_count; i++) {
        cJSON *part = cJSON_CreateObject();
        cJSON_AddStringToObject(part, "part", beat->parts[i].part);
        cJSON_AddStringToObject(part, "step", beat->parts[i].step);
        cJSON_AddNumberToObject(part, "for", (double)beat->parts[i].for_ms);
        cJSON_AddItemToArray(parts, part);
    }
    cJSON *intervals = cJSON_AddObjectToObject(root, "intervals");
    for (size_t i = 0; i < beat->tolerance.interval_count; i++)
        cJSON_AddNumberToObject(intervals, beat->tolerance.intervals[i].stream,
                                (double)beat->tolerance.intervals[i].interval_ms);
    add_late(root, &beat->late);
    cJSON *steps = cJSON_AddArrayToObject(root, "clock_steps");
    for (size_t i = 0; i < beat->clock_steps.count; i++) {
        cJSON *step = cJSON_CreateObject();
        cJSON_AddNumberToObject(step, "before", (double)beat->clock_steps.steps[i].before_ms);
        cJSON_AddNumberToObject(step, "by", (double)beat->clock_steps.steps[i].by_ms);
        cJSON_AddItemToArray(steps, step);
    }
    cJSON_AddNumberToObject(root, "end", (double)beat->sequence); /* the same: it was read whole */
    return root;
}

static postern_status put(const struct heartbeat_file *file, const char block[FILE_SIZE],
                          postern_error *error)
{
    size_t done = 0;
    while (done < FILE_SIZE) {
        ssize_t size = pwrite(file->fd, block + done, FILE_SIZE - done, (off_t)done);
        if (size > 0)
            done += (size_t)size;
        else if (size == 0 || errno != EINTR)
            return error_set_errno(error, POSTERN_E_IO, size == 0 ? ENOSPC : errno, "cannot write %s",
                                   file->path);
    }
    return POSTERN_OK;
}

postern_status heartbeat_write(struct heartbeat_file *file, const struct heartbeat *beat,
                               postern_error *error)
{
    char block[FILE_SIZE];
    _cleanup_(delete_json) cJSON *root = to_json(beat);
    _cleanup_(freep) char *text = cJSON_PrintUnformatted(root);
    if (!text) return error_no_memory(error, NULL);
    if (strlen(text) >= FILE_SIZE) return error_set(error, POSTERN_E_LIMIT, "the heartbeat is too long");
    memset(block, ' ', sizeof block);
    memcpy(block, text, strlen(text));
    block[FILE_SIZE - 1] = '\n';
    return put(file, block, error);
}

postern_status heartbeat_open(struct heartbeat_file *file, const char *state_directory, postern_error *error)
{
    *file = (struct heartbeat_file){.fd = -1, .path = path_join(state_directory, FILE_NAME)};
    if (!file->path) return error_no_memory(error, NULL);
    file->fd = open(file->path, O_WRONLY | O_NONBLOCK | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat status = {0};
    int problem = file->fd < 0 || fstat(file->fd, &status) < 0 ? errno : 0;
    if (problem == 0 && status.st_size < FILE_SIZE) {
        char block[FILE_SIZE];
        memset(block, ' ', sizeof block);
        if (put(file, block, error) == POSTERN_OK) return POSTERN_OK;
        close(file->fd);
        file->fd = -1;
        return POSTERN_E_IO;
    }
    if (problem == 0) return POSTERN_OK;
    return error_set_errno(error, POSTERN_E_IO, problem, "cannot open %s", file->path);
}

void heartbeat_close(struct heartbeat_file *file)
{
    if (file->fd >= 0) close(file->fd);
    free(file->path);
    *file = (struct heartbeat_file){.fd = -1};
}

/* ---- Reading ---- */

static void copy_text(const cJSON *object, const char *name, char *to, size_t capacity)
{
    const cJSON *text = cJSON_GetObjectItem(object, name);
    text_to_string(text_of(cJSON_IsString(text) ? text->valuestring : ""), to, capacity);
}

static int64_t number_of(const cJSON *object, const char *name)
{
    const cJSON *number = cJSON_GetObjectItem(object, name);
    return cJSON_IsNumber(number) ? (int64_t)number->valuedouble : 0;
}

static void read_intervals(const cJSON *intervals, struct tolerance *tolerance)
{
    const cJSON *each;
    cJSON_ArrayForEach(each, intervals)
    {
        if (tolerance->interval_count == TOLERANCE_STREAMS || !cJSON_IsNumber(each)) break;
        struct stream_interval *interval = &tolerance->intervals[tolerance->interval_count++];
        text_to_string(text_of(each->string), interval->stream, sizeof interval->stream);
        interval->interval_ms = (int64_t)each->valuedouble;
    }
}

static void read_clock_steps(const cJSON *list, struct clock_steps *steps)
{
    const cJSON *each;
    cJSON_ArrayForEach(each, list)
    {
        if (steps->count == CLOCK_STEPS_KEPT) break;
        steps->steps[steps->count++] = (struct clock_step){number_of(each, "before"), number_of(each, "by")};
    }
}

static void read_late(const cJSON *object, struct late_polls *late)
{
    for (int cause = 0; cause < LATE_CAUSES; cause++) {
        const cJSON *each = cJSON_GetObjectItem(object, late_cause_name((enum late_cause)cause));
        struct late_group *group = &late->groups[cause];
        group->streams = number_of(each, "streams");
        group->interval_ms = number_of(each, "interval");
        group->every_ms = number_of(each, "every");
        late->settings[cause] = number_of(each, "setting");
        copy_text(each, "example", group->example, sizeof group->example);
    }
}

static bool from_json(const cJSON *root, struct heartbeat *beat)
{
    if (!cJSON_IsNumber(cJSON_GetObjectItem(root, "end")) ||
        number_of(root, "sequence") != number_of(root, "end"))
        return false;
    *beat = (struct heartbeat){.sequence = number_of(root, "sequence"),
                               .exit_code = (int)number_of(root, "exit_code"),
                               .once = cJSON_IsTrue(cJSON_GetObjectItem(root, "once"))};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t value = number_of(root, numbers[i].name);
        memcpy((char *)beat + numbers[i].offset, &value, sizeof value);
    }
    char space[32];
    copy_text(root, "boot", beat->boot, sizeof beat->boot);
    copy_text(root, "space", space, sizeof space);
    copy_text(root, "space_words", beat->space.words, sizeof beat->space.words);
    beat->space.kind = space_kind_of(space);
    read_intervals(cJSON_GetObjectItem(root, "intervals"), &beat->tolerance);
    read_clock_steps(cJSON_GetObjectItem(root, "clock_steps"), &beat->clock_steps);
    read_late(cJSON_GetObjectItem(root, "late"), &beat->late);
    const cJSON *part;
    cJSON_ArrayForEach(part, cJSON_GetObjectItem(root, "parts"))
    {
        if (beat->part_count == HEARTBEAT_PARTS) break;
        struct standing_part *standing = &beat->parts[beat->part_count++];
        copy_text(part, "part", standing->part, sizeof standing->part);
        copy_text(part, "step", standing->step, sizeof standing->step);
        standing->for_ms = number_of(part, "for");
    }
    return true;
}

static bool read_once(const char *path, struct heartbeat *beat)
{
    char block[FILE_SIZE];
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : pread(fd, block, sizeof block, 0);
    if (size <= 0) return false;
    _cleanup_(delete_json) cJSON *root = cJSON_ParseWithLength(block, (size_t)size);
    return root && from_json(root, beat);
}

bool heartbeat_read(const char *state_directory, struct heartbeat *beat)
{
    _cleanup_(freep) char *path = path_join(state_directory, FILE_NAME);
    if (!path || access(path, F_OK) < 0) return false;
    for (int tries = 0; tries < READ_TRIES; tries++) {
        if (read_once(path, beat)) return true;
        usleep(READ_WAIT_US);
    }
    return false;
}

void heartbeat_boot(char boot[40])
{
    boot[0] = '\0';
    _cleanup_(closep) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, boot, 39);
    if (size < 0) size = 0;
    boot[size] = '\0';
    boot[strcspn(boot, "\n")] = '\0';
}

int64_t heartbeat_age_ms(const struct heartbeat *beat, const struct clock *clock)
{
    char boot[40];
    heartbeat_boot(boot);
    bool same = boot[0] && strcmp(boot, beat->boot) == 0;
    int64_t age =
        same ? clock_monotonic_ms(clock) - beat->monotonic_ms : clock_wall_ms(clock) - beat->written_ms;
    return age > 0 ? age : 0;
}
