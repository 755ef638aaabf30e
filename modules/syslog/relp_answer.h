/* An answer of a RELP receiver, read out of the bytes that came: "TXNR SP COMMAND SP DATALEN [SP DATA] LF".
 */
#ifndef SYSLOG_RELP_ANSWER_H
#define SYSLOG_RELP_ANSWER_H

#include <postern/kit.h>

#define RELP_HIGHEST_NUMBER 999999999u
/* No answer is longer: what is says what the receiver offers, or why it refuses. */
#define RELP_ANSWER_LIMIT ((size_t)8192)

struct relp_answer {
    uint32_t number; /* of the command that is answered; 0 = a hint that nobody asked for */
    postern_text command, data;
    int code;          /* of a "rsp": 200 is good; 0 = it has none, as the answer to "close" */
    postern_text text; /* what stands behind the code in its line */
};

enum relp_reading {
    RELP_WHOLE,   /* *answer is set, *size bytes of the text belong to it */
    RELP_PARTIAL, /* more must come */
    RELP_INVALID, /* this is not RELP */
};

enum relp_reading relp_answer_read(postern_text text, struct relp_answer *answer, size_t *size);

#endif
