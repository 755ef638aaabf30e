/* The keys that records of siem are known to have, and who chooses their values. */
#ifndef MIMECAST_SIEM_KEYS_H
#define MIMECAST_SIEM_KEYS_H

#include "text.h"

enum siem_author {
    AUTHOR_MIMECAST,  /* its servers: never with a "|" */
    AUTHOR_ENVELOPE,  /* an address of the envelope: a "|" stands in front of its "@" or not at all */
    AUTHOR_OUTSIDERS, /* whoever sent the mail, or answered it: anything */
};

enum { SIEM_KEYS_MAX = 96 };

/* The key's number, below SIEM_KEYS_MAX, whatever its case; -1 if it is none that we know. */
int siem_key(postern_text key);

enum siem_author siem_key_author(int key);

#endif
