/* A thread gets no signals, has its name and its stack; when none can be had, the words say which. */
#include "../sanitized.h"
#include "../unit.h"
#include "base/error.h"
#include "base/thread.h"
#include <signal.h>
#include <sys/resource.h>

struct report {
    sigset_t blocked;
    size_t stack_size;
};

static void *look_around(void *argument)
{
    struct report *report = argument;
    pthread_attr_t attributes;
    pthread_sigmask(SIG_SETMASK, NULL, &report->blocked);
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstacksize(&attributes, &report->stack_size);
    pthread_attr_destroy(&attributes);
    return argument;
}

static void signals_are_the_main_threads(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1};
    struct report report = {0};
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(thread_start(&thread, "looker", look_around, &report, NULL), POSTERN_OK);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &report);
    sigset_t own;
    pthread_sigmask(SIG_SETMASK, NULL, &own);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_int_equal(sigismember(&report.blocked, numbers[i]), 1);
        assert_int_equal(sigismember(&own, numbers[i]), 0);
    }
    assert_true(report.stack_size >= (size_t)8 << 20);
}

static void *wait_at(void *barrier)
{
    pthread_barrier_wait(barrier);
    return NULL;
}

static void it_has_its_name(void **state)
{
    (void)state;
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t thread;
    char name[16] = "";
    assert_int_equal(thread_start(&thread, "looker", wait_at, &barrier, NULL), POSTERN_OK);
    assert_int_equal(pthread_getname_np(thread, name, sizeof name), 0);
    assert_string_equal(name, "looker");
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&barrier);
}

static void the_words_say_which_one_failed(void **state)
{
    (void)state;
    if (SANITIZED) skip(); /* a sanitizer needs the address space for itself */
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    none = before;
    none.rlim_cur = 1 << 20; /* less than is taken already */
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    pthread_t thread;
    postern_error error = ERROR_INIT;
    postern_status status = thread_start(&thread, "looker", look_around, NULL, &error);
    setrlimit(RLIMIT_AS, &before);
    assert_int_equal(status, POSTERN_E_MEMORY);
    assert_contains(error.message, "the thread \"looker\" cannot be started: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_say_which_one_failed), /* first: later a stack may be left to use again */
        cmocka_unit_test(signals_are_the_main_threads),
        cmocka_unit_test(it_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
