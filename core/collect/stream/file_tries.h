/* How often each file of a page was tried. The page is asked for again for the sake of any of them, so the
 * stream's own attempt says nothing about one: a file that is damaged for the first time behind three others
 * would be given up at once. Kept in memory until the page is done: the next process counts anew, and a file
 * rather has a try too many than one too few.
 *
 * A file that cannot be had would hold up all pages behind its own until the vendor keeps them no more. It is
 * given up when it has not been had for `give_up_file`, and then in FILE_MISSED goes more in which another
 * file came: while none does, it is the store or the network that is to be waited for. [network] */
#ifndef POSTERN_COLLECT_STREAM_FILE_TRIES_H
#define POSTERN_COLLECT_STREAM_FILE_TRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_MISSED 3

struct file_try {
    uint64_t file;     /* hash of its key */
    uint32_t damaged;  /* answers that could not be understood */
    uint32_t dead;     /* links that its store refused */
    uint32_t put_last; /* it was not to be had, as which of all that were not; 0 = it was */
    uint32_t missed;   /* it was not to be had although others were, when that had lasted too long already */
    int64_t since_ms;  /* monotonic; so long it was not to be had; 0 = it was */
    bool is_coded;     /* as its store says, but what came could not be decoded */
    bool is_out;       /* it was not to be had in the go at hand */
};

struct file_tries {
    struct file_try *list;
    size_t count;
    uint32_t put_last;  /* so often was one not to be had */
    uint8_t files_came; /* account.h, at the end of the last go in which one was not to be had */
};

uint64_t file_tries_key(const char *key);
uint32_t file_tries_damaged(const struct file_tries *tries, uint64_t file);
uint32_t file_tries_dead(const struct file_tries *tries, uint64_t file);
/* Without memory (`tries` NULL) nothing is counted, and there is one try more. */
void file_tries_count_damaged(struct file_tries *tries, uint64_t file);
void file_tries_count_dead(struct file_tries *tries, uint64_t file);
void file_tries_put_last(struct file_tries *tries, uint64_t file);
/* Nothing of the file came in the go at hand. */
void file_tries_count_out(struct file_tries *tries, uint64_t file, int64_t now_ms);
void file_tries_came(struct file_tries *tries, uint64_t file);
/* The go is over; `others_came` in it. */
void file_tries_end_go(struct file_tries *tries, bool others_came, int64_t now_ms, int64_t give_up_ms);
/* True if it is time to see whether other files can be had. */
bool file_tries_is_due(const struct file_tries *tries, uint64_t file, int64_t now_ms, int64_t give_up_ms);
bool file_tries_gives_up(const struct file_tries *tries, uint64_t file);
int64_t file_tries_out_since_ms(const struct file_tries *tries, uint64_t file);
uint32_t file_tries_when_last(const struct file_tries *tries, uint64_t file);
/* The file is fetched as it is stored from now on. False without memory. */
bool file_tries_keep_coding(struct file_tries *tries, uint64_t file);
bool file_tries_keeps_coding(const struct file_tries *tries, uint64_t file);
void file_tries_forget(struct file_tries *tries);

#endif
