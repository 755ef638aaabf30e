/* Whether two templates can name one file: the quick answer never contradicts the thorough one. */
#include "base/random.h"
#include "config/path_template.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void make(struct random_source *random, char path[200])
{
    static const char *const pieces[] = {"/",  "a", "b",  ".", "%{account}", "%{date}",
                                         "a/", "-", "%{", "}", "/./",        "//"};
    size_t count = 1 + random_below(random, 7);
    strcpy(path, "/");
    for (size_t i = 0; i < count; i++) {
        /* The odd ones are rare, since they end the quick way early. */
        size_t piece = random_below(random, random_below(random, 8) ? 8 : sizeof pieces / sizeof *pieces);
        strcat(path, pieces[piece]);
    }
}

static void quick_and_thorough_agree(void **unused)
{
    (void)unused;
    struct random_source random = random_fixed(11);
    size_t differ = 0, meet = 0;
    for (int i = 0; i < 100000; i++) {
        char a[200], b[200];
        make(&random, a);
        make(&random, b);
        struct path_template x = {a, NULL, NULL}, y = {b, NULL, NULL};
        struct path_parts p = path_template_parts(a), q = path_template_parts(b);
        bool meets = path_templates_meet(&x, &y), differs = path_parts_differ(&p, &q);
        if (meets && differs) fail_msg("%s and %s", a, b);
        meet += meets;
        differ += differs;
    }
    if (meet < 1000 || differ < 10000) fail_msg("%zu meet, %zu differ", meet, differ);
}

static void finds_the_part_that_is_the_account(void **unused)
{
    (void)unused;
    static const struct {
        const char *path;
        int part;
    } rows[] = {{"/x/%{account}/f", 2},       {"/%{account}", 1},         {"/x/a%{account}", -1},
                {"/x/%{account}.ndjson", -1}, {"/x/%{source}/f", -1},     {"/x//%{account}", -1},
                {"/%{accounts}", -1},         {"/%{date}/%{account}", 2}, {"/%{account}%{id}", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (path_template_part(rows[i].path, "account") != rows[i].part) fail_msg("%s", rows[i].path);
}

static void placeholders_are_known(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        bool good, good_for_old;
    } rows[] = {
        {"%{account}/%{date}", true, true}, {"%{hour}", true, false},        {"a-%{.a}", true, false},
        {"%{.event.dataset}", true, false}, {"%{.@timestamp}", true, false}, {"%{.}", false, false},
        {"%{.a.}", false, false},           {"%{..a}", false, false},        {"%{.a..b}", false, false},
        {"%{a.b}", false, false},           {"%{.a", false, false},          {"%{hours}", false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((template_check(rows[i].text, false, NULL) >= 0) != rows[i].good) fail_msg("%s", rows[i].text);
        if ((template_check(rows[i].text, true, NULL) >= 0) != rows[i].good_for_old)
            fail_msg("%s in an old module", rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_known),
        cmocka_unit_test(quick_and_thorough_agree),
        cmocka_unit_test(finds_the_part_that_is_the_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
