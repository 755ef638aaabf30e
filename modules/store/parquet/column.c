#include "parquet/column.h"
#include "parquet/number.h"
#include "parquet/thrift.h"
#include "shared/cloud/time.h"

#define PAGE_BYTES   ((size_t)1 << 20)
#define PAGE_ENTRIES 20000
#define PLAIN        0
#define RLE          3

/* ---- Values ---- */

static void add_entry(struct parquet_column *column, int repetition, int definition)
{
    bytes_add_byte(&column->definitions, (unsigned char)definition);
    if (column->repetition) bytes_add_byte(&column->repetitions, (unsigned char)repetition);
    column->page_entries++;
    column->entries++;
}

void parquet_column_add_null(struct parquet_column *column, int repetition, int definition)
{
    add_entry(column, repetition, definition);
}

static void put_text(struct parquet_column *column, postern_text text)
{
    bytes_add_fixed(&column->values, text.size, 4);
    bytes_add_text(&column->values, text);
}

void parquet_column_add_text(struct parquet_column *column, int repetition, postern_text text)
{
    put_text(column, text);
    add_entry(column, repetition, column->definition);
}

void parquet_column_add_time(struct parquet_column *column, int repetition, int64_t ms)
{
    int64_t unit = column->type == PARQUET_TIMESTAMP_US ? 1000 : 1;
    bytes_add_fixed(&column->values, (uint64_t)(ms * unit), 8);
    add_entry(column, repetition, column->definition);
}

static enum parquet_fit add_string(struct parquet_column *column, postern_text json)
{
    char c = json.data[0], bytes[4];
    if (c == '{' || c == '[') return PARQUET_MISFIT;
    if (c != '"') return put_text(column, json), PARQUET_FITS;
    size_t from = column->values.size;
    const char *at = json.data + 1, *end = kit_end(json) - 1;
    bytes_add_fixed(&column->values, 0, 4);
    while (at < end) {
        size_t size = kit_json_piece(&at, end, bytes);
        bytes_add(&column->values, bytes, size);
    }
    size_t size = column->values.size - from - 4;
    for (size_t i = 0; i < 4 && !column->values.failed; i++)
        column->values.data[from + i] = (char)(size >> (8 * i));
    return PARQUET_FITS;
}

static enum parquet_fit add_int64(struct parquet_column *column, postern_text json)
{
    int64_t number;
    enum parquet_fit fit = number_read_int64(json, &number);
    if (fit != PARQUET_MISFIT) bytes_add_fixed(&column->values, (uint64_t)number, 8);
    return fit;
}

static enum parquet_fit add_double(struct parquet_column *column, postern_text json)
{
    double number;
    uint64_t bits;
    enum parquet_fit fit = number_read_double(json, &number);
    if (fit == PARQUET_MISFIT) return fit;
    memcpy(&bits, &number, sizeof bits);
    bytes_add_fixed(&column->values, bits, 8);
    return fit;
}

static enum parquet_fit add_boolean(struct parquet_column *column, postern_text json)
{
    bool value = kit_is(json, "true");
    if (!value && !kit_is(json, "false")) return PARQUET_MISFIT;
    if (column->bits % 8 == 0) bytes_add_byte(&column->values, 0);
    if (value && !column->values.failed)
        column->values.data[column->values.size - 1] |= (char)(1 << (column->bits % 8));
    column->bits++;
    return PARQUET_FITS;
}

static int digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9' ? *at - '0' : -1;
}

/* A point in time as far as it is read. */
struct moment {
    int64_t ms; /* of whole seconds, or of a number */
    int64_t us; /* of the fraction */
    bool finer; /* digits that no microsecond holds */
};

static const char *read_fraction(const char *at, const char *end, struct moment *moment)
{
    int64_t unit = 100000;
    for (; digit(at, end) >= 0; at++, unit /= 10) {
        moment->us += digit(at, end) * unit;
        if (unit == 0 && digit(at, end) > 0) moment->finer = true;
    }
    return at;
}

/* What stands behind the seconds: a fraction, and Z or how far the zone is ahead (+01:00, +0100). */
static bool read_zone(const char *at, const char *end, struct moment *moment)
{
    if (at < end && *at == '.') at = read_fraction(at + 1, end, moment);
    if (at == end || (end - at == 1 && (*at == 'Z' || *at == 'z'))) return true;
    int sign = *at == '-' ? -1 : 1, count = 0, digits[4];
    if (*at != '+' && *at != '-') return false;
    for (at++; at < end && count < 4; at++) {
        if (*at == ':' && count == 2) continue;
        if (digit(at, end) < 0) return false;
        digits[count++] = digit(at, end);
    }
    if (at != end || count != 4) return false;
    moment->ms -= sign * (int64_t)(digits[0] * 600 + digits[1] * 60 + digits[2] * 10 + digits[3]) * 60000;
    return true;
}

static bool read_moment(postern_text json, struct moment *moment)
{
    if (json.data[0] != '"') return number_read_int64(json, &moment->ms) != PARQUET_MISFIT;
    postern_text text = kit_span(json.data + 1, json.size - 2);
    return text.size >= 19 && cloud_read_iso_time(kit_span(text.data, 19), &moment->ms) &&
           read_zone(text.data + 19, kit_end(text), moment);
}

static enum parquet_fit add_timestamp(struct parquet_column *column, postern_text json)
{
    struct moment moment = {0};
    if (!read_moment(json, &moment)) return PARQUET_MISFIT;
    bytes_add_fixed(&column->values, (uint64_t)(moment.ms + moment.us / 1000), 8);
    return moment.finer || moment.us % 1000 ? PARQUET_ROUNDED : PARQUET_FITS;
}

static enum parquet_fit add_timestamp_us(struct parquet_column *column, postern_text json)
{
    int64_t us;
    struct moment moment = {0};
    if (!read_moment(json, &moment) || __builtin_mul_overflow(moment.ms, 1000, &us)) return PARQUET_MISFIT;
    bytes_add_fixed(&column->values, (uint64_t)(us + moment.us), 8);
    return moment.finer ? PARQUET_ROUNDED : PARQUET_FITS;
}

static enum parquet_fit add_json(struct parquet_column *column, postern_text json)
{
    put_text(column, json);
    return PARQUET_FITS;
}

enum parquet_fit parquet_column_add(struct parquet_column *column, int repetition, postern_text json)
{
    static enum parquet_fit (*const add[])(struct parquet_column *,
                                           postern_text) = {[PARQUET_STRING] = add_string,
                                                            [PARQUET_INT64] = add_int64,
                                                            [PARQUET_DOUBLE] = add_double,
                                                            [PARQUET_BOOLEAN] = add_boolean,
                                                            [PARQUET_TIMESTAMP] = add_timestamp,
                                                            [PARQUET_TIMESTAMP_US] = add_timestamp_us,
                                                            [PARQUET_JSON] = add_json};
    if (json.size == 0 || json.data[0] == 'n') return PARQUET_MISFIT;
    enum parquet_fit fit = add[column->type](column, json);
    if (fit != PARQUET_MISFIT) add_entry(column, repetition, column->definition);
    return fit;
}

/* ---- Pages ---- */

/* Eight by eight, `width` bits each, the lowest first. */
static void add_bits(struct bytes *body, const struct bytes *levels, unsigned width)
{
    uint32_t bits = 0;
    unsigned waiting = 0;
    bytes_add_varint(body, (uint64_t)((levels->size + 7) / 8) << 1 | 1);
    for (size_t i = 0; i < (levels->size + 7) / 8 * 8; i++) {
        uint32_t level = i < levels->size ? (unsigned char)levels->data[i] : 0;
        bits |= level << waiting;
        for (waiting += width; waiting >= 8; waiting -= 8, bits >>= 8)
            bytes_add_byte(body, (unsigned char)bits);
    }
}

/* Levels up to `most`: one run if all are alike, else in bits. Their length stands in front. */
static void add_levels(struct bytes *body, const struct bytes *levels, int most)
{
    size_t from = body->size, alike = 1;
    unsigned width = 0;
    if (most == 0) return;
    while (most >> width)
        width++;
    while (alike < levels->size && levels->data[alike] == levels->data[0])
        alike++;
    bytes_add_fixed(body, 0, 4);
    if (alike == levels->size) {
        bytes_add_varint(body, (uint64_t)levels->size << 1);
        bytes_add_byte(body, (unsigned char)levels->data[0]);
    } else {
        add_bits(body, levels, width);
    }
    size_t size = body->size - from - 4;
    for (size_t i = 0; i < 4 && !body->failed; i++)
        body->data[from + i] = (char)(size >> (8 * i));
}

static void add_page(struct parquet_column *column, postern_text packed, size_t plain_size)
{
    size_t before = column->pages.size;
    struct thrift header = thrift_begin(&column->pages);
    thrift_i32(&header, 1, 0); /* a data page */
    thrift_i32(&header, 2, (int32_t)plain_size);
    thrift_i32(&header, 3, (int32_t)packed.size);
    thrift_open(&header, 5);
    thrift_i32(&header, 1, (int32_t)column->page_entries);
    thrift_i32(&header, 2, PLAIN);
    thrift_i32(&header, 3, RLE);
    thrift_i32(&header, 4, RLE);
    thrift_end(&header);
    thrift_end(&header);
    column->unpacked += (int64_t)(column->pages.size - before + plain_size);
    bytes_add_text(&column->pages, packed);
}

postern_status parquet_column_end_page(struct parquet_column *column, bool last, struct pack_stream *pack,
                                       postern_error *error)
{
    bool large = column->values.size >= PAGE_BYTES || column->page_entries >= PAGE_ENTRIES;
    if (column->page_entries == 0 || (!large && !last)) return POSTERN_OK;
    struct bytes levels = {0};
    postern_text packed;
    if (parquet_column_failed(column)) return kit_no_memory(error);
    add_levels(&levels, &column->repetitions, column->repetition);
    add_levels(&levels, &column->definitions, column->definition);
    pack_stream_begin(pack);
    postern_status status =
        levels.failed ? kit_no_memory(error) : pack_stream_add(pack, bytes_text(&levels), error);
    if (status >= 0) status = pack_stream_add(pack, bytes_text(&column->values), error);
    if (status >= 0) status = pack_stream_end(pack, &packed, error);
    if (status >= 0) add_page(column, packed, levels.size + column->values.size);
    bytes_free(&levels);
    column->values.size = column->definitions.size = column->repetitions.size = 0;
    column->page_entries = column->bits = 0;
    return status >= 0 && column->pages.failed ? kit_no_memory(error) : status;
}

bool parquet_column_failed(const struct parquet_column *column)
{
    return column->values.failed || column->definitions.failed || column->repetitions.failed ||
           column->pages.failed;
}

void parquet_column_free(struct parquet_column *column)
{
    bytes_free(&column->values);
    bytes_free(&column->definitions);
    bytes_free(&column->repetitions);
    bytes_free(&column->pages);
}
