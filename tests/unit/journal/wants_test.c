/* Which events a delivery takes, as text. */
#include "../unit.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "journal/wants.h"

static void what_is_written_is_read(void **state)
{
    static const struct {
        const char *accounts[3], *sources[3], *account, *source;
        bool takes;
    } rows[] = {
        {{"*"}, {"*"}, "acme", "siem", true},
        {{"*"}, {"*"}, "acme", "notices", false},
        {{"*"}, {"notices"}, "acme", "notices", true},
        {{"*"}, {"*"}, "acme+2", "siem", false}, /* a trial */
        {{"acme", "globex"}, {"*"}, "globex", "siem", true},
        {{"acme", "globex"}, {"*"}, "glob", "siem", false},
        {{"acme", "globex"}, {"audit", "ttp-url"}, "acme", "ttp-url", true},
        {{"acme", "globex"}, {"audit", "ttp-url"}, "acme", "ttp", false},
        {{"acme"}, {"audit"}, "acme", "audit", true},
        {{"acme"}, {"notices"}, "acme", "notices", true},
        {{"acme"}, {"notices"}, "globex", "notices", false},
        {{"acme"}, {"notices"}, "_postern", "notices", true}, /* about no account */
        {{"acme"}, {"audit"}, "_postern", "notices", false},
        {{"*"}, {"*", "notices"}, "acme+2", "notices", true},
        {{NULL}, {"*"}, "acme", "audit", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        _cleanup_(buffer_free) struct buffer text = {.limit = 1000};
        size_t accounts = 0, sources = 0;
        while (accounts < 3 && rows[i].accounts[accounts])
            accounts++;
        while (sources < 3 && rows[i].sources[sources])
            sources++;
        wants_write(rows[i].accounts, accounts, rows[i].sources, sources, &text);
        if (wants_take(buffer_text(&text), text_of(rows[i].account), text_of(rows[i].source)) !=
            rows[i].takes)
            fail_msg("row %zu", i);
    }
    assert_true(wants_take(TEXT(""), TEXT("acme"), TEXT("siem"))); /* not known yet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_written_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
