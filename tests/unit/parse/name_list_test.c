/* Lists of names in one text. */
#include "../unit.h"
#include "base/buffer.h"
#include "base/text.h"
#include "parse/name_list.h"
#include <time.h>

static const struct {
    const char *text, *names; /* the names, each in <> */
    const char *of_one;       /* the same, where it is known that there is one; NULL = as `names` */
} rows[] = {
    {"", "", NULL},
    {" , ,", "", NULL},
    {"[]", "", NULL},
    {"[ ]", "", NULL},
    {"null", "", NULL},
    {"[null]", "", NULL},
    {"None", "", NULL},
    {" n/a ", "", NULL},
    {"{\"a\":1}", "", NULL},
    {"{B1-C2}.pdf, none.pdf", "<{B1-C2}.pdf><none.pdf>", "<{B1-C2}.pdf, none.pdf>"},
    {"a.pdf", "<a.pdf>", NULL},
    {" a.pdf , b c.pdf,", "<a.pdf><b c.pdf>", "<a.pdf , b c.pdf>"},
    {"[a.pdf, b.pdf]", "<a.pdf><b.pdf>", "<a.pdf, b.pdf>"},
    {"Q3 report, final.pdf,", "<Q3 report><final.pdf>", "<Q3 report, final.pdf>"},
    {"\"Q3 report, final.pdf\",", "<Q3 report, final.pdf>", NULL},
    {"\"agenda, v2.pdf\", \"logo.png\",", "<agenda, v2.pdf><logo.png>", NULL},
    {"[\"a\", 'b, c']", "<a><b, c>", NULL},
    {"\"say \"hi\".txt\", \"b.txt\"", "<say \"hi\".txt><b.txt>", NULL},
    {"\"say \"hi\"\", \"b.txt\"", "<say \"hi\"><b.txt>", NULL},
    {"a \"b\".txt, c", "<a \"b\".txt><c>", "<a \"b\".txt, c>"},
    {"\"a.pdf, b.pdf", "<\"a.pdf><b.pdf>", "<\"a.pdf, b.pdf>"},
    {"\"\", \" \", x", "<x>", NULL},
    {"'', \"", "<\">", NULL},
    {"[draft", "<[draft>", NULL},
    {"it's, 'that's', x", "<it's><that's><x>", "<it's, 'that's', x>"},
};

static void give(const char *text, bool one, struct buffer *names)
{
    struct listed_names list = name_list_of(text_of(text), one);
    buffer_clear(names);
    for (postern_text name; name_list_next(&list, &name);)
        buffer_printf(names, "<%.*s>", (int)name.size, name.data);
    buffer_append_byte(names, '\0');
}

static void lists(void **state)
{
    (void)state;
    struct buffer names = {.limit = 4096};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        give(rows[i].text, false, &names);
        if (strcmp(names.data, rows[i].names)) fail_msg("%s: %s", rows[i].text, names.data);
        const char *of_one = rows[i].of_one ? rows[i].of_one : rows[i].names;
        give(rows[i].text, true, &names);
        if (strcmp(names.data, of_one)) fail_msg("one of %s: %s", rows[i].text, names.data);
    }
    buffer_free(&names);
}

/* Linear: a megabyte of each kind that is looked through for something that is not there. */
static void long_lists(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\"a,", "'a,", "\" a", "'\",", "a,", ",,,", "\"        "};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct buffer text = {.limit = 2 << 20};
        while (text.size < 1 << 20)
            buffer_append_string(&text, pieces[i]);
        clock_t from = clock();
        struct listed_names list = name_list_of(buffer_text(&text), false);
        for (postern_text name; name_list_next(&list, &name);)
            assert_true(name.size > 0);
        double seconds = (double)(clock() - from) / CLOCKS_PER_SEC;
        if (seconds > 2) fail_msg("a list of %s takes %f s", pieces[i], seconds);
        buffer_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists), cmocka_unit_test(long_lists)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
