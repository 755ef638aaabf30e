/* An account that was renamed has its events in files of another path. If its last batch was unconfirmed
 * then, the lines stand in the file of the former name, and are not written again under the new one. */
#include "file_sink.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PLACEHOLDER "%{account}"

/* What the path of an event has before the account's name, and how often it has the name. */
struct shape {
    const postern_sink_event *event;
    char before[PATH_LIMIT];
    size_t before_size, path_size, names;
};

static bool shape_of(const struct file_sink *sink, const struct file *file, const postern_sink_event *event,
                     struct shape *shape)
{
    const char *template = sink->template + sink->fixed, *first = strstr(template, PLACEHOLDER);
    if (!first) return false;
    struct kit_writer writer = kit_writer_in_buffer(shape->before, sizeof shape->before);
    kit_write_template(&writer, kit_between(template, first), event, true);
    shape->event = event;
    shape->before_size = writer.size;
    shape->path_size = strlen(file->path);
    shape->names = 0;
    for (const char *at = first; at; at = strstr(at + 1, PLACEHOLDER))
        shape->names++;
    return !writer.failed;
}

/* The path is the event's but for the account's name. */
static bool differs_by_name(const struct file_sink *sink, const struct shape *shape, const char *path)
{
    char expanded[PATH_LIMIT];
    size_t size = strlen(path), names = shape->names;
    if (strncmp(path, shape->before, shape->before_size) != 0) return false;
    size_t others = shape->path_size - names * shape->event->account.size;
    if (size <= others || (size - others) % names != 0) return false;
    postern_sink_event former = *shape->event;
    former.account = kit_span(path + shape->before_size, (size - others) / names);
    if (shape->before_size + former.account.size > size) return false;
    return template_expand(sink, &former, expanded, NULL) >= 0 && strcmp(expanded, path) == 0;
}

/* Lines behind the confirmed ones of the former file that are the batch's. */
static bool take_lines(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                       struct file *former)
{
    const struct astray lines = {.inode = former->inode, .length = former->length};
    struct stat status;
    off_t before = file->elsewhere;
    if (below_look_at(sink, former->path, &status) < 0 || status.st_ino != former->inode ||
        status.st_size <= former->length)
        return false;
    int fd = below_open(sink, former->path, O_RDWR);
    bool found = fd >= 0 && astray_look_into(sink, file, sorted, &lines, fd);
    if (fd >= 0) close(fd);
    if (!found) return false;
    file->former = former;
    file->former_lines = file->elsewhere - before;
    file_warn(sink, POSTERN_LOG_INFO, "%jd bytes of the batch that comes again lie in %s already",
              (intmax_t)file->former_lines, former->path);
    return true;
}

/* The delivery's first batch is the unconfirmed one. A file that it goes to is nobody's former one. */
void renamed_search(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted)
{
    struct shape shape;
    if (!sorted->may_repeat || file->had_lines ||
        !shape_of(sink, file, sorted->batch->events[file->first_event], &shape))
        return;
    uint32_t writer = text_digest(sorted->batch->delivery);
    for (struct file *each = files_after(sink, NULL); each; each = files_after(sink, each))
        if (each != file && each->recorded && !each->wanted && each->writer == writer &&
            differs_by_name(sink, &shape, each->path) && take_lines(sink, file, sorted, each))
            return;
}
