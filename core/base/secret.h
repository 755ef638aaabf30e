/* Secrets live in locked memory between guard pages that is left out of core dumps and wiped when freed
 * (locked_slots.h). A write past the end of one ends the process, at the latest when the secret is freed.
 * They have no way into printf: whoever needs the bytes asks for them by name, which is easy to search for.
 */
#ifndef POSTERN_BASE_SECRET_H
#define POSTERN_BASE_SECRET_H

#include <postern/module.h>

struct secret; /* immutable after secret_new; shared by count */

/* Copies `bytes` (the caller wipes its own copy, see secret_wipe); NULL if out of memory. */
struct secret *secret_new(postern_text bytes);
struct secret *secret_share(struct secret *secret);
void secret_release(struct secret *secret); /* NULL is fine */
/* The bytes; valid while the secret is held. Never log them. */
postern_text secret_reveal(const struct secret *secret);
/* Whether the text holds these bytes of a secret. Fewer than four are none: they would be found everywhere.
 */
bool secret_is_in(postern_text text, postern_text secret);
/* Overwrites memory in a way that the compiler does not remove. */
void secret_wipe(void *data, size_t size);

#endif
