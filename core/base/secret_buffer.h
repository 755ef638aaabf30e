/* The end of a buffer that held a secret: _cleanup_(secret_buffer_free) struct buffer text = {.limit = ...};
 * Growing may leave a copy behind: reserve the whole size first. */
#ifndef POSTERN_BASE_SECRET_BUFFER_H
#define POSTERN_BASE_SECRET_BUFFER_H

#include "base/buffer.h"
#include "base/secret.h"

static inline void secret_buffer_free(struct buffer *buffer)
{
    if (buffer->data) secret_wipe(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

#endif
