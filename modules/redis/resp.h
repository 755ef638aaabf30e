/* RESP, the protocol of Redis: commands out, replies in. */
#ifndef REDIS_RESP_H
#define REDIS_RESP_H

#include <postern/kit.h>

/* Begins a command of so many words; each comes with resp_write_word. */
void resp_write_count(struct kit_writer *writer, size_t words);
void resp_write_word(struct kit_writer *writer, postern_text word);

enum resp_kind {
    RESP_STATUS = '+',
    RESP_ERROR = '-',
    RESP_INTEGER = ':',
    RESP_TEXT = '$',  /* `absent`: there is none */
    RESP_ARRAY = '*', /* its items come next, each a reply of its own */
};

/* One reply, or one item of an array, out of the bytes that came. */
struct resp_reply {
    enum resp_kind kind;
    bool absent;
    postern_text text; /* STATUS, ERROR, TEXT */
    int64_t number;    /* INTEGER; ARRAY: how many items */
};

enum resp_reading { RESP_WHOLE, RESP_PARTIAL, RESP_INVALID };

/* What Redis may say at most; a text has its length in front, every other line is short. */
#define RESP_LINE_LIMIT  ((size_t)64 << 10)
#define RESP_TEXT_LIMIT  ((size_t)512 << 20)
#define RESP_ARRAY_LIMIT 1000000

/* Reads the first reply of the text, or the head of an array: *size bytes of it. */
enum resp_reading resp_read(postern_text text, struct resp_reply *reply, size_t *size);

#endif
