/* Words of outside that go to somebody else: without what could open a door. Pure. */
#ifndef POSTERN_BASE_REDACT_H
#define POSTERN_BASE_REDACT_H

#include "base/buffer.h"

/* Appends the text. Of a URL the user, the password and all from '?' or '#' on are left out, and of what
 * looks like a token or a key (32 and more characters of base64, base64url or hex in a row) all but the first
 * six. */
bool redact_into(struct buffer *into, postern_text text);

#endif
