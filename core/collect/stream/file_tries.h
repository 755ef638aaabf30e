/* How often each file of a page was tried. The page is asked for again for the sake of any of them, so the
 * stream's own attempt says nothing about one: a file that is damaged for the first time behind three others
 * would be given up at once. Kept in memory until the page is done: the next process counts anew, and a file
 * rather has a try too many than one too few. [network] */
#ifndef POSTERN_COLLECT_STREAM_FILE_TRIES_H
#define POSTERN_COLLECT_STREAM_FILE_TRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_try {
    uint64_t file;     /* hash of its key */
    uint32_t damaged;  /* answers that could not be understood */
    uint32_t dead;     /* links that its store refused */
    uint32_t put_last; /* it was not to be had, as which of all that were not; 0 = it was */
    bool is_coded;     /* as its store says, but what came could not be decoded */
};

struct file_tries {
    struct file_try *list;
    size_t count;
    uint32_t put_last; /* so often was one not to be had */
};

uint64_t file_tries_key(const char *key);
uint32_t file_tries_damaged(const struct file_tries *tries, uint64_t file);
uint32_t file_tries_dead(const struct file_tries *tries, uint64_t file);
/* Without memory (`tries` NULL) nothing is counted, and there is one try more. */
void file_tries_count_damaged(struct file_tries *tries, uint64_t file);
void file_tries_count_dead(struct file_tries *tries, uint64_t file);
void file_tries_put_last(struct file_tries *tries, uint64_t file);
uint32_t file_tries_when_last(const struct file_tries *tries, uint64_t file);
/* The file is fetched as it is stored from now on. False without memory. */
bool file_tries_keep_coding(struct file_tries *tries, uint64_t file);
bool file_tries_keeps_coding(const struct file_tries *tries, uint64_t file);
void file_tries_forget(struct file_tries *tries);

#endif
