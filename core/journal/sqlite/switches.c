/* Which credentials take the place of an account's own: decided once, known over restarts. */
#include "base/digest.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"

#define FACT_SIZE (sizeof "switched " + (size_t)2 * 32)

static void name_fact(const unsigned char fingerprint[32], char name[FACT_SIZE])
{
    memcpy(name, "switched ", sizeof "switched " - 1);
    digest_hex(fingerprint, 32, name + sizeof "switched " - 1);
}

struct noting {
    char name[FACT_SIZE];
    int64_t now_ms;
};

static postern_status note(struct journal *journal, void *context, postern_error *error)
{
    const struct noting *noting = context;
    return meta_set(&journal->writer.database, noting->name, noting->now_ms, error);
}

postern_status journal_note_switch(struct journal *journal, const unsigned char fingerprint[32],
                                   postern_error *error)
{
    struct noting noting = {.now_ms = clock_wall_ms(journal->clock)};
    name_fact(fingerprint, noting.name);
    return writer_call(journal, note, &noting, error);
}

postern_status journal_switched(struct journal *journal, const unsigned char fingerprint[32], int64_t *at_ms,
                                postern_error *error)
{
    char name[FACT_SIZE];
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    name_fact(fingerprint, name);
    return meta_get(reading.database, name, at_ms, error);
}
