/* Parts of a URL and of a form, percent-encoded as the clouds' signatures want it: A-Z a-z 0-9 - . _ ~ stay,
 * every other byte becomes %XX in upper case. */
#ifndef SHARED_CLOUD_URL_H
#define SHARED_CLOUD_URL_H

#include <postern/kit.h>

/* A name or value of a query or a form. */
void cloud_write_encoded(struct kit_writer *writer, postern_text text);
/* A path: its slashes stay. */
void cloud_write_path(struct kit_writer *writer, postern_text path);

/* "name=value" pairs, encoded, with & between, in the order in which they come. */
void cloud_write_form(struct kit_writer *writer, const postern_pair *pairs, size_t count);
/* The same in the order of the encoded names and values, as signatures want it; at most
 * CLOUD_QUERY_LIMIT pairs, the rest is not written and the writer fails. */
void cloud_write_sorted_query(struct kit_writer *writer, const postern_pair *pairs, size_t count);

#define CLOUD_QUERY_LIMIT 16

#endif
