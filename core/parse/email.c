#include "parse/email.h"
#include "base/byte_block.h"
#include "base/text.h"
#include "parse/domain.h"
#include "parse/domain_plain.h"
#include "parse/ip.h"

#define COMMENT_SIZE 128 /* so that a list of parentheses costs no more than any other */

/* The bytes that cannot stand in an address outside quotes: blanks, controls, what separates or encloses
 * addresses. */
static const bool outside_address[256] = {
    [0 ... ' '] = true, ['<'] = true, ['>'] = true, [','] = true, [';'] = true, ['"'] = true,
    [':'] = true,       ['('] = true, [')'] = true, ['@'] = true, [0x7f] = true};

#if defined(KIT_VECTOR)
/* The same of sixteen at once. */
static inline byte_block outside_address_in(byte_block bytes)
{
    byte_block separators = (byte_block)(bytes == ',') | (byte_block)((bytes | 1) == ';');
    byte_block brackets = (byte_block)((bytes | 2) == '>') | (byte_block)((bytes | 1) == ')');
    byte_block others = (byte_block)(bytes == '"') | (byte_block)(bytes == '@') | (byte_block)(bytes == 0x7f);
    return (byte_block)(bytes <= ' ') | separators | brackets | others;
}
#endif

/* Behind the bytes from the text's beginning on that can stand in an address outside quotes. */
static const char *behind_plain(postern_text text)
{
    const char *at = text.data, *end = text.data + text.size;
#if defined(KIT_VECTOR)
    for (; (size_t)(end - at) >= BYTE_BLOCK; at += BYTE_BLOCK) {
        uint64_t outside = byte_block_bits(outside_address_in(byte_block_at(at)));
        if (outside) return kit_at_first(at, outside);
    }
#endif
    while (at < end && !outside_address[(unsigned char)*at])
        at++;
    return at;
}

static bool is_quoted(postern_text text)
{
    return text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"';
}

/* A host name, or an address, which stands in brackets by rule: "[192.0.2.1]", "[IPv6:2001:db8::1]". */
static bool is_domain(postern_text domain)
{
    if (domain_is_plain(domain)) return true;
    if (domain.size < 3 || domain.data[0] != '[') return host_is_valid(domain);
    postern_text literal = text_slice(domain.data + 1, domain.data + domain.size - 1);
    if (text_starts_with(literal, "IPv6:"))
        literal = text_slice(literal.data + 5, literal.data + literal.size);
    return domain.data[domain.size - 1] == ']' && ip_is_valid(literal);
}

static inline bool split_at(postern_text address, const char *at, struct email_parts *parts)
{
    postern_text domain = text_slice(at + 1, address.data + address.size);
    if (at == address.data || !is_domain(domain)) return false;
    *parts =
        (struct email_parts){.address = address, .local = text_slice(address.data, at), .domain = domain};
    return true;
}

/* "\"Ada Lovelace\"@example.com" */
static bool split_quoted(postern_text address, struct email_parts *parts)
{
    const char *at = memrchr(address.data, '@', address.size);
    if (!at) return false;
    postern_text local = text_slice(address.data, at);
    return is_quoted(local) && local.size > 2 && split_at(address, at, parts);
}

/* "local@domain" and nothing else. */
static bool split_address(postern_text address, struct email_parts *parts)
{
    if (address.size == 0) return false;
    if (*address.data == '"') return split_quoted(address, parts);
    const char *at = behind_plain(address);
    return at < address.data + address.size && *at == '@' && split_at(address, at, parts);
}

bool email_parse_alone(postern_text text, struct email_parts *parts)
{
    return text.size && *text.data != '"' && split_address(text, parts);
}

/* The text between quotes or parentheses around all of it. */
static postern_text bare_name(postern_text name)
{
    name = text_trim(name);
    bool enclosed =
        is_quoted(name) || (name.size >= 2 && name.data[0] == '(' && name.data[name.size - 1] == ')');
    return enclosed ? text_trim(text_slice(name.data + 1, name.data + name.size - 1)) : name;
}

static bool split_named(postern_text address, postern_text name, struct email_parts *parts)
{
    if (!split_address(text_trim(address), parts)) return false;
    parts->name = bare_name(name);
    return true;
}

/* What might be an address as well is no name: nobody knows which of the two is meant. */
static bool split_beside_name(postern_text address, postern_text name, struct email_parts *parts)
{
    name = text_trim(name);
    bool is_name = name.size > 0 && !memchr(name.data, '@', name.size);
    return is_name && split_named(address, name, parts);
}

/* "Ada <ada@example.com>"; and as some write it, "ada@example.com <Ada>". */
static bool split_at_bracket(postern_text text, struct email_parts *parts)
{
    const char *end = text.data + text.size, *open = memrchr(text.data, '<', text.size);
    if (!open) return false;
    postern_text before = text_slice(text.data, open), inner = text_slice(open + 1, end - 1);
    return split_named(inner, before, parts) || split_beside_name(before, inner, parts);
}

/* "<Ada> ada@example.com" */
static bool split_behind_bracket(postern_text text, struct email_parts *parts)
{
    const char *end = text.data + text.size, *close = memrchr(text.data, '>', text.size);
    if (!close) return false;
    return split_beside_name(text_slice(close + 1, end), text_slice(text.data + 1, close), parts);
}

/* "ada@example.com (Ada)" */
static bool split_at_comment(postern_text text, struct email_parts *parts)
{
    const char *open = memchr(text.data, '(', text.size), *end = text.data + text.size;
    return open && split_beside_name(text_slice(text.data, open), text_slice(open, end), parts);
}

bool email_parse(postern_text text, struct email_parts *parts)
{
    text = text_trim(text);
    if (split_address(text, parts)) return true; /* nearly always */
    if (text.size == 0) return false;
    char last = text.data[text.size - 1];
    if (last == '>') return split_at_bracket(text, parts);
    if (last == ')') return split_at_comment(text, parts);
    return text.data[0] == '<' && split_behind_bracket(text, parts);
}

/* Behind the parenthesis that closes the one at `open`, at most COMMENT_SIZE bytes on; else behind that. */
static const char *behind_comment(const char *open, const char *end)
{
    size_t size = (size_t)(end - open) < COMMENT_SIZE ? (size_t)(end - open) : COMMENT_SIZE;
    const char *close = memchr(open, ')', size);
    return (close ? close : open) + 1;
}

/* Where the first item ends: at a separator outside quotes and brackets, or at the end. A parenthesis that
 * nothing closes encloses nothing. */
static const char *item_end(const char *from, const char *end)
{
    size_t size = (size_t)(end - from);
    /* Nearly always there is one address alone. A long list is not searched to its end again for each item.
     */
    bool is_short = size <= 320;
    if (is_short && !memchr(from, ',', size) && !memchr(from, ';', size)) return end;
    bool quoted = false, bracketed = false;
    for (; from < end; from++) {
        if (*from == '"')
            quoted = !quoted;
        else if (*from == '<' && !quoted)
            bracketed = true;
        else if (*from == '>' && !quoted)
            bracketed = false;
        else if (*from == '(' && !quoted && !bracketed)
            from = behind_comment(from, end) - 1;
        else if ((*from == ',' || *from == ';') && !quoted && !bracketed)
            break;
    }
    return from;
}

bool email_list_next(postern_text *rest, postern_text *item)
{
    const char *from = rest->data, *end = rest->data + rest->size;
    while (from < end) {
        const char *stop = item_end(from, end);
        *item = text_trim(text_slice(from, stop));
        from = stop < end ? stop + 1 : end;
        if (item->size > 0) {
            *rest = text_slice(from, end);
            return true;
        }
    }
    *rest = (postern_text){NULL, 0};
    return false;
}
