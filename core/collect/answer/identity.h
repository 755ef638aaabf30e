/* Which event is this? The bytes that are hashed are frozen: another
 * id for the same event would deliver it twice. */
#ifndef POSTERN_COLLECT_ANSWER_IDENTITY_H
#define POSTERN_COLLECT_ANSWER_IDENTITY_H

#include "journal/journal.h"

/* Makes the ids of one response; counts events that occur in it more than once (and see border.h). One
 * thread. */
struct identity_maker;

/* `account_key` is the account's 16 bytes; `volatile_fields` must outlive the maker. NULL: no
 * memory. */
struct identity_maker *identity_maker_new(const unsigned char account_key[16], const char *source,
                                          const postern_volatile_field *const *volatile_fields,
                                          size_t record_limit);
void identity_maker_free(struct identity_maker *maker);
void identity_maker_freep(struct identity_maker **maker);

/* id = the first 128 bits of SHA-256 over account key, source, log type, canonical event, occurrence (0 for
 * the first equal event of the response, 1 for the next ...). `vendor_id`, the vendor's own unique key,
 * stands for the canonical event if it is not empty. Fails with POSTERN_E_PROTOCOL if `json` is no JSON
 * object, with POSTERN_E_MEMORY. */
postern_status identity_make(struct identity_maker *maker, postern_text type, postern_text json,
                             postern_text vendor_id, unsigned char id[EVENT_ID_SIZE], postern_error *error);
/* Of the event whose id was made last: what its id is as a first occurrence, and which one it is. */
uint32_t identity_occurrence(const struct identity_maker *maker, unsigned char first[EVENT_ID_SIZE]);
/* The id of an event without a vendor_id as that occurrence; counts nothing. */
postern_status identity_make_of(struct identity_maker *maker, postern_text type, postern_text json,
                                uint32_t occurrence, unsigned char id[EVENT_ID_SIZE], postern_error *error);

/* Snapshot: an item's key is its event's id as a first occurrence. The same item may appear and leave again
 * and again, so the event's id = the first 128 bits of SHA-256 over key, 'a' (it appeared) or 'l' (it has
 * left), and the number of the poll with which it appeared. */
void identity_of_item(const unsigned char key[EVENT_ID_SIZE], bool has_left, int64_t appeared,
                      unsigned char id[EVENT_ID_SIZE]);

#endif
