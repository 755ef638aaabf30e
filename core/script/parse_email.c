#include "script/parse_email.h"
#include "base/text.h"

/* A byte that cannot stand in an address outside quotes: blanks, controls, what separates or encloses
 * addresses. */
static bool is_outside_address(char byte)
{
    switch (byte) {
    case '<':
    case '>':
    case ',':
    case ';':
    case '"':
        return true;
    default:
        return (unsigned char)byte <= ' ' || byte == 0x7f;
    }
}

static bool is_plain(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (is_outside_address(text.data[i])) return false;
    return text.size > 0;
}

static bool is_quoted(postern_text text)
{
    return text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"';
}

/* "local@domain" and nothing else. */
static bool split_address(postern_text address, struct email_parts *parts)
{
    const char *at = address.size ? memrchr(address.data, '@', address.size) : NULL;
    if (!at) return false;
    postern_text local = text_slice(address.data, at);
    postern_text domain = text_slice(at + 1, address.data + address.size);
    if (!is_plain(domain) || !(is_plain(local) || (is_quoted(local) && local.size > 2))) return false;
    *parts = (struct email_parts){.address = address, .local = local, .domain = domain};
    return true;
}

bool email_parse(postern_text text, struct email_parts *parts)
{
    text = text_trim(text);
    if (text.size == 0 || text.data[text.size - 1] != '>') return split_address(text, parts);

    const char *open = memrchr(text.data, '<', text.size);
    if (!open) return false;
    postern_text inner = text_trim(text_slice(open + 1, text.data + text.size - 1));
    if (!split_address(inner, parts)) return false;
    postern_text name = text_trim(text_slice(text.data, open));
    if (is_quoted(name)) name = text_trim(text_slice(name.data + 1, name.data + name.size - 1));
    parts->name = name;
    return true;
}

bool email_list_next(postern_text *rest, postern_text *item)
{
    const char *from = rest->data, *end = rest->data + rest->size;
    while (from < end) {
        bool quoted = false, bracketed = false;
        const char *at = from;
        for (; at < end; at++) {
            if (*at == '"')
                quoted = !quoted;
            else if (*at == '<' && !quoted)
                bracketed = true;
            else if (*at == '>' && !quoted)
                bracketed = false;
            else if ((*at == ',' || *at == ';') && !quoted && !bracketed)
                break;
        }
        *item = text_trim(text_slice(from, at));
        from = at < end ? at + 1 : end;
        if (item->size > 0) {
            *rest = text_slice(from, end);
            return true;
        }
    }
    *rest = (postern_text){NULL, 0};
    return false;
}
