/* Where a message ends in a stream: its length in front (RFC 6587, RFC 5425), or a line end behind it. */
#ifndef SYSLOG_FRAMING_H
#define SYSLOG_FRAMING_H

#include <postern/kit.h>

enum framing {
    FRAMING_OCTET_COUNTING,
    FRAMING_NEWLINE, /* line ends within a message become "\n" in two characters */
};

/* The most that framing can make of a message. */
size_t framing_most(postern_text message);
/* Writes the framed message to `place`, which has room for framing_most; returns its size. */
size_t framing_write(enum framing framing, postern_text message, char *place);

#endif
