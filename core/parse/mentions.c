#include "parse/mentions.h"

#include "base/text.h"
#include "parse/domain.h"
#include "parse/email.h"
#include "parse/ip.h"
#include <stdlib.h>

#define QUOTED_SIZE 512 /* of a path in quotes */

/* None of them is a top-level domain but zip, whose domains are few. Sorted. */
static const char *const extensions[] = {
    "7z",   "avi",  "bak",  "bmp", "bz2",  "cer",  "cfg",  "conf", "crt",  "csv",  "dat",  "db",
    "doc",  "docm", "docx", "dot", "dotx", "eml",  "exe",  "gif",  "gz",   "htm",  "html", "ics",
    "ini",  "iso",  "jpeg", "jpg", "js",   "json", "key",  "ldif", "log",  "mbox", "mht",  "mp3",
    "mp4",  "msg",  "msi",  "nsf", "odp",  "ods",  "odt",  "ost",  "p12",  "p7m",  "pdf",  "pem",
    "pfx",  "png",  "pot",  "ppt", "pptm", "pptx", "pst",  "rar",  "rtf",  "svg",  "tar",  "tgz",
    "tif",  "tiff", "tsv",  "txt", "vcf",  "vsd",  "vsdx", "wav",  "webp", "xls",  "xlsb", "xlsm",
    "xlsx", "xml",  "xps",  "xz",  "yaml", "yml",  "zip",
};

/* What stands between two words, and what else stands between two names of files. */
#define ANY_WORD 1u
#define A_FILE   2u
static const uint8_t between[256] = {[0 ... ' '] = ANY_WORD | A_FILE,
                                     [','] = ANY_WORD | A_FILE,
                                     [';'] = ANY_WORD | A_FILE,
                                     ['<'] = ANY_WORD | A_FILE,
                                     ['>'] = ANY_WORD | A_FILE,
                                     ['('] = ANY_WORD | A_FILE,
                                     [')'] = ANY_WORD | A_FILE,
                                     ['"'] = ANY_WORD | A_FILE,
                                     ['\''] = ANY_WORD | A_FILE,
                                     ['='] = ANY_WORD | A_FILE,
                                     ['|'] = ANY_WORD | A_FILE,
                                     ['{'] = ANY_WORD | A_FILE,
                                     ['}'] = ANY_WORD | A_FILE,
                                     ['['] = ANY_WORD | A_FILE,
                                     [']'] = ANY_WORD | A_FILE,
                                     ['/'] = A_FILE,
                                     ['\\'] = A_FILE,
                                     [':'] = A_FILE};

static inline bool is_between(char byte, unsigned what)
{
    return between[(unsigned char)byte] & what;
}

static bool is_digits(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9') return false;
    return text.size > 0;
}

/* The end of a sentence, and the like. */
static bool is_mark(char byte)
{
    return byte == '.' || byte == ':' || byte == '!' || byte == '?' || byte == '*' || byte == '`';
}

static postern_text without_marks(postern_text word)
{
    while (word.size && is_mark(word.data[word.size - 1]))
        word.size--;
    while (word.size && (*word.data == '*' || *word.data == '`'))
        word = text_slice(word.data + 1, word.data + word.size);
    return word;
}

static bool is_address(postern_text *word)
{
    if (word->size > 64) return false;
    if (ip_is_valid(*word)) return true;
    const char *colon = memchr(word->data, ':', word->size);
    if (!colon || !is_digits(text_slice(colon + 1, word->data + word->size))) return false;
    *word = text_slice(word->data, colon);
    return ip_is_valid(*word);
}

static bool is_mail_address(postern_text *word)
{
    struct email_parts parts;
    while (word->size && *word->data == ':') /* "Requested By :ada@corp.example" */
        *word = text_slice(word->data + 1, word->data + word->size);
    if (text_starts_with(*word, "mailto:")) *word = text_slice(word->data + 7, word->data + word->size);
    return word->size <= 320 && email_parse(*word, &parts) &&
           memchr(parts.domain.data, '.', parts.domain.size) && domain_is_valid(parts.domain);
}

static int compare_extensions(const void *left, const void *right)
{
    return strcmp(left, *(const char *const *)right);
}

static bool is_file(postern_text word)
{
    char extension[8];
    if (!word.data || word.size == 0) return false;
    const char *dot = memrchr(word.data, '.', word.size);
    if (!dot || dot == word.data || word.size > 255 || memchr(word.data, '@', word.size)) return false;
    postern_text text = text_slice(dot + 1, word.data + word.size);
    if (!text_to_string(text, extension, sizeof extension)) return false;
    for (char *at = extension; *at; at++)
        if (*at >= 'A' && *at <= 'Z') *at = (char)(*at + 0x20);
    return bsearch(extension, extensions, sizeof extensions / sizeof *extensions, sizeof *extensions,
                   compare_extensions);
}

static bool is_mention(postern_text *word, enum mention kind)
{
    switch (kind) {
    case MENTION_IP:
        return is_address(word);
    case MENTION_EMAIL:
        return is_mail_address(word);
    case MENTION_FILE:
        return is_file(*word);
    }
    return false;
}

/* A file whose name stands in quotes, blanks and all; of a path its last part. */
static bool quoted_file(const char *at, const char *end, postern_text *found)
{
    if (*at != '"' && *at != '\'') return false;
    const char *from = at + 1;
    size_t size = (size_t)(end - from);
    const char *close = memchr(from, *at, size < QUOTED_SIZE ? size : QUOTED_SIZE);
    if (!close || close == from || *from == ' ')
        return false; /* what closed the quotes before begins with a blank */
    if (close + 1 < end && !is_between(close[1], ANY_WORD) && !strchr(".:!?", close[1])) return false;
    for (const char *byte = from; byte < close; byte++)
        if (*byte == '/' || *byte == '\\') from = byte + 1;
    *found = text_slice(from, close);
    return is_file(*found);
}

/* The beginning of the next word with an @, without which there is no mail address; NULL if there is none. */
static const char *word_with_sign(const char *at, const char *end)
{
    const char *begin = memchr(at, '@', (size_t)(end - at));
    while (begin && begin > at && !is_between(begin[-1], ANY_WORD))
        begin--;
    return begin;
}

bool mention_next(postern_text *rest, enum mention kind, postern_text *found)
{
    const char *at = rest->data, *end = rest->data + rest->size;
    const unsigned what = kind == MENTION_FILE ? A_FILE : ANY_WORD;
    while (at < end) {
        if (kind == MENTION_EMAIL && !(at = word_with_sign(at, end))) return false;
        for (; at < end && is_between(*at, what); at++) {
            if (kind != MENTION_FILE || !quoted_file(at, end, found)) continue;
            *rest = text_slice(found->data + found->size + 1, end);
            return true;
        }
        const char *from = at;
        while (at < end && !is_between(*at, what))
            at++;
        postern_text word = without_marks(text_slice(from, at));
        if (word.size == 0 || !is_mention(&word, kind)) continue;
        *found = word;
        *rest = text_slice(at, end);
        return true;
    }
    return false;
}
