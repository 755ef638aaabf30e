/* The sink azure_append_blob: events are appended to one blob for each name that the key makes, and the
 * committed state knows how long each was. A block is written only where the blob ends as is known; where it
 * does not, what lies there is compared with the block: a repeat is recognised by its bytes. */
#ifndef STORE_AZURE_APPEND_H
#define STORE_AZURE_APPEND_H

#include "azure.h"

/* Where the next block of one blob goes. */
struct append_place {
    uint32_t number; /* of the blob: a full one, and one that others changed, has a successor */
    bool is_there;   /* it was made, or found */
    int64_t length, blocks;
    int64_t used_ms; /* as postern_call.steady_ms */
    struct append_place *next;
    size_t name_size;
    char name[]; /* the key with the delivery's mark as %{part}; also its name in the state */
};

struct append {
    size_t block_size;
    int64_t most_blocks;
    int64_t forget_ms;
    struct pack_stream *pack;
    void *tree; /* of the places, by name */
    struct append_place *places;
};

/* What is appended to: the key of each blob is made of an event and the number. */
struct append_target {
    struct store *store;
    const postern_call *call;
    const postern_batch *batch;
    const postern_sink_event *event; /* first of its partition */
    struct append_place *place;
};

/* ---- azure_append_place.c ---- */

/* The place of that name, made if there is none; NULL if out of memory. */
struct append_place *append_place(struct append *append, postern_text name);
/* Takes back what was committed. What cannot be read is left out: the blob itself says then what is there. */
postern_status append_places_read(struct append *append, const postern_pair *state, size_t count,
                                  postern_error *error);
postern_status append_place_keep(const struct append_place *place, postern_result *result);
/* How much longer than `forget_ms` places of other deliveries are kept. */
#define APPEND_OTHERS_MS (INT64_C(30) * 24 * 60 * 60 * 1000)
/* Lets go of places that nothing was written to for `forget_ms`, behind a batch that was written. Only a
 * delivery's own batch shows that none before it waits to come again: another's, or a dead letter, may stand
 * between a block whose commit was lost and its repeat. */
postern_status append_places_forget(struct append *append, const postern_batch *batch, int64_t now_ms,
                                    postern_result *result);
void append_places_free(struct append *append);

/* ---- azure_append_block.c ---- */

#define APPEND_MARK_SIZE 48
#define APPEND_DELIVERY  8 /* so many digits of it are in the mark */

/* What stands for %{part} in front of the blob's number. A delivery has blobs of its own, since only its own
 * batches come again in their order; a dead letter that is tried again comes between them, and has one of its
 * own, too. */
void append_mark(const postern_call *call, const postern_batch *batch, char mark[APPEND_MARK_SIZE]);
/* The key of the place's blob; POSTERN_E_LIMIT if it is longer than keys may be. */
postern_status append_key(const struct append_target *target, postern_text *key);
postern_status append_block(const struct append_target *target, postern_text block, postern_error *error);
/* Of `postern sink test`: removes a blob. True if it is gone. */
bool append_remove(struct store *store, const postern_call *call, postern_text key);
/* The same after a failure, in silence, but with a warning if the blob may stay. */
void append_clear(struct store *store, const postern_call *call, postern_text key);
/* A blob of that key with that content, as the kind's put; of a failure nothing stays. */
postern_status append_put(struct store *store, const postern_call *call, const struct store_object *object,
                          postern_error *error);

/* ---- azure_append_look.c ---- */

/* The batch's number; a blob says in its metadata which batch made it. */
#define APPEND_MAKER      "x-ms-meta-postern"
#define APPEND_BATCH_SIZE 24
void append_batch_text(const postern_batch *batch, char text[APPEND_BATCH_SIZE]);
/* Whether an answer has that status and that code of Azure's. */
bool append_answers(const postern_http_response *response, int32_t status, const char *code);
/* Whether the block lies where it was to go. The beginning of a blob is believed only if this batch made the
 * blob: one whose name was forgotten may begin with the same bytes. */
postern_status append_look(const struct append_target *target, postern_text key, postern_text block,
                           bool *is_ours, postern_error *error);

/* ---- azure_append.c: as postern_sink says ---- */

postern_status append_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                           postern_error *error);
postern_status append_write(void *self, const postern_call *call, const postern_batch *batch,
                            postern_result *result, postern_error *error);
void append_close(void *self);

#endif
