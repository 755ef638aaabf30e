/* The endpoints and what their requests may hold. */
#ifndef SIMULATOR_ENDPOINT_H
#define SIMULATOR_ENDPOINT_H

#include "event.h"
#include "violations.h"
#include <cjson/cJSON.h>

enum field_kind {
    FIELD_DATE,
    FIELD_TEXT,
    FIELD_BOOLEAN,
    FIELD_CHOICE,
    FIELD_INSTANT, /* in a query: a date with a zone, that may be Z and may have a fraction */
    FIELD_NUMBER,  /* in a query: digits, between two numbers: "1..100" */
    FIELD_TEXTS,
    FIELD_CHOICES,
    FIELD_SEARCH,  /* {"fieldName":one of the choices,"value":text} */
    FIELD_OPTIONS, /* an object of texts with these names; route may be a list */
    FIELD_FILTERS, /* a list of such objects */
};

struct field {
    const char *name;
    enum field_kind kind;
    bool required;
    const char *choices; /* " all clean malicious ", each between blanks */
};

enum { API_1 = 1, API_2 = 2, BOTH_APIS = API_1 | API_2 };

struct endpoint {
    const char *path;
    const char *method; /* GET: asked in the query, without a body */
    unsigned apis;      /* through which it can be reached */
    enum source source;
    const char *list;       /* the list inside data[0]; NULL: data itself is the list */
    const char *from, *to;  /* names of the fields of the range; NULL for siem */
    unsigned default_days;  /* the range starts so long ago if it is not given; 0 = with the current day */
    bool total_count;       /* answers say how many there are on all pages */
    bool no_pages;          /* there is no meta.pagination */
    bool never_empty;       /* the item must have a field */
    bool only_own_mailbox;  /* without "admin":true */
    const char *permission; /* of the role */
    const char *product;    /* that an API 2.0 application must have */
    const struct field *fields;
    size_t field_count;
};

/* The first endpoint of the source. */
const struct endpoint *endpoint_of(enum source source);
/* The endpoint of the source over one API; NULL if that API does not have it. */
const struct endpoint *endpoint_over(enum source source, unsigned api);
/* API 2.0's product that the source belongs to; NULL if API 2.0 does not have it. */
const char *endpoint_product(enum source source);
/* The endpoint of one API (API_1 or API_2) at that path; NULL if there is none. */
const struct endpoint *endpoint_at(const char *path, unsigned api);

/* A request body that passed. */
struct question {
    cJSON *root; /* freed by question_free */
    const cJSON *item;
    size_t page_size;
    const char *page_token; /* NULL on the first page */
};

/* Checks the body's shape. On failure fills `violation` and leaves `question` empty. */
bool question_read(const struct endpoint *endpoint, const char *body, size_t size, size_t page_limit,
                   struct question *question, struct violation *violation);
/* Checks the names, kinds and values of the fields. */
bool item_check(const struct endpoint *endpoint, const cJSON *item, struct violation *violation);
void question_free(struct question *question);

#endif
