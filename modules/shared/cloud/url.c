#include "shared/cloud/url.h"
#include <stdlib.h>

static void encode(struct kit_writer *writer, postern_text text, bool slashes_stay)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '.' || c == '_' || c == '~' || (c == '/' && slashes_stay);
        char coded[4];
        if (!plain) snprintf(coded, sizeof coded, "%%%02X", (unsigned)c);
        kit_write(writer, plain ? kit_span(text.data + i, 1) : kit_span(coded, 3));
    }
}

void cloud_write_encoded(struct kit_writer *writer, postern_text text)
{
    encode(writer, text, false);
}

void cloud_write_path(struct kit_writer *writer, postern_text path)
{
    encode(writer, path, true);
}

static void write_pair(struct kit_writer *writer, const postern_pair *pair, bool first)
{
    if (!first) kit_write_string(writer, "&");
    cloud_write_encoded(writer, pair->name);
    kit_write_string(writer, "=");
    cloud_write_encoded(writer, pair->value);
}

void cloud_write_form(struct kit_writer *writer, const postern_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_pair(writer, &pairs[i], i == 0);
}

/* In the order of the encoded bytes: '%' lies below all that stays as it is. */
static int encoded_rank(unsigned char c)
{
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                 c == '.' || c == '_' || c == '~';
    return plain ? 256 + c : c;
}

static int compare_encoded(postern_text a, postern_text b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++) {
        int difference = encoded_rank((unsigned char)a.data[i]) - encoded_rank((unsigned char)b.data[i]);
        if (difference) return difference;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static int compare_pairs(const void *left, const void *right)
{
    const postern_pair *a = left, *b = right;
    int names = compare_encoded(a->name, b->name);
    return names ? names : compare_encoded(a->value, b->value);
}

void cloud_write_sorted_query(struct kit_writer *writer, const postern_pair *pairs, size_t count)
{
    postern_pair sorted[CLOUD_QUERY_LIMIT];
    if (count > CLOUD_QUERY_LIMIT) writer->failed = true;
    if (count == 0 || writer->failed) return;
    memcpy(sorted, pairs, count * sizeof *pairs);
    qsort(sorted, count, sizeof *sorted, compare_pairs);
    cloud_write_form(writer, sorted, count);
}
