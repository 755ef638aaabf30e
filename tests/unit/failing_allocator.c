#include "failing_allocator.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

static atomic_bool armed, fails_rest;
static atomic_size_t left; /* allocations that still work */
static atomic_bool has_failed;

void failing_allocator_arm(size_t n, enum allocation_failure failure)
{
    atomic_store(&left, n - 1);
    atomic_store(&fails_rest, failure == FAIL_REST);
    atomic_store(&has_failed, false);
    atomic_store(&armed, true);
}

bool failing_allocator_disarm(void)
{
    atomic_store(&armed, false);
    return atomic_load(&has_failed);
}

static bool fails(void)
{
    if (!atomic_load(&armed)) return false;
    size_t before = atomic_load(&left);
    while (before > 0)
        if (atomic_compare_exchange_weak(&left, &before, before - 1)) return false;
    bool was_first = !atomic_exchange(&has_failed, true);
    if (!was_first && !atomic_load(&fails_rest)) return false;
    errno = ENOMEM;
    return true;
}

/* The linker calls __wrap_NAME in place of NAME, and NAME in place of __real_NAME. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
int __real_vasprintf(char **text, const char *format, va_list arguments);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
int __wrap_vasprintf(char **text, const char *format, va_list arguments);
int __wrap_asprintf(char **text, const char *format, ...);
/* What a fortified build calls instead. */
int __wrap___vasprintf_chk(char **text, int flag, const char *format, va_list arguments);
int __wrap___asprintf_chk(char **text, int flag, const char *format, ...);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    return fails() ? NULL : __real_reallocarray(block, count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : __real_strndup(text, size);
}

int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
    if (fails()) return -1;
    return __real_vasprintf(text, format, arguments);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = __wrap_vasprintf(text, format, arguments);
    va_end(arguments);
    return size;
}

int __wrap___vasprintf_chk(char **text, int flag, const char *format, va_list arguments)
{
    (void)flag;
    return __wrap_vasprintf(text, format, arguments);
}

int __wrap___asprintf_chk(char **text, int flag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = __wrap___vasprintf_chk(text, flag, format, arguments);
    va_end(arguments);
    return size;
}
