/* The sink "file": lines of JSON in files, exactly once.
 *
 *   sink.c      the sink's functions: open, write, idle, close
 *   report.c    failures and warnings
 *   template.c  "/var/log/%{account}/%{date}.ndjson" → the path of an event
 *   below.c     opening files below the template's fixed directory, never through a symbolic link
 *   record.c    what is committed about a file, and putting a file back to it after a crash
 *   prepare.c   making a file ready for a batch
 *   rotation.c  size, age, gzip, keeping the newest
 */
#ifndef FILE_SINK_H
#define FILE_SINK_H

#include <postern/kit.h>
#include <sys/types.h>

#define PATH_LIMIT 2048

/* One file that is or was written to; its committed record is a state entry under `path`. */
struct file {
    struct file *next;
    char *path;    /* below the fixed directory */
    int fd;        /* -1 = closed */
    bool recorded; /* has a committed record (or one that is being committed) */
    bool moved;    /* what is at the path is not what was recorded: set it aside before writing */
    bool rotating; /* the intent to rotate is committed: rename comes next */
    bool wanted;   /* the batch in hand goes here */
    ino_t inode;
    off_t length;      /* what counts: all behind it is thrown away after a crash */
    off_t written;     /* with what the batch in hand has added */
    unsigned rotation; /* number of the newest rotated file */
    int64_t since_ms;  /* first line */
    int64_t used_ms;   /* last batch: closes the least recently used, forgets old records */
};

struct file_sink {
    const postern_host *host;
    const postern_log *log;
    const struct failpoint_service {
        uint32_t size, flags;
        bool (*pass)(const postern_host *host, const char *name);
    } * failpoint; /* "failpoint/1": hosts built for tests only; else NULL */
    char *template;
    size_t fixed;  /* length of the fixed directory in `template`, with its slash */
    int directory; /* opened fixed directory, -1 = closed */
    int64_t rotate_size, rotate_age_ms, keep, open_files;
    mode_t mode;
    bool compress;
    struct file *files;
    char *buffer; /* lines on their way to write(2) */
    size_t buffered;
};

#define BUFFER_SIZE ((size_t)256 << 10)

/* report.c: messages with the path and errno's text in them */
postern_status file_fail(postern_error *error, postern_status code, int error_number, const char *what,
                         const char *path);
void file_warn(struct file_sink *sink, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* template.c */
/* Length of the directory part before the first placeholder; 0 if the template is not absolute. */
size_t template_fixed(const char *template);
/* The event's path below the fixed directory; false if it is too long. */
bool template_expand(const struct file_sink *sink, const postern_sink_event *event, char path[PATH_LIMIT]);

/* below.c */
/* Opens the fixed directory, making it if need be. */
postern_status below_open_root(struct file_sink *sink, postern_error *error);
/* Opens (flags as for open(2)) a file below it; parents are made if O_CREAT is among the flags. -1 and errno.
 */
int below_open(const struct file_sink *sink, const char *path, int flags);
/* The directory of `path`, opened, and in *name the last part. -1 and errno. */
int below_parent(const struct file_sink *sink, const char *path, bool make, const char **name);
int below_rename(const struct file_sink *sink, const char *from,
                 const char *to); /* never over an existing file; fsyncs */
int below_unlink(const struct file_sink *sink, const char *path);
bool below_exists(const struct file_sink *sink, const char *path);

/* record.c */
postern_status record_set(const struct file *file, postern_result *result);
bool record_read(postern_text value, struct file *file);
/* After a start: cuts a longer file back, finishes a rotation that was begun, notes a file that is another
 * one. */
postern_status record_recover(struct file_sink *sink, struct file *file, postern_error *error);

/* prepare.c */
/* One step towards a file that can be written to. POSTERN_COMMIT_STATE: its record changed and must be
 * committed. */
postern_status file_prepare(struct file_sink *sink, struct file *file, int64_t now_ms, postern_result *result,
                            postern_error *error);
void file_close(struct file *file);

/* rotation.c */
bool rotation_is_due(const struct file_sink *sink, const struct file *file, int64_t now_ms);
/* Renames what is at the path to the next number, packs it and removes the oldest. */
postern_status rotation_rename(struct file_sink *sink, struct file *file, postern_error *error);
/* After a start: packs what a crash left unpacked. */
void rotation_finish(struct file_sink *sink, const struct file *file);

#endif
