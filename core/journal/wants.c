#include "journal/wants.h"
#include "base/name.h"
#include "base/text.h"
#include "journal/notice.h"

static void write_names(const char *const *names, size_t count, struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i) buffer_append_byte(out, ' ');
        buffer_append_string(out, names[i]);
    }
}

void wants_write(const char *const *accounts, size_t account_count, const char *const *sources,
                 size_t source_count, struct buffer *out)
{
    write_names(accounts, account_count, out);
    buffer_append_byte(out, '|');
    write_names(sources, source_count, out);
}

static bool has(postern_text names, postern_text wanted)
{
    const char *end = names.data + names.size;
    for (const char *at = names.data; at < end;) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        postern_text name = text_slice(at, blank ? blank : end);
        if (text_equal(name, wanted)) return true;
        at = blank ? blank + 1 : end;
    }
    return false;
}

bool wants_take(postern_text wants, postern_text account, postern_text source)
{
    const char *bar = wants.size ? memchr(wants.data, '|', wants.size) : NULL;
    if (!bar) return true;
    postern_text accounts = text_slice(wants.data, bar);
    postern_text sources = text_slice(bar + 1, wants.data + wants.size);
    bool is_notice = text_is(source, NOTICE_SOURCE),
         is_general = is_notice && text_is(account, NOTICE_ACCOUNT);
    if (!is_general && !has(accounts, account) && !has(accounts, TEXT("*"))) return false;
    if (has(sources, source)) return is_notice || name_is_valid(account);
    return has(sources, TEXT("*")) && !is_notice && name_is_valid(account);
}
