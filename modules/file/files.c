#include "file_sink.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t text_digest(postern_text text)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 16777619;
    return hash ? hash : 1;
}

/* Paths that were made to meet cost no more than a list would. */
static struct file **bucket_of(struct file_sink *sink, const char *path)
{
    return &sink->buckets[text_digest(kit_text(path)) % FILE_BUCKETS];
}

bool files_have(const struct file_sink *sink, const char *path)
{
    const struct file *file = *bucket_of((struct file_sink *)(uintptr_t)sink, path);
    while (file && strcmp(file->path, path) != 0)
        file = file->next;
    return file != NULL;
}

struct file *files_find(struct file_sink *sink, const char *path)
{
    struct file **bucket = bucket_of(sink, path);
    for (struct file *file = *bucket; file; file = file->next)
        if (strcmp(file->path, path) == 0) return file;
    struct file *file = calloc(1, sizeof *file);
    char *copy = file ? strdup(path) : NULL;
    if (!copy) {
        free(file);
        return NULL;
    }
    *file = (struct file){.next = *bucket, .path = copy, .fd = -1};
    file_expect_own(file);
    return *bucket = file;
}

struct file *files_after(struct file_sink *sink, const struct file *file)
{
    if (file && file->next) return file->next;
    struct file **bucket = file ? bucket_of(sink, file->path) + 1 : sink->buckets;
    while (bucket < sink->buckets + FILE_BUCKETS && !*bucket)
        bucket++;
    return bucket < sink->buckets + FILE_BUCKETS ? *bucket : NULL;
}

void files_forget(struct file_sink *sink, struct file *file)
{
    struct file **link = bucket_of(sink, file->path);
    while (*link != file)
        link = &(*link)->next;
    *link = file->next;
    file_close(sink, file);
    free(file->path);
    free(file);
}

void files_forget_all(struct file_sink *sink)
{
    for (size_t i = 0; i < FILE_BUCKETS; i++)
        while (sink->buckets[i])
            files_forget(sink, sink->buckets[i]);
}

/* ---- Those that are open, in the order of use ---- */

static void link_newest(struct file_sink *sink, struct file *file)
{
    file->older = sink->newest;
    file->newer = NULL;
    *(sink->newest ? &sink->newest->newer : &sink->oldest) = file;
    sink->newest = file;
}

static void unlink_open(struct file_sink *sink, struct file *file)
{
    *(file->older ? &file->older->newer : &sink->oldest) = file->newer;
    *(file->newer ? &file->newer->older : &sink->newest) = file->older;
}

void file_set_open(struct file_sink *sink, struct file *file, int fd)
{
    while (sink->oldest && sink->open_count >= sink->open_files)
        file_close(sink, sink->oldest);
    file->fd = fd;
    link_newest(sink, file);
    sink->open_count++;
}

void file_use(struct file_sink *sink, struct file *file)
{
    if (file->fd < 0 || sink->newest == file) return;
    unlink_open(sink, file);
    link_newest(sink, file);
}

void file_close(struct file_sink *sink, struct file *file)
{
    if (file->fd < 0) return;
    close(file->fd);
    file->fd = -1;
    unlink_open(sink, file);
    sink->open_count--;
}
