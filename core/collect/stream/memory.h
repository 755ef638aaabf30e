/* What a stream knows of its last answers, beside its record. Most streams are idle and have none. [network]
 */
#ifndef POSTERN_COLLECT_STREAM_MEMORY_H
#define POSTERN_COLLECT_STREAM_MEMORY_H

#include "collect/answer/border.h"
#include "collect/plan/progress.h"
#include "collect/stream/file_tries.h"

struct stream;

/* Things set aside lately, so that reading the unsettled zone again does not keep them again. */
struct recent_letters {
    struct recent_letter {
        unsigned char id[EVENT_ID_SIZE];
        union {
            int64_t pass_until_ms;
            int64_t shown_by; /* snapshot: the number of the last poll that it was found in */
        };
    } * items;
    size_t count;
};

struct stream_memory {
    struct recent_letters letters;
    struct border *border; /* window: of the pass under way, or for reading it again; NULL = none */
    struct progress_round round;
    struct file_tries file_tries; /* of the page that is under way */
    struct snapshot_state list;   /* snapshot: as committed */
    int64_t waiting; /* snapshot: items that the poll under way showed and that there is no room for */
};

/* So many things set aside lately are remembered; beyond, one of them may be kept twice. */
#define RECENT_LETTERS 4096

/* While building: what an earlier life of the process set aside of what is read again: the unsettled zone, or
 * the place where a token stream stands. */
postern_status stream_recall_letters(struct stream *stream, postern_error *error);
/* While building, a snapshot stream, which has a memory from then on: how its polls stand. */
postern_status stream_recall_list(struct stream *stream, postern_error *error);
/* NULL: no memory. */
struct stream_memory *stream_memory(struct stream *stream);
struct file_tries *stream_file_tries(struct stream *stream);
struct border *stream_border(const struct stream *stream);
/* Instead of the one before, which is freed. False, and the border is freed: no memory. */
bool stream_set_border(struct stream *stream, struct border *border);
/* The round, or the pass of a window stream, is over. */
void stream_forget_round(struct stream *stream);
void stream_memory_free(struct stream *stream);

#endif
