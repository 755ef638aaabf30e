/* Mail addresses as they stand in log records. Pure functions over text: the results point into the input. */
#ifndef POSTERN_PARSE_EMAIL_H
#define POSTERN_PARSE_EMAIL_H

#include <postern/module.h>

struct email_parts {
    postern_text address; /* "ada@example.com" */
    postern_text local;   /* "ada" */
    postern_text domain;  /* "example.com" */
    postern_text name;    /* "Ada Lovelace", without its quotes; empty if there is none */
};

/* Splits one address: "ada@example.com", "<ada@example.com>", "Ada Lovelace <ada@example.com>", or as some
 * write it "<Ada Lovelace> ada@example.com", "ada@example.com <Lovelace, Ada>", "ada@example.com (Ada
 * Lovelace)", with white space around it allowed. A name of the other forms
 * holds no '@'. The domain begins behind the last '@'. False, with *parts untouched, if it is not exactly one
 * address: no '@', an empty side ("<>"), a blank or a list inside, a domain that is no host (domain.h). It
 * does not judge whether the address exists. */
bool email_parse(postern_text text, struct email_parts *parts);
/* The same of nothing but "ada@example.com", without quotes or blanks: what email_list_next would give as the
 * only item. */
bool email_parse_alone(postern_text text, struct email_parts *parts);

/* Walks a list of addresses separated by ',' or ';', not inside quotes, <...> or (...). Start with *rest
 * = the list; each item comes trimmed, empty ones are skipped; false at the end. */
bool email_list_next(postern_text *rest, postern_text *item);

#endif
