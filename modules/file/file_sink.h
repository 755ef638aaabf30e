/* The sink "file": lines of JSON in files, exactly once.
 *
 *   sink.c      the sink's functions: open, idle, close
 *   write.c     a batch into its files
 *   trial.c     an event of `postern sink test`, beside them
 *   files.c     the files that are known, and which of them are open
 *   report.c    failures and warnings
 *   template.c  "/var/log/%{account}/%{date}.ndjson" → the path of an event
 *   below.c     opening files below the template's fixed directory, never through a symbolic link
 *   ours.c      whether what is at a path may be written to
 *   record.c    what is committed about a file, and what became of the file since
 *   surplus.c   lines behind the last confirmed one: those of the batch that comes again, or others'
 *   astray.c    files that went elsewhere when a batch may have been unconfirmed
 *   renamed.c   files of an account that has another name now
 *   prepare.c   making a file ready for a batch
 *   rotation.c  size, age, keeping the newest
 *   packing.c   kinds of packing: pack_gzip.c, pack_zstd.c, and plain.c for comparing
 *   hand_over.c finished files into the pick-up folder
 *
 * All ages go by postern_call.steady_ms: a clock that is set wrong for a while makes nothing look old.
 */
#ifndef FILE_SINK_H
#define FILE_SINK_H

#include "packing.h"
#include <limits.h>
#include <postern/kit.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <zlib.h>

#define PATH_LIMIT 2048
/* A name must leave room for what rotation puts behind it. */
#define ROTATED_SUFFIX ".4294967295.gz.tmp"
#define NAME_LIMIT     (NAME_MAX - (sizeof ROTATED_SUFFIX - 1))

/* What functions of this module return when nothing can ever be written at a path, with the reason as the
 * error's message: the events that lead there are rejected, and only they. */
#define PATH_CANNOT_BE POSTERN_E_UNSUPPORTED

/* The batch in hand, by file. */
struct sorted_batch {
    const postern_batch *batch;
    size_t *next_event; /* of the same file */
    struct file *first, **last;
    bool may_repeat; /* its delivery's first since the sink was opened: a crash may have cut it short */
};
#define NO_EVENT SIZE_MAX

/* A file that is not at its path any more since a moment when a batch may have been unconfirmed. */
struct astray {
    ino_t inode;
    off_t length; /* what was confirmed; the batch's lines may lie behind */
    int64_t since_ms;
    bool answered; /* by the batch in hand: once that is safe, it need not be looked for again */
};
#define MOST_ASTRAY 16

/* One file that is or was written to; its committed record is a state entry under `path`. */
struct file {
    struct file *next;          /* in its bucket */
    struct file *older, *newer; /* while it is open: in the order of use */
    struct file *next_wanted;   /* the files of the batch in hand */
    size_t first_event, last_event;
    char *path;    /* below the fixed directory */
    int fd;        /* -1 = closed */
    bool recorded; /* has a committed record (or one that is being committed) */
    bool checked;  /* against what lies at the path, since the sink was opened */
    bool moved;    /* what is at the path is not what was recorded: set it aside before writing */
    bool rotating; /* the intent to rotate is committed: rename comes next */
    bool wanted;   /* the batch in hand goes here */
    ino_t inode;
    uid_t owner;     /* as it was made: file systems may map users and rights to others */
    mode_t writable; /* its rights of group and others to write, likewise */
    off_t length;    /* what is confirmed */
    off_t surplus;   /* bytes behind it that were there already: to be compared with the batches that come */
    off_t written;   /* `length` with what the batch in hand has added */
    off_t elsewhere; /* so many bytes of its lines in the batch in hand lie in a file that went astray, ... */
    struct file *former; /* ... or in this one of its account's former name, ... */
    off_t former_lines;  /* ... so many */
    bool had_lines;      /* confirmed ones, when the sink was opened */
    uint32_t writer;     /* digest of the delivery that began it or had lines confirmed last; 0 = not known */
    unsigned rotation;   /* number of the newest rotated file */
    int64_t since_ms;    /* first line */
    int64_t used_ms;     /* last batch: forgets old records */
    struct astray astray[MOST_ASTRAY]; /* oldest first */
    unsigned astray_count;
};

#define FILE_BUCKETS 4096

struct file_sink {
    const postern_host *host;
    const postern_log *log;
    const struct failpoint_service {
        uint32_t size, flags;
        bool (*pass)(const postern_host *host, const char *name);
    } * failpoint; /* "failpoint/1": hosts built for tests only; else NULL */
    char *template;
    size_t fixed;          /* length of the fixed directory in `template`, with its slash */
    int directory;         /* opened fixed directory, -1 = closed */
    char made[PATH_LIMIT]; /* the directory that was made last below it; it and those above are synced */
    size_t obstacle;       /* so many bytes of a path lead to what stopped below_parent; 0 = nothing did */
    int64_t rotate_size, rotate_age_ms, keep, open_files;
    mode_t mode;
    const struct packing *packing;      /* of rotated files; NULL = they stay plain */
    char *hand_over;                    /* the pick-up folder; NULL = there is none */
    int pick_up;                        /* it, opened; -1 = closed */
    bool syncs;                         /* each batch */
    struct file *buckets[FILE_BUCKETS]; /* of all files, by path */
    struct file *oldest, *newest;       /* of those that are open */
    int64_t open_count;
    char *buffer; /* lines on their way to write(2) */
    size_t buffered;
    struct served { /* deliveries that had a batch written since the sink was opened */
        char delivery[33];
    } * served;
    size_t served_count;
};

#define BUFFER_SIZE ((size_t)256 << 10)

/* What is kept about a file that nothing was written to for so long is forgotten: replays reach back less
 * far.
 */
#define RECORD_KEPT_MS (8 * 86400000LL)

/* report.c: messages with the path and errno's text in them */
/* True if no try can succeed as long as the path is what it is and nobody clears it. */
bool cannot_be(int error_number);
/* Why opening (renaming, ...) what is at `path` below the fixed directory failed: PATH_CANNOT_BE or
 * POSTERN_E_IO. */
postern_status file_fail_at(const struct file_sink *sink, postern_error *error, int error_number,
                            const char *what, const char *path);
postern_status file_fail(postern_error *error, postern_status code, int error_number, const char *what,
                         const char *path);
void file_warn(struct file_sink *sink, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What is told when `path` is set aside, and why. */
#define SET_ASIDE "%s %s: it is left as it is, under another name, and a new one is begun"

/* files.c */
uint32_t text_digest(postern_text text); /* short, and never 0 */
/* The file at the path, made if it is not known; NULL if out of memory. */
struct file *files_find(struct file_sink *sink, const char *path);
bool files_have(const struct file_sink *sink, const char *path);
/* The next one of all after `file`, NULL = the first; that one may be forgotten meanwhile. */
struct file *files_after(struct file_sink *sink, const struct file *file);
void files_forget(struct file_sink *sink, struct file *file);
void files_forget_all(struct file_sink *sink);
/* Takes over an opened file; the least recently used are closed before, so that no more than `open_files` are
 * open. */
void file_set_open(struct file_sink *sink, struct file *file, int fd);
void file_use(struct file_sink *sink, struct file *file);
void file_close(struct file_sink *sink, struct file *file);

/* trial.c */
/* write_batch, but for `postern sink test`. */
postern_status trial_or_write(void *self, const postern_call *call, const postern_batch *batch,
                              postern_result *result, postern_error *error);

/* write.c */
postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error);

/* ours.c */
/* Why the file must not be written to, NULL if it may: no regular file, of another user, with other names, or
 * open to others' writing. */
const char *foreign_because(const struct file_sink *sink, const struct file *file, const struct stat *status,
                            char because[80]);
/* For a file that we have no record of. */
void file_expect_own(struct file *file);
/* Nobody else writes there at the same time: two programs, or two sinks by two names of one directory. False:
 * somebody does. */
bool file_lock(int fd);

/* template.c */
/* Length of the directory part before the first placeholder; 0 if the template is not absolute. */
size_t template_fixed(const char *template);
/* True if the template can name a file at all, with values as short as can be. */
bool template_can_be(const struct file_sink *sink);
/* The event's path below the fixed directory; PATH_CANNOT_BE if it, or a name in it, is too long. */
postern_status template_expand(const struct file_sink *sink, const postern_sink_event *event,
                               char path[PATH_LIMIT], postern_error *error);

/* below.c */
/* Opens the fixed directory, making it if need be. */
postern_status below_open_root(struct file_sink *sink, postern_error *error);
/* Fails if its path leads elsewhere by now, or nowhere: the sink is opened anew, and makes it again. */
postern_status below_check_root(const struct file_sink *sink, postern_error *error);
/* Opens (flags as for open(2)) a file below it; parents are made if O_CREAT is among the flags. -1 and errno.
 */
int below_open(struct file_sink *sink, const char *path, int flags);
/* The directory of `path`, opened, and in *name the last part. -1 and errno: ENOTDIR also if a symbolic link
 * stands where a directory is wanted. */
int below_parent(struct file_sink *sink, const char *path, bool make, const char **name);
int below_rename(struct file_sink *sink, const char *from,
                 const char *to);                           /* never over an existing file; fsyncs */
int below_unlink(struct file_sink *sink, const char *path); /* fsyncs */
/* As lstat. */
int below_look_at(struct file_sink *sink, const char *path, struct stat *status);
bool below_exists(struct file_sink *sink, const char *path);

/* record.c */
postern_status record_set(const struct file *file, postern_result *result);
bool record_read(postern_text value, struct file *file, int64_t now_ms);
/* Once after a start: finishes a rotation that was begun, notes a file that is another one. */
postern_status record_recover(struct file_sink *sink, struct file *file, int64_t now_ms,
                              postern_error *error);

/* surplus.c */
enum likeness {
    LIKE_BATCH,      /* all that is there is what the batch writes, or its beginning */
    LIKE_AND_LONGER, /* all that the batch writes is there, and more */
    LIKE_NOTHING,
};
/* The event of the first line that does not lie elsewhere. */
size_t lines_first(const struct file *file, const struct sorted_batch *sorted);
/* Reads the opened file from its beginning, wherever its descriptor stands; NULL and errno. */
gzFile lines_open(int fd);
/* Compares what comes next in `from` (a plain or a packed file) with the lines of `file` in the batch.
 * *whole: the size of those that are there from end to end. */
enum likeness lines_compare(gzFile from, const struct file *file, const struct sorted_batch *sorted,
                            off_t *whole);
off_t lines_size(const struct file *file, const struct sorted_batch *sorted);
/* Of an opened file with a surplus. What is not the batch's is to be set aside: sets `moved`. */
postern_status surplus_settle(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                              postern_error *error);

/* astray.c */
/* The file at the path is none of ours from now on. */
void astray_note(struct file *file, ino_t inode, int64_t now_ms);
bool astray_has(const struct file *file, ino_t inode);
/* Sets `elsewhere` if lines of the batch lie in files that went astray. */
void astray_search(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                   int64_t now_ms);
/* Looks behind what was confirmed of a file that went elsewhere. True if lines of the batch are there: they
 * are safe, and `elsewhere` counts them. */
bool astray_look_into(const struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                      const struct astray *astray, int fd);
/* The batch is safe: what it answered is forgotten. */
void astray_forget_answered(struct file *file);

/* renamed.c */
/* Adds to `elsewhere` if lines of the batch lie in a file of its account's former name. */
void renamed_search(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted);

/* prepare.c */
/* One step towards a file that can be written to; `sorted` NULL: no batch is in hand. POSTERN_COMMIT_STATE:
 * its record changed and must be committed. */
postern_status file_prepare(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                            int64_t now_ms, postern_result *result, postern_error *error);
/* Opens a prepared file again that was closed for want of room. */
postern_status file_reopen(struct file_sink *sink, struct file *file, postern_error *error);

/* rotation.c */
bool rotation_is_due(const struct file_sink *sink, const struct file *file, int64_t now_ms);
/* Renames what is at the path to the next number, packs it and removes the oldest. */
postern_status rotation_rename(struct file_sink *sink, struct file *file, postern_error *error);
/* After a start: packs what a crash has left, and with `hands_over` hands it over. */
postern_status rotation_finish(struct file_sink *sink, const struct file *file, bool hands_over,
                               postern_error *error);

/* hand_over.c */
/* Opens the pick-up folder, if there is one; behind the fixed directory. */
postern_status hand_over_open(struct file_sink *sink, postern_error *error);
void hand_over_close(struct file_sink *sink);
/* Renames `name` with its suffix into the pick-up folder, if there is one. */
postern_status hand_over(struct file_sink *sink, const struct file *file, const char *name,
                         const char *suffix, postern_error *error);

#endif
