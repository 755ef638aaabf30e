/* IP addresses, mail addresses and names of files that a text mentions. Pure; linear in the text. */
#ifndef POSTERN_PARSE_MENTIONS_H
#define POSTERN_PARSE_MENTIONS_H

#include <postern/module.h>

enum mention {
    MENTION_IP,    /* an address; a port behind it, brackets around it are taken off */
    MENTION_EMAIL, /* an address with a domain that has a dot */
    MENTION_FILE, /* a word with one of the usual extensions of documents, data, mails, archives, pictures and
                   * programs, which no name of a host has; in quotes, with all that stands there */
};

/* The next one in *rest, which moves behind it; false at the end. Start with *rest = the text. */
bool mention_next(postern_text *rest, enum mention kind, postern_text *found);

#endif
