/* The MTA log files of one account: published every half hour, kept for seven days, read by following a
 * token.
 *
 * A publication is cut into batches; a batch is what one compressed answer holds. It has one member per log
 * type and server. Without compression an answer is one member. The token counts members, so that both ways
 * can be mixed. */
#ifndef SIMULATOR_FILES_H
#define SIMULATOR_FILES_H

#include "world.h"

struct siem_files *siem_files_new(struct world *world, struct account *account);
void siem_files_free(struct siem_files *files);

/* Publishes all that is due. */
void siem_files_publish(struct siem_files *files, int64_t now_ms);

/* Calls `each` for every event published so far. */
void siem_files_each(const struct siem_files *files,
                     void (*each)(void *context, const struct account *account, const struct event *event,
                                  bool salvageable, const char *file, const char *member),
                     void *context);

struct siem_question {
    const char *token; /* NULL: from the oldest file on */
    bool compress, key_value;
    enum fault damage; /* to do to this answer only: FAULT_NONE, FAULT_LARGE or damage */
    uint64_t damage_seed;
};

enum siem_result { SIEM_FILE, SIEM_NOTHING_NEW, SIEM_FOREIGN_TOKEN, SIEM_EXPIRED_TOKEN };

struct siem_answer {
    struct text body, file_name, token; /* freed by the caller */
    bool has_token;
    bool damaged;    /* question.damage was done */
    uint64_t number; /* of the file */
};

enum siem_result siem_files_answer(const struct siem_files *files, const struct siem_question *question,
                                   int64_t now_ms, uint64_t nonce, struct siem_answer *answer);

#endif
