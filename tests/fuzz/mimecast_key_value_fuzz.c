/* links: postern_module mimecast_files */
/* A file in the key_value format. */
#include "key_value.h"
#include "mimecast_answer.h"
#include <strings.h>

static bool is_same_key(postern_text a, postern_text b)
{
    return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

/* Every byte of a line lands in a key or a value, but for "|", "=" and the backslashes around a text, and no
 * key comes twice. */
static void check_line(postern_text line)
{
    struct key_value record;
    if (!key_value_read(line, &record)) return;
    const char *at = line.data, *end = kit_end(line);
    if (record.count == 0 || record.count > KEY_VALUE_PAIRS_MAX) abort();
    for (size_t i = 0; i < record.count; i++) {
        postern_text key = record.pairs[i].key, value = record.pairs[i].value;
        bool wrapped = value.data != kit_end(key) + 1;
        if (key.data != at || *kit_end(key) != '=') abort();
        if (wrapped && (value.data[-1] != '\\' || value.data != kit_end(key) + 2)) abort();
        at = value.data + value.size + wrapped;
        if (wrapped && at[-1] != '\\') abort();
        if (i + 1 < record.count && *at++ != '|') abort();
        for (size_t k = 0; k < i; k++)
            if (is_same_key(record.pairs[k].key, key)) abort();
    }
    if (at != end && (at + 1 != end || *at != '|')) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const postern_pair token = {TEXT("mc-siem-token"), TEXT("next")};
    static const char first[] = "datetime="; /* so that it is taken for this format */
    size_t whole = sizeof first - 1 + size;
    char *text = malloc(whole);
    if (!text) return 0;
    memcpy(text, first, sizeof first - 1);
    if (size) memcpy(text + sizeof first - 1, data, size);
    postern_text rest = {text, whole}, line;
    for (bool ended; key_value_line(&rest, &line, &ended);)
        check_line(line);
    const struct fuzz_answer file = {.source = &siem_source,
                                     .body = {text, whole},
                                     .attempt = 4,
                                     .status = 200,
                                     .headers = &token,
                                     .header_count = 1};
    answer_source(&file);
    free(text);
    return 0;
}
