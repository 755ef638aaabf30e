/* Secrets and the locked memory that they lie in. */
#include "../sanitized.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/text.h"
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void secrets(void **unused)
{
    (void)unused;
    struct secret *secret = secret_new(TEXT("hunter2"));
    struct secret *shared = secret_share(secret);
    secret_release(secret);
    assert_true(text_is(secret_reveal(shared), "hunter2"));
    secret_release(shared);
    secret_release(NULL);
}

/* ThreadSanitizer makes mappings of its own meanwhile. */
#define OTHER_MAPPINGS (SANITIZED_THREADS ? 200 : 2)

static size_t count_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    size_t count = 0;
    for (int c; (c = getc(file)) != EOF;)
        count += c == '\n';
    fclose(file);
    return count;
}

/* Thousands of accounts have several each; the system gives a process some 65,000 mappings. */
static void there_may_be_many_secrets(void **unused)
{
    (void)unused;
    enum { COUNT = 100000 };
    struct secret **secrets = calloc(COUNT, sizeof *secrets);
    size_t before = count_mappings();
    char text[300];
    for (size_t i = 0; i < COUNT; i++) {
        int size = snprintf(text, sizeof text, "secret %zu", i);
        secrets[i] = secret_new((postern_text){text, (size_t)size});
        assert_non_null(secrets[i]);
    }
    assert_true(count_mappings() < before + 1000);
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "secret %zu", i);
        assert_true(text_is(secret_reveal(secrets[i]), text));
        secret_release(secrets[i]);
    }
    assert_true(count_mappings() <= before + OTHER_MAPPINGS);
    free(secrets);
}

static void a_secret_may_be_as_long_as_it_likes(void **unused)
{
    (void)unused;
    static const size_t sizes[] = {0, 1, 31, 32, 33, 4063, 4064, 4065, 32768, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        _cleanup_(freep) char *text = malloc(sizes[i] + 1);
        memset(text, 'x', sizes[i]);
        struct secret *secret = secret_new((postern_text){text, sizes[i]});
        assert_true(text_equal(secret_reveal(secret), (postern_text){text, sizes[i]}));
        secret_release(secret);
    }
    assert_null(secret_new((postern_text){"x", SIZE_MAX}));
    assert_null(secret_new((postern_text){"x", SIZE_MAX - 64}));
}

/* A mapping of the process as /proc/self/smaps tells it. */
struct mapping {
    uintptr_t begin, end;
    char access[5];
    bool is_locked, is_dumped;
};

static void read_flags(struct mapping *mapping, const char *line)
{
    mapping->is_locked = strstr(line, " lo") != NULL;
    mapping->is_dumped = strstr(line, " dd") == NULL;
}

/* Of the mapping that `place` lies in, and of its two neighbours. */
static void find_mappings(const void *place, struct mapping found[3])
{
    _cleanup_(fclosep) FILE *file = fopen("/proc/self/smaps", "r");
    char line[512];
    assert_non_null(file);
    memset(found, 0, 3 * sizeof found[0]);
    while (found[2].begin == 0 && fgets(line, sizeof line, file)) {
        struct mapping next;
        if (strncmp(line, "VmFlags:", 8) == 0) read_flags(&found[1], line);
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &next.begin, &next.end, next.access) != 3) continue;
        if (found[1].begin <= (uintptr_t)place && (uintptr_t)place < found[1].end) {
            found[2] = next;
        } else {
            found[0] = found[1];
            found[1] = next;
        }
    }
}

static bool may_lock(void)
{
    size_t size = (size_t)64 << 10;
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool locked = pages != MAP_FAILED && mlock(pages, size) == 0;
    munmap(pages, size);
    return locked && !SANITIZED; /* which take mlock for themselves */
}

static void check_guarded(size_t size)
{
    char text[10000] = "";
    struct mapping around[3];
    struct secret *secret = secret_new((postern_text){text, size});
    const char *bytes = secret_reveal(secret).data;
    bool locks = may_lock();
    find_mappings(bytes, around);
    assert_string_equal(around[1].access, "rw-p");
    assert_true((uintptr_t)bytes + size <= around[1].end);
    assert_false(around[1].is_dumped);
    if (locks) assert_true(around[1].is_locked);
    assert_string_equal(around[0].access, "---p");
    assert_int_equal(around[0].end, around[1].begin);
    assert_string_equal(around[2].access, "---p");
    assert_int_equal(around[2].begin, around[1].end);
    if (size > 4096) assert_true(around[1].end - ((uintptr_t)bytes + size) < 32); /* the guard is near */
    secret_release(secret);
}

static void secrets_lie_between_guards_and_are_not_dumped(void **unused)
{
    (void)unused;
    check_guarded(7);
    check_guarded(1000);
    check_guarded(10000);
}

static void what_is_given_back_is_wiped_and_taken_again(void **unused)
{
    (void)unused;
    struct secret *neighbour = secret_new(TEXT("keeps the chunk")), *secret = secret_new(TEXT("hunter2"));
    const char *bytes = secret_reveal(secret).data;
    secret_release(secret);
    for (size_t i = 0; i < 32; i++)
        assert_int_equal(bytes[i], 0);
    secret = secret_new(TEXT("hunter3"));
    assert_ptr_equal(secret_reveal(secret).data, bytes);
    assert_true(text_is(secret_reveal(neighbour), "keeps the chunk"));
    secret_release(neighbour);
    secret_release(secret);
}

/* Every other one goes: what stays is whole, and the room is used again, not more of it. */
static void holes_are_filled(void **unused)
{
    (void)unused;
    enum { COUNT = 20000 };
    _cleanup_(freep) struct secret **secrets = calloc(COUNT, sizeof(struct secret *));
    char text[300];
    for (size_t i = 0; i < COUNT; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text);
        secrets[i] = secret_new((postern_text){text, i % sizeof text});
    }
    size_t full = count_mappings();
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = round % 2; i < COUNT; i += 2)
            secret_release(secrets[i]);
        for (size_t i = round % 2; i < COUNT; i += 2) {
            memset(text, 'a' + (int)(i % 26), sizeof text);
            secrets[i] = secret_new((postern_text){text, i % sizeof text});
        }
    }
    assert_true(count_mappings() <= full + OTHER_MAPPINGS);
    for (size_t i = 0; i < COUNT; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text);
        assert_true(text_equal(secret_reveal(secrets[i]), (postern_text){text, i % sizeof text}));
        secret_release(secrets[i]);
    }
}

static void write_past_the_end(const void *end)
{
    struct secret *secret = secret_new(TEXT("hunter2"));
    ((char *)(uintptr_t)secret_reveal(secret).data)[7] = *(const char *)end;
    secret_release(secret);
}

static void write_past_the_last_page(const void *unused)
{
    (void)unused;
    char text[10000] = "";
    struct secret *secret = secret_new((postern_text){text, sizeof text});
    volatile char *bytes = (char *)(uintptr_t)secret_reveal(secret).data;
    for (size_t i = sizeof text; i < sizeof text + 64; i++)
        bytes[i] = 'x';
}

/* The signal that a child ends with, 0 if it ends by itself. */
static int signal_of(void (*act)(const void *), const void *argument)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        signal(SIGSEGV, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        act(argument);
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void who_writes_past_a_secret_is_stopped(void **unused)
{
    (void)unused;
    assert_int_equal(signal_of(write_past_the_end, ""), 0); /* what stands there anyway */
    assert_int_equal(signal_of(write_past_the_end, "x"), SIGABRT);
    assert_int_equal(signal_of(write_past_the_last_page, NULL), SIGSEGV);
}

static void *take_and_give(void *letter)
{
    char text[400];
    struct secret *secrets[50];
    for (size_t round = 0; round < 200; round++) {
        memset(text, *(char *)letter, sizeof text);
        for (size_t i = 0; i < 50; i++)
            secrets[i] = secret_new((postern_text){text, (round + i * 7) % sizeof text});
        for (size_t i = 0; i < 50; i++) {
            postern_text bytes = secret_reveal(secrets[i]);
            if (memcmp(bytes.data, text, bytes.size) != 0) return letter;
            secret_release(secrets[i]);
        }
    }
    return NULL;
}

static void threads_share_the_chunks(void **unused)
{
    (void)unused;
    pthread_t threads[4];
    char letters[] = "abcd";
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &letters[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets),
        cmocka_unit_test(a_secret_may_be_as_long_as_it_likes),
        cmocka_unit_test(there_may_be_many_secrets),
        cmocka_unit_test(secrets_lie_between_guards_and_are_not_dumped),
        cmocka_unit_test(what_is_given_back_is_wiped_and_taken_again),
        cmocka_unit_test(holes_are_filled),
        cmocka_unit_test(who_writes_past_a_secret_is_stopped),
        cmocka_unit_test(threads_share_the_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
