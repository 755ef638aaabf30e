/* Links in what others wrote: whoever has the whole of one may be let in by it, so only where it leads may be
 * shown or kept. */
#ifndef MIMECAST_LINK_H
#define MIMECAST_LINK_H

#include "text.h"

/* Behind a link's "://", however it is escaped, at the front of the text; 0 = there is none. */
size_t link_separator(postern_text text);

/* Writes the text with each link in it cut to scheme and host, as much as fits. Returns the size. */
size_t link_cut(postern_text text, char *into, size_t capacity);

#endif
