#include "report/wrap.h"
#include "base/show.h"
#include "base/text.h"
#include "base/visible.h"
#include <limits.h>
#include <unistd.h>

#define WIDTH 108

void print_wrapped(FILE *to, int indent, const char *mark, const char *text)
{
    size_t left = (size_t)indent + visible_columns(text_of(mark)), at = left;
    size_t width = isatty(fileno(to)) ? WIDTH : INT_MAX;
    show(to, "%*s%s", indent, "", mark);
    while (*text) {
        postern_text word = {text, strcspn(text, " \n")};
        size_t wide = visible_columns(word);
        if (at > left && at + 1 + wide > width) {
            show(to, "\n%*s", (int)left, "");
            at = left;
        }
        if (at > left) {
            show(to, " ");
            at++;
        }
        show(to, "%.*s", TEXT_ARGS(word));
        at += wide;
        text += word.size;
        text += strspn(text, " \n");
    }
    show(to, "\n");
}
