/* The records of one page: where they lie in an answer, and what is read of each. */
#ifndef MIMECAST_PAGE_RECORDS_H
#define MIMECAST_PAGE_RECORDS_H

#include "envelope.h"

/* All tables of names end with NULL. */
struct page_shape {
    const char *const *tops; /* the member of the answer that holds the list; NULL: "data" */
    const char *const
        *lists; /* the records lie one level deeper, in a list of one of these names; NULL: not */
    /* The fields with the event's time, a dot before what lies in another: the first that has one counts. */
    const char *const *times;
    const char *type; /* the field with the event's type; NULL: it is the source's name */
    const char *key;  /* the field with the vendor's own key of the record; NULL: the whole record is */
    /* No source shows a record of this endpoint: its list may have another name or no object around it, and
     * its time may be a number or stand in a field of any name. */
    bool is_unverified;
};

/* A page while its records are read. */
struct page_reader {
    const struct reading *reading;
    const struct page_shape *shape;
    postern_text name; /* under which is set aside what cannot be read */
    size_t records;    /* of any kind: a page with records is not empty */
    bool is_sound;     /* the list keeps every rule of JSON */
    bool lost;         /* the text breaks off: nothing behind it can be read */
    bool is_salvaging; /* what is lost so is kept as a whole anyway */
    /* Of the record at hand: */
    int64_t time_ms;
    size_t time_rank; /* which of the times it is; a lower one is better */
    postern_text type, key;
};

struct page_reader page_reader_of(const struct reading *reading, const struct page_shape *shape,
                                  postern_text name);
/* The answer around the list. */
struct envelope page_envelope(const struct page_shape *shape, postern_text text);
/* Reads the list of the envelope. */
postern_status page_read_list(struct page_reader *page, struct envelope *envelope);
/* Records that stand without a list around them. */
postern_status page_read_loose(struct page_reader *page, postern_text text);
/* True if the text is one of the objects that hold the records, where they lie one level deeper; then they
 * are read. */
bool page_is_container(const struct page_reader *page, postern_text text);
postern_status page_read_container(struct page_reader *page, postern_text text);

#endif
