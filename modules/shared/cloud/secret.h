/* Texts that hold a secret for a moment. The rule: a secret is in an option's text (which the core keeps
 * locked), in a header or body on its way into http/1, or in memory of ours that is wiped; never in a log, an
 * error, a URL that is shown, or a sink's state. */
#ifndef SHARED_CLOUD_SECRET_H
#define SHARED_CLOUD_SECRET_H

#include <openssl/crypto.h>
#include <postern/kit.h>

/* Overwrites what was secret; the compiler does not leave it out. */
static inline void cloud_wipe(void *bytes, size_t size)
{
    if (size) OPENSSL_cleanse(bytes, size);
}

/* A writer with room for `room` bytes at once and for no more: it does not grow, so that wiping it wipes all.
 */
static inline struct kit_writer cloud_secret_writer(const postern_host *host, postern_arena *arena,
                                                    size_t room)
{
    struct kit_writer writer = kit_writer_in_arena(host, arena);
    kit_reserve(&writer, room);
    writer.size = 0;
    writer.host = NULL;
    return writer;
}

static inline void cloud_wipe_written(struct kit_writer *writer)
{
    if (writer->data) cloud_wipe(writer->data, writer->capacity);
}

#endif
