/* postern.map: with more fields than there are bits, a step is passed over only where none of its fields is
 * there. */
#include "map_fixture.h"

#include <string.h>

#define ENTRIES 150

/* { 'tN', first(field('aN', 'bN.k'), field('cN')) } ... */
static void write_map(char *script, size_t capacity)
{
    size_t size = (size_t)snprintf(script, capacity, PREAMBLE "return map {");
    for (int i = 0; i < ENTRIES; i++)
        size +=
            (size_t)snprintf(script + size, capacity - size,
                             " { 't%d', first(field('a%d', 'b%d.k'), field('c%d'):lower()) },", i, i, i, i);
    snprintf(script + size, capacity - size, " { 'm', rest():numbers('n', 'a7') } }");
}

static void each_field_alone_is_found(void **state)
{
    (void)state;
    static char script[ENTRIES * 80];
    write_map(script, sizeof script);
    struct scripts scripts;
    scripts_open(&scripts, script);
    for (int i = 0; i < ENTRIES; i++) {
        char event[64], line[64];
        snprintf(line, sizeof line, "{\"t%d\":\"x\"}", i);
        snprintf(event, sizeof event, "{\"a%d\":\"x\"}", i);
        expect_line(&scripts, event, line);
        snprintf(event, sizeof event, "{\"c%d\":\"X\"}", i);
        expect_line(&scripts, event, line);
        snprintf(event, sizeof event, "{\"b%d\":{\"k\":\"x\"}}", i);
        snprintf(line, sizeof line, "{\"t%d\":\"x\",\"m\":{\"b%d\":{\"k\":\"x\"}}}", i, i);
        expect_line(&scripts, event, line);
    }
    expect_line(&scripts, "{\"n\":\"5\",\"other\":1}", "{\"m\":{\"n\":5,\"other\":1}}");
    scripts_close(&scripts);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(each_field_alone_is_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
