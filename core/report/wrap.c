#include "report/wrap.h"
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 108

static int columns(const char *text, size_t size)
{
    int count = 0;
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80) count++;
    return count;
}

void print_wrapped(FILE *to, int indent, const char *mark, const char *text)
{
    int left = indent + columns(mark, strlen(mark)), at = left;
    int width = isatty(fileno(to)) ? WIDTH : INT_MAX;
    fprintf(to, "%*s%s", indent, "", mark);
    while (*text) {
        size_t word = strcspn(text, " \n");
        int wide = columns(text, word);
        if (at > left && at + 1 + wide > width) {
            fprintf(to, "\n%*s", left, "");
            at = left;
        }
        if (at > left) {
            fputc(' ', to);
            at++;
        }
        fprintf(to, "%.*s", (int)word, text);
        at += wide;
        text += word;
        text += strspn(text, " \n");
    }
    fputc('\n', to);
}
