#include "http/answer.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/units.h"
#include <errno.h>
#include <sys/mman.h>

/* Far more than any server sends; what goes beyond is an attack or a mistake. */
#define HEADER_BYTES_LIMIT ((size_t)256 << 10)
#define HEADER_COUNT_LIMIT ((size_t)512)
#define HEADER_LINES_LIMIT                                                                                   \
    ((size_t)2048) /* of all heads and trailers: libcurl keeps each in pieces of its own */
#define FIRST_CAPACITY ((size_t)4096)

static postern_status too_large(struct http_answer *answer, const struct http_answer_limits *limits,
                                postern_error *error)
{
    char size[32];
    answer->too_large = true;
    error_set(error, POSTERN_E_LIMIT, "the answer is larger than %s",
              size_format((int64_t)limits->body, size));
    error_remedy(error, "raise %s if answers of this size are expected",
                 limits->name ? limits->name : "http { response_limit = ... }");
    return POSTERN_E_LIMIT;
}

/* ---- Headers */

static bool make_room(struct http_answer *answer)
{
    if (!answer->arena) answer->arena = arena_new(HEADER_BYTES_LIMIT);
    if (!answer->arena) return false;
    if (answer->header_count < answer->header_capacity) return true;
    size_t capacity = answer->header_capacity ? answer->header_capacity * 2 : 16;
    postern_pair *headers = arena_allocate(answer->arena, capacity * sizeof *headers);
    if (!headers) return false;
    if (answer->header_count) memcpy(headers, answer->headers, answer->header_count * sizeof *headers);
    answer->headers = headers;
    answer->header_capacity = capacity;
    return true;
}

static void forget_headers(struct http_answer *answer)
{
    if (answer->arena) arena_reset(answer->arena, FIRST_CAPACITY);
    answer->headers = NULL;
    answer->header_count = answer->header_capacity = 0;
    answer->head_ended = false;
}

static postern_text lower_copy(postern_arena *arena, postern_text text)
{
    char *copy = arena_allocate_raw(arena, text.size + 1);
    if (!copy) return (postern_text){0};
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    copy[text.size] = '\0';
    return (postern_text){copy, text.size};
}

static postern_status too_many_headers(postern_error *error)
{
    return error_set(error, POSTERN_E_LIMIT, "the answer has more than %zu headers or %zu KiB of them",
                     HEADER_COUNT_LIMIT, HEADER_BYTES_LIMIT >> 10);
}

/* True for a Content-Length beyond the limit: no need to wait for the bytes. */
static bool announces_more_than(size_t limit, postern_pair header)
{
    return text_is(header.name, "content-length") && strtoull(header.value.data, NULL, 10) > limit;
}

/* libcurl would unpack it before it is counted, each coding on top of another: a few bytes could keep the
 * thread at work for hours without a byte of body. Nobody was asked for one. */
static postern_status check_transfer_coding(postern_pair header, postern_error *error)
{
    if (!text_is(header.name, "transfer-encoding") || text_is_ignoring_case(header.value, "chunked") ||
        text_is_ignoring_case(header.value, "identity"))
        return POSTERN_OK;
    return error_set(error, POSTERN_E_RETRY,
                     "the answer has the transfer coding \"%.*s\", which was not asked for",
                     header.value.size < 40 ? (int)header.value.size : 40, header.value.data);
}

postern_status http_answer_header_line(struct http_answer *answer, const struct http_answer_limits *limits,
                                       postern_text line, postern_error *error)
{
    answer->line_bytes += line.size;
    if (answer->line_bytes > HEADER_BYTES_LIMIT || ++answer->line_count > HEADER_LINES_LIMIT)
        return too_many_headers(error);
    if (text_starts_with(line, "HTTP/") && !answer->body_begun) forget_headers(answer);
    if (text_trim(line).size == 0) answer->head_ended = true;
    const char *colon = line.size ? memchr(line.data, ':', line.size) : NULL;
    if (!colon || colon == line.data || answer->head_ended) return POSTERN_OK; /* status line, end, trailer */
    bool room = answer->header_count < HEADER_COUNT_LIMIT && make_room(answer);
    postern_pair header = {0};
    if (room) {
        header.name = lower_copy(answer->arena, text_trim(text_slice(line.data, colon)));
        header.value = arena_copy(answer->arena, text_trim(text_slice(colon + 1, line.data + line.size)));
    }
    if (!header.name.data || !header.value.data) return too_many_headers(error);
    answer->headers[answer->header_count++] = header;
    bool larger = !answer->without_body && announces_more_than(limits->body, header);
    return larger ? too_large(answer, limits, error) : check_transfer_coding(header, error);
}

postern_text header_find(const postern_pair *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(headers[i].name, name)) return headers[i].value;
    return (postern_text){0};
}

/* ---- Body */

static postern_status write_to_file(struct http_answer *answer, postern_text bytes, postern_error *error)
{
    int problem = file_write_all(answer->fd, bytes.data, bytes.size);
    if (problem == 0) return POSTERN_OK;
    error_set_errno(error, POSTERN_E_IO, problem, "the answer cannot be written to the state directory");
    error_remedy(error, "make room on the file system of the state directory");
    return POSTERN_E_IO;
}

static postern_status spill(struct http_answer *answer, const char *directory, postern_error *error)
{
    answer->fd = file_open_unlinked(directory);
    if (answer->fd < 0)
        return error_set_errno(error, POSTERN_E_IO, errno, "no temporary file can be made in %s", directory);
    postern_status status = write_to_file(answer, (postern_text){answer->memory, answer->size}, error);
    if (status < 0) return status;
    free(STEAL_POINTER(answer->memory));
    answer->capacity = 0;
    return POSTERN_OK;
}

struct keeper {
    struct http_answer *answer;
    const struct http_answer_limits *limits;
};

static postern_status keep(void *context, postern_text bytes, postern_error *error)
{
    struct http_answer *answer = ((struct keeper *)context)->answer;
    const struct http_answer_limits *limits = ((struct keeper *)context)->limits;
    if (bytes.size == 0) return POSTERN_OK;
    if (bytes.size > limits->body - answer->size) return too_large(answer, limits, error);
    bool large = limits->spill_directory && answer->size + bytes.size > limits->spill_above;
    postern_status status = POSTERN_OK;
    if (large && answer->fd < 0) status = spill(answer, limits->spill_directory, error);
    if (status == POSTERN_OK && answer->fd >= 0) status = write_to_file(answer, bytes, error);
    if (status < 0) return status;
    if (answer->fd < 0) {
        if (!array_reserve(&answer->memory, &answer->capacity, answer->size + bytes.size, 1, limits->body))
            return error_no_memory(error, NULL);
        memcpy(answer->memory + answer->size, bytes.data, bytes.size);
    }
    answer->size += bytes.size;
    return POSTERN_OK;
}

static postern_status begin_decoding(struct http_answer *answer, postern_error *error)
{
    postern_error unknown = ERROR_INIT;
    postern_status status = content_coding_begin(
        &answer->coding, header_find(answer->headers, answer->header_count, "content-encoding"), &unknown);
    if (status == POSTERN_OK || answer->keeps_unknown) return POSTERN_OK;
    answer->coding_failed = true;
    *error = unknown;
    return status;
}

postern_status http_answer_body(struct http_answer *answer, const struct http_answer_limits *limits,
                                postern_text bytes, postern_error *error)
{
    postern_status status = POSTERN_OK;
    if (!answer->body_begun && !answer->keeps_coding) status = begin_decoding(answer, error);
    answer->body_begun = true;
    if (status < 0) return status;
    /* What packs nothing never grows, and would be unpacked for as long as it comes. */
    answer->packed_bytes += bytes.size;
    if (answer->packed_bytes > limits->body) return too_large(answer, limits, error);
    struct keeper keeper = {answer, limits};
    status = content_coding_decode(&answer->coding, bytes, keep, &keeper, error);
    if (status == POSTERN_E_RETRY || (status == POSTERN_E_LIMIT && answer->coding.gzip))
        answer->coding_failed = true;
    return status;
}

postern_status http_answer_finish(struct http_answer *answer, postern_text *body, postern_error *error)
{
    postern_status status = content_coding_finish(&answer->coding, error);
    if (status < 0) answer->coding_failed = true;
    if (status < 0) return status;
    content_coding_free(&answer->coding);
    if (answer->fd < 0) {
        *body = (postern_text){answer->memory, answer->size};
        return POSTERN_OK;
    }
    /* Nobody else can reach the unlinked file, so the mapping cannot be cut short under its reader. */
    void *mapping = mmap(NULL, answer->size, PROT_READ, MAP_PRIVATE, answer->fd, 0);
    if (mapping == MAP_FAILED)
        return error_set_errno(error, POSTERN_E_MEMORY, errno, "the answer cannot be mapped");
    answer->mapping = mapping;
    close(STEAL_FD(answer->fd));
    *body = (postern_text){mapping, answer->size};
    return POSTERN_OK;
}

void http_answer_free(struct http_answer *answer)
{
    if (answer->mapping) munmap(answer->mapping, answer->size);
    if (answer->fd >= 0) close(answer->fd);
    if (answer->memory) secret_wipe(answer->memory, answer->size); /* it may be an access token */
    free(answer->memory);
    content_coding_free(&answer->coding);
    arena_free(answer->arena);
    *answer = ANSWER_INIT;
}
