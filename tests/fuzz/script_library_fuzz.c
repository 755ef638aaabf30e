/* links: postern_script */
/* The parsers of the scripts' helper library. The first byte chooses the parser. */
#include "base/text.h"
#include "base/timestamp.h"
#include "parse/csv.h"
#include "parse/email.h"
#include "parse/network_set.h"
#include "parse/public_suffix.h"
#include "parse/time_pattern.h"
#include "parse/time_text.h"
#include "parse/url.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define require(holds) ((holds) ? (void)0 : abort())

static bool inside(postern_text whole, postern_text part)
{
    return part.size == 0 || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

static void fuzz_email(postern_text text)
{
    struct email_parts parts;
    if (email_parse(text, &parts))
        require(inside(text, parts.address) && inside(text, parts.name) && parts.local.size &&
                parts.domain.size);
    postern_text rest = text, item;
    for (size_t count = 0; email_list_next(&rest, &item); count++)
        require(item.size > 0 && inside(text, item) && count < text.size);
}

static bool is_ascii(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0x80) return false;
    return true;
}

/* The parts are the name, and the registered domain is its own (there are letters whose lower-case form
 * changes once more). */
static void fuzz_names(postern_text host)
{
    char buffer[PUBLIC_SUFFIX_BUFFER], again[PUBLIC_SUFFIX_BUFFER];
    static struct public_suffix_memo memo;
    struct public_suffix_parts parts, of_registered;
    if (!public_suffix_split(host, buffer, &memo, &parts)) return;
    require(parts.top_level.size > 0 && text_is_utf8(parts.registered) && text_is_utf8(parts.subdomain));
    size_t dot = parts.subdomain.size > 0;
    require(parts.subdomain.size + dot + (parts.registered.size ? parts.registered : parts.top_level).size ==
            strlen(buffer));
    if (parts.registered.size == 0 || !is_ascii(host)) return;
    require(
        text_ends_with(parts.registered, parts.top_level.data)); /* both end where the buffer's text does */
    require(public_suffix_split(parts.registered, again, NULL, &of_registered));
    require(text_equal(of_registered.registered, parts.registered) && of_registered.subdomain.size == 0);
}

static void fuzz_url(postern_text text)
{
    struct url_parts parts;
    if (!url_parse(text, &parts)) return;
    require(inside(text, parts.scheme) && inside(text, parts.username) && inside(text, parts.password));
    require(inside(text, parts.domain) && inside(text, parts.path) && inside(parts.path, parts.extension));
    require(inside(text, parts.query) && inside(text, parts.fragment) && parts.port >= URL_UNUSABLE_PORT &&
            parts.port < 65536);
    require(parts.full.size == 0 || (inside(text, parts.full) && parts.scheme.data == parts.full.data));
    require(inside(parts.domain, url_host_address(&parts)));
    fuzz_names(parts.domain);
    fuzz_names(text);
}

static void fuzz_network(postern_text text)
{
    struct ip_network network;
    struct ip_address address;
    if (ip_parse(text, &address))
        require(ip_network_parse(text, &network) && network_set_contains(&network, 1, &address));
    if (ip_network_parse(text, &network)) require(memcmp(network.first, network.last, 16) <= 0);
}

static void fuzz_csv(postern_text text)
{
    struct csv csv;
    char *copy = text_duplicate(text);
    if (copy && csv_parse(copy, text.size, &csv, NULL) >= 0) {
        for (size_t i = 0; i < csv.rows * csv.columns; i++)
            require(inside((postern_text){copy, text.size}, csv.cells[i]) || csv.cells[i].size == 0);
        csv_free(&csv);
    }
    free(copy);
}

/* What is read as a time is the same time when it is written in the usual form. */
static void fuzz_time_text(postern_text text)
{
    int64_t ms, again;
    bool had_zone;
    char iso[TIMESTAMP_SIZE];
    time_epoch_read(text, &ms);
    if (!time_text_read(text, &ms, &had_zone)) return;
    timestamp_iso(ms, iso);
    bool in_range = ms >= -62135596800000 && ms < 253402300800000; /* the years 1 to 9999 */
    if (in_range) require(time_text_read(text_of(iso), &again, &had_zone) && again == ms && had_zone);
}

static void fuzz_time(postern_text text)
{
    const char *middle = text.size ? memchr(text.data, '|', text.size) : NULL;
    if (!middle) return;
    postern_text pattern = text_slice(text.data, middle),
                 time = text_slice(middle + 1, text.data + text.size);
    int64_t ms;
    struct buffer out = {.limit = 65536};
    if (!time_pattern_fault(pattern) && time_pattern_read(time, pattern, &ms))
        time_pattern_write(ms, pattern, &out);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(postern_text) = {fuzz_email, fuzz_url,  fuzz_network,
                                                    fuzz_csv,   fuzz_time, fuzz_time_text};
    if (size == 0) return 0;
    parsers[data[0] % 6]((postern_text){(const char *)data + 1, size - 1});
    return 0;
}
