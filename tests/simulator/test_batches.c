#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gzip.h"
#include "test_batches.h"
#include "times.h"
#include <stdio.h>
#include <string.h>
#include <zlib.h>

const char *batches_type(unsigned type)
{
    static char encoded[64];
    const char *name = type < SIEM_TYPES ? batch_type_name((enum siem_type)type)
                                         : ci_type_name((enum ci_type)(type - SIEM_TYPES));
    size_t size = 0;
    for (; *name; name++)
        encoded[size++] = *name == ' ' ? '+' : *name;
    encoded[size] = '\0';
    return encoded;
}

struct response batches_ask(const struct reader *reader, unsigned type, const char *next, const char *further)
{
    char path[900];
    snprintf(path, sizeof path, "/siem/v1/batch/events/%s?type=%s&pageSize=%zu%s%s%s",
             type < SIEM_TYPES ? "cg" : "ci", batches_type(type), reader->page_size ? reader->page_size : 100,
             next && *next ? "&nextPage=" : "", next ? next : "", further ? further : "");
    return simulator_call(reader->simulator,
                          &(struct call){.path = path, .method = "GET", .bearer = reader->bearer},
                          reader->curl);
}

bool batches_understand(const struct response *response, struct batch_page_read *page)
{
    *page = (struct batch_page_read){0};
    cJSON *answer =
        response->status == 200 && response->result == CURLE_OK ? cJSON_Parse(response->body.data) : NULL;
    const cJSON *value = cJSON_GetObjectItem(answer, "value"), *one;
    bool good = cJSON_IsArray(value);
    cJSON_ArrayForEach(one, value)
    {
        assert_true(page->url_count < 128);
        snprintf(page->urls[page->url_count++], sizeof *page->urls, "%s",
                 cJSON_GetObjectItem(one, "url")->valuestring);
    }
    const cJSON *next = cJSON_GetObjectItem(answer, "@nextPage");
    if (next) snprintf(page->next, sizeof page->next, "%s", next->valuestring);
    page->caught_up = cJSON_IsTrue(cJSON_GetObjectItem(answer, "isCaughtUp"));
    cJSON_Delete(answer);
    return good;
}

struct response batches_fetch(const struct reader *reader, const char *url, const char *header)
{
    const char *port = strrchr(url, ':') + 1;
    unsigned number = 0;
    assert_int_equal(sscanf(port, "%u", &number), 1);
    return simulator_call(reader->simulator,
                          &(struct call){.path = strchr(port, '/'),
                                         .method = "GET",
                                         .host = "localhost",
                                         .port = number,
                                         .form = "",
                                         .header = header},
                          reader->curl);
}

static bool same_file(const char *left, const char *right)
{
    size_t size = strcspn(left, "?");
    return strncmp(left, right, size + 1) == 0;
}

static void write_good_lines(struct reader *reader, const struct text *lines)
{
    for (const char *line = lines->data, *end = lines->data + lines->size; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop ? stop : end) - line);
        const char *parsed_until = NULL;
        cJSON *parsed = cJSON_ParseWithLengthOpts(line, length, &parsed_until, false);
        if (parsed && parsed_until == line + length) {
            fwrite(line, 1, length, reader->out);
            fputc('\n', reader->out);
        } else if (strspn(line, " ") < length) {
            reader->damaged++;
        }
        cJSON_Delete(parsed);
        line += length + 1;
    }
}

/* True if it is a gzip file whose checksums are right. */
static bool is_sound(const struct text *packed)
{
    z_stream stream = {.next_in = (Bytef *)packed->data, .avail_in = (uInt)packed->size};
    if (packed->size < 18 || inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return false;
    char waste[65536];
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = (Bytef *)waste;
        stream.avail_out = sizeof waste;
        result = inflate(&stream, Z_NO_FLUSH);
        if (result == Z_STREAM_END && stream.avail_in) result = inflateReset(&stream);
    }
    inflateEnd(&stream);
    return result == Z_STREAM_END;
}

/* False if the link is dead. A damaged file is fetched again; what stays damaged is read as far as it goes.
 */
static bool read_file(struct reader *reader, const char *url)
{
    unsigned damaged = 0;
    for (unsigned attempt = 0; attempt < 60; attempt++) {
        struct response response = batches_fetch(reader, url, NULL);
        bool dead = response.status == 403 || response.status == 404,
             whole = response.result == CURLE_OK && response.status == 200;
        if (whole && !is_sound(&response.body) && ++damaged < 3) whole = false;
        if (whole) {
            struct text lines = {0};
            gzip_unpack(response.body.data, response.body.size, &lines);
            reader->damaged += damaged == 3;
            write_good_lines(reader, &lines);
            text_free(&lines);
        }
        response_free(&response);
        if (whole || dead) return whole;
    }
    fail_msg("a file never came");
    return false;
}

static void ask_page(struct reader *reader, unsigned type, const char *next, struct batch_page_read *page)
{
    for (unsigned attempt = 0; attempt < 60; attempt++) {
        struct response response = batches_ask(reader, type, next, NULL);
        bool understood = batches_understand(&response, page);
        long status = response.status;
        response_free(&response);
        if (understood) return;
        if (status == 401)
            reader_renew_token(reader);
        else
            simulator_advance(reader->simulator, status == 429 ? 15 * MINUTE : 3 * SECOND);
    }
    fail_msg("no page");
}

void batches_read(struct reader *reader, unsigned type)
{
    static struct batch_page_read page, again;
    char next[600] = "";
    do {
        ask_page(reader, type, next, &page);
        for (size_t i = 0; i < page.url_count; i++) {
            bool twice = false;
            for (size_t k = 0; k < i && !twice; k++)
                twice = same_file(page.urls[i], page.urls[k]);
            const char *url = page.urls[i];
            while (!twice && !read_file(reader, url)) {
                ask_page(reader, type, next, &again);
                url = NULL;
                for (size_t k = 0; k < again.url_count && !url; k++)
                    if (same_file(page.urls[i], again.urls[k])) url = again.urls[k];
                assert_non_null(url);
            }
        }
        if (page.next[0]) snprintf(next, sizeof next, "%s", page.next);
    } while (!page.caught_up);
}

void batches_read_all(struct reader *reader)
{
    reader->curl = curl_easy_init();
    reader_renew_token(reader);
    for (unsigned type = 0; type < BATCH_TYPES; type++)
        batches_read(reader, type);
    int64_t now_ms = simulator_now(reader->simulator);
    for (int source = AUDIT; source < SOURCES; source++)
        reader_read_source(reader, (enum source)source, now_ms - 7 * DAY, now_ms);
    curl_easy_cleanup(reader->curl);
    fflush(reader->out);
}
