/* What is shown of where a redirect leads: host and path, nothing that could be a secret. */
#include "../unit.h"
#include "base/text.h"
#include "http/target.h"

static void redirects_are_shown_without_secrets(void **state)
{
    static const struct {
        const char *location, *shown;
    } rows[] = {
        {"https://login.example/in?token=s3cret", "login.example/in"},
        {"/in?token=s3cret", "eu-api.example/in"},
        {"//login.example/in?token=s3cret", "login.example/in"},
        {"//login.example:8443", "login.example/"},
        {"https://user:s3cret@login.example/in", ""}, /* user and password: nothing of it */
        {"//user:s3cret@login.example/in", ""},
        {"//[::1/in", ""}, /* no host at all */
        {"in?token=s3cret", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char shown[256] = "untouched";
        location_display_name("https://eu-api.example/a?b", text_of(rows[i].location), shown, sizeof shown);
        assert_string_equal(shown, rows[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(redirects_are_shown_without_secrets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
