/* Writing structs in Thrift's compact protocol, as the headers and the footer of a Parquet file are. Fields
 * come in rising order of their numbers. */
#ifndef STORE_PARQUET_THRIFT_H
#define STORE_PARQUET_THRIFT_H

#include "parquet/bytes.h"

#define THRIFT_DEPTH 8

enum thrift_type { THRIFT_I32 = 5, THRIFT_I64 = 6, THRIFT_BINARY = 8, THRIFT_LIST = 9, THRIFT_STRUCT = 12 };

struct thrift {
    struct bytes *bytes;
    int last[THRIFT_DEPTH]; /* field of each open struct */
    size_t depth;
};

/* The outermost struct is open at once; thrift_end closes it as any other. */
static inline struct thrift thrift_begin(struct bytes *bytes)
{
    struct thrift thrift = {.bytes = bytes};
    return thrift;
}

static inline void thrift_field(struct thrift *thrift, int field, enum thrift_type type)
{
    bytes_add_byte(thrift->bytes, (unsigned char)((field - thrift->last[thrift->depth]) << 4 | (int)type));
    thrift->last[thrift->depth] = field;
}

static inline void thrift_value(struct thrift *thrift, int64_t number)
{
    bytes_add_varint(thrift->bytes, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

static inline void thrift_i32(struct thrift *thrift, int field, int32_t number)
{
    thrift_field(thrift, field, THRIFT_I32);
    thrift_value(thrift, number);
}

static inline void thrift_i64(struct thrift *thrift, int field, int64_t number)
{
    thrift_field(thrift, field, THRIFT_I64);
    thrift_value(thrift, number);
}

static inline void thrift_text_value(struct thrift *thrift, postern_text text)
{
    bytes_add_varint(thrift->bytes, text.size);
    bytes_add_text(thrift->bytes, text);
}

static inline void thrift_text(struct thrift *thrift, int field, postern_text text)
{
    thrift_field(thrift, field, THRIFT_BINARY);
    thrift_text_value(thrift, text);
}

/* `count` values of that type follow; those that are structs are each opened by thrift_open_item. */
static inline void thrift_list(struct thrift *thrift, int field, enum thrift_type type, size_t count)
{
    thrift_field(thrift, field, THRIFT_LIST);
    if (count < 15) {
        bytes_add_byte(thrift->bytes, (unsigned char)(count << 4 | type));
    } else {
        bytes_add_byte(thrift->bytes, (unsigned char)(0xf0 | type));
        bytes_add_varint(thrift->bytes, count);
    }
}

static inline void thrift_open_item(struct thrift *thrift)
{
    thrift->last[++thrift->depth] = 0;
}

static inline void thrift_open(struct thrift *thrift, int field)
{
    thrift_field(thrift, field, THRIFT_STRUCT);
    thrift_open_item(thrift);
}

static inline void thrift_end(struct thrift *thrift)
{
    bytes_add_byte(thrift->bytes, 0);
    if (thrift->depth) thrift->depth--;
}

#endif
