/* What is logged for a while, instead of being shown. */
#ifndef TEST_CAPTURED_H
#define TEST_CAPTURED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct captured {
    FILE *file;
    int usual; /* where stderr leads else */
};

static inline void captured_begin(struct captured *captured)
{
    captured->file = tmpfile();
    captured->usual = dup(STDERR_FILENO);
    assert_non_null(captured->file);
    fflush(stderr);
    assert_true(captured->usual >= 0 && dup2(fileno(captured->file), STDERR_FILENO) >= 0);
}

/* The first `size - 1` bytes of it, with a zero behind. */
static inline void captured_end(struct captured *captured, char *text, size_t size)
{
    fflush(stderr);
    assert_true(dup2(captured->usual, STDERR_FILENO) >= 0);
    close(captured->usual);
    rewind(captured->file);
    text[fread(text, 1, size - 1, captured->file)] = '\0';
    fclose(captured->file);
}

#endif
