/* What an answer shows of a list, compared with what is remembered of it: new items become events, and all
 * that it shows goes into the commit of its events. On the thread that reads the answer. */
#ifndef POSTERN_COLLECT_ANSWER_LIST_PAGE_H
#define POSTERN_COLLECT_ANSWER_LIST_PAGE_H

#include "collect/plan/snapshot.h"

struct answer;
struct list_page;

/* `most` is what may be remembered of the list. NULL: no memory. */
struct list_page *list_page_new(const struct snapshot_room *most);
void list_page_free(struct list_page *list_page);

/* A row: its key and its text. */
struct list_page_row {
    const unsigned char *key;
    postern_text text;
};

/* Takes what further rows of the answer are to the list; appears[i]: an event is to be made of it. Counts in
 * `answer` what was not shown in this poll before, and what waits for room. */
postern_status list_page_take(struct list_page *list_page, struct answer *answer,
                              const struct list_page_row *rows, size_t count, bool *appears);
/* The answer is read: says in it whether the list stands still. */
postern_status list_page_end(struct list_page *list_page, struct answer *answer);
/* The id of the event that tells that an item appeared, in the present poll. */
void list_page_event_id(const struct list_page *list_page, const unsigned char *key,
                        unsigned char id[EVENT_ID_SIZE]);
/* What was taken and is not committed yet, as it stands until more is taken; NULL = nothing. */
const struct snapshot_change *list_page_change(struct list_page *list_page);
/* It was committed. */
void list_page_committed(struct list_page *list_page);
size_t list_page_bytes(const struct list_page *list_page); /* that it holds */

#endif
