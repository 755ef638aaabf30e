/* postern.map: each wrong declaration is refused at load, with its place. */
#include "map_fixture.h"

static const struct {
    const char *declaration, *message;
} wrong_declarations[] = {
    {"map {}", "1.lua:5: map: there are no entries"},
    {"map(5)", "table expected"},
    {"map { { 'a' } }", "entry 1 (\"a\"): an entry is { \"target\", expression }"},
    {"map { { 'x', 1 }, { 'a', fild } }", "entry 2 (\"a\"): an entry is"},
    {"map { { 'a', 1, 2 } }", "entry 1 (\"a\"): an entry is"},
    {"map { { 5, 1 } }", "entry 1: the target must be a text"},
    {"map { 5 }", "entry 1: an entry is { \"target\", expression }, not a number"},
    {"map { { 'a', {} } }", "map.const"},
    {"map { { 'a', print } }", "a function is no expression"},
    {"map { { 'a', 1 }, { 'a', 2 } }", "entry 2 (\"a\"): this target is declared twice"},
    {"map { { 'a', 1 }, { 'a.b', 2 } }", "cannot be an object"},
    {"map { { 'a.b', 1 }, { 'a', 2 } }", "already an object"},
    {"map { { 'a..b', 1 } }", "a name in the target is empty"},
    {"map { { '', 1 } }", "a name in the target is empty"},
    {"map { { 'a', rest() }, { 'b', rest() } }", "one rest() only"},
    {"map { { 'a', list(rest()) } }", "rest() stands alone"},
    {"map { { 'a', object { { 'b', rest() } } } }", "in a map only"},
    {"map { { 'a', 1 }, { 'a', rest() } }", "declared twice"},
    {"map { { 'a', rest() }, { 'a.b.c', 1 }, { 'a', 5 } }", "already an object"},
    {"map { { 'a', field('x'):without 'y' } }", "without belongs to rest()"},
    {"map { { 'a', field('x'):objects 'y' } }", "objects belongs to rest()"},
    {"map { { 'a', rest():objects('y'):objects('z') } }", "a rest() can have objects once only"},
    {"map { { 'a', rest():without('y'):objects('z'):without('x') } }", "a rest() can have without once only"},
    {"map { { 'a', rest():objects() } }", "objects needs more arguments"},
    {"map { { 'a', list(rest():objects 'y') } }", "rest() stands alone"},
    {"map { { 'a', 1 }, ignore_caze = true }", "no option \"ignore_caze\""},
    {"map { { 'a', 1 }, ignore_case = 1 }", "true or false"},
    {"map { { 'a', field 'x..y' } }", "a name is empty in the path"},
    {"field(5)", "argument 1 of field must be a text, not number"},
    {"field()", "field needs more arguments"},
    {"field('x'):lover()", "there is no method \"lover\""},
    {"field('x').lower()", "write ':' before a method"},
    {"field('x'):lower(1)", "too many arguments to lower"},
    {"field('x'):replace('a')", "replace needs more arguments"},
    {"(function() local l = {} for i = 1, 2000 do l[i] = i end return list(table.unpack(l)) end)()",
     "too many arguments to list"},
    {"field('x'):enum('a')", "argument 1 of enum must be a table"},
    {"map { { 'a', field('x'):split '' } }", "split of an empty text"},
    {"map { { 'a', field('x'):email 'adress' } }", "did you mean \"address\""},
    {"map { { 'a', meta 'acount' } }", "did you mean \"account\""},
    {"map { { 'a', field('x'):time 'h' } }", "time has no part \"h\""},
    {"map { { 'a', field('x'):enum { k = print } } }", "constant"},
    {"map { { 'a', const { print } } }", "constant"},
    {"map { { 'a', field('x'):enum { k = postern.null } } }", "null cannot be a constant"},
    {"(function() local e = field 'x' for i = 1, 100 do e = e:lower() end return map { { 'a', e } } "
     "end)()",
     "nested too deeply"},
    {"(function() local l = {} l[1] = l return map(l) end)()", "nested too deeply"},
    {"field('x') .. 'y'", "it cannot be called"},
    {"field('x') < field('y')", "it cannot be called"},
    {"(function() local e = field('x') e.y = 1 end)()", "it cannot be called"},
    {"map { { 'a', field('x'):time '%Q' } }", "has no letter of a time behind the % at byte 1"},
    {"map { { 'a', field('x'):time 'iso' } }", "time has no part \"iso\""},
    {"map { { 'a', field('x'):time '' } }", "time has no part \"\""},
    {"map { { 'a', field('x'):time(('%Y'):rep(70)) } }", "the pattern of a time is too long"},
    {"field('x'):time {}", "argument 1 of time must be a text, not table"},
    {"map { { 'a', field('x'):format 'mss' } }", "did you mean \"ms\""},
    {"map { { 'a', field('x'):format '%Y%' } }", "behind the % at byte 3"},
    {"field('x'):format()", "format needs more arguments"},
    /* lists in targets and paths */
    {"map { { 'a[0].b', 1 } }",
     "entry 1 (\"a[0].b\"): a target has no brackets: a list is what its expression gives"},
    {"map { { 'a.b[1]', 1 } }", "a target has no brackets"},
    {"map { { 'a.b]', 1 } }", "a target has no brackets"},
    {"map { { 'a', object { { 'b[]', 1 } } } }", "a target has no brackets"},
    {"map { { '.a', 1 } }", "a name in the target is empty"},
    {"map { { 'a.', 1 } }", "a name in the target is empty"},
    {"map { { 'a. b', 1 } }", "white space"},
    {"map { { 'a\\n', 1 } }", "white space"},
    {"map { { ' a', rest() } }", "white space"},
    {"map { { 'a', field 'x[0]' } }", "lists begin with [1], and [-1] is the last element"},
    {"map { { 'a', field 'x[-0]' } }", "lists begin with [1]"},
    {"map { { 'a', field 'x[]' } }", "wrong at \"[]\": an element of a list is written as in \"a[1].b\""},
    {"map { { 'a', field 'x[1' } }", "wrong at \"[1\""},
    {"map { { 'a', field 'x[1]b' } }", "wrong at \"[1]b\""},
    {"map { { 'a', field 'x[one]' } }", "wrong at \"[one]\""},
    {"map { { 'a', field 'x[1234567890]' } }", "wrong at"},
    {"map { { 'a', field '[1]' } }", "a name is empty in the path"},
    {"map { { 'a', field 'x.[1]' } }", "a name is empty in the path"},
    {"map { { 'a', field 'x[1].' } }", "a name is empty in the path"},
    {"map { { 'a', field('x'):each(item '[1].') } }", "a name is empty in the path"},
    /* conditions that Lua has worked out already */
    {"when(field 'Act' == 'Rej', 1, 2)",
     "argument 1 of when is a plain false, the same for every event: write "
     "field(\"Act\"):equals \"Rej\""},
    {"when(not field 'Act', 1)", "map.none(...) for not"},
    {"when(field 'Act' ~= 'Rej', 1)", "argument 1 of when is a plain true"},
    {"when(true, 1)", "map.const(true) if that is meant"},
    {"when('yes', 1)", "argument 1 of when must be a condition, not string"},
    {"map.all(field 'x', field 'y' == 1)", "argument 2 of all is a plain false"},
    {"map.any(false)", "argument 1 of any is a plain false"},
    {"map.none(field 'x', not field 'y')", "argument 2 of none is a plain false"},
    {"map.none(5)", "argument 1 of none must be a condition, not number"},
    {"list(field 'x', field 'y' == 'z')", "argument 2 of list is a plain false"},
    {"concat(not field 'x', 'y')", "argument 1 of concat is a plain false"},
    {"first(field 'x' == 'y', 'z')", "argument 1 of first is a plain false"},
    {"field 'x' == field 'y'", "== compares the descriptions, not the values"},
    {"field 'x' ~= field 'y'", "== compares the descriptions, not the values"},
    {"map { { ('a.'):rep(40) .. 'a', 1 } }", "nested too deeply"},
    /* schemas */
    {"map { schema = { ['source.ip'] = 'ip' }, { 'sorce.ip', field 'x' } }",
     "entry 1 (\"sorce.ip\"): the schema has no \"sorce.ip\"; did you mean \"source.ip\"?"},
    {"map { schema = { ['source.ip'] = 'ip' }, { 'mimecast.x', field 'x' } }",
     "the schema has no \"mimecast.x\""},
    {"map { schema = { ['source.ip'] = 'ip' }, { 'source.ip.x', field 'x' } }",
     "by the schema \"source.ip\" is of the type \"ip\", so nothing can lie in it"},
    {"map { schema = { ['a.b'] = 'ip' }, { 'a', object { { 'c', field 'x' } } } }",
     "the schema has no \"a.c\""},
    {"map { schema = { ['a.b'] = 'ip' }, { 'a', when(field 'x', object { { 'c', field 'x' } }) } }",
     "the schema has no \"a.c\""},
    {"map { schema = { a = 'object[]', ['a.b'] = 'ip' }, { 'a.b', field 'x' } }",
     "\"a\" is a list of objects: write { \"a\", list(object { ... }) }"},
    {"map { schema = { a = 'ipv4' }, { 'a', field 'x' } }",
     "the schema's type \"ipv4\" of \"a\" is none; did you mean \"ip\"?"},
    {"map { schema = { a = 'adress[]' }, { 'a', field 'x' } }",
     "the schema's type \"adress[]\" of \"a\" is none"},
    {"map { schema = { a = 'any[]' }, { 'a', field 'x' } }", "the schema's type \"any[]\""},
    {"map { schema = { a = '' }, { 'a', field 'x' } }", "the schema's type \"\""},
    {"map { schema = { a = 5 }, { 'a', field 'x' } }", "a schema is a table of targets and types"},
    {"map { schema = { {} , 5 }, { 'a', field 'x' } }", "a schema is a table, or a list of tables"},
    {"map { schema = 'ecs', { 'a', field 'x' } }", "a schema is a table, or a list of tables"},
    {"map { schema = {}, { 'a', field 'x' } }", "the schema has no \"a\""},
    {"map { schema = { a = 'port' }, { 'a', 99999 } }",
     "the constant 99999 does not fit the schema's type \"port\""},
    {"map { schema = { a = 'port' }, { 'a', '443' } }", "the constant 443 does not fit"},
    {"map { schema = { a = 'keyword' }, { 'a', 5 } }",
     "the constant 5 does not fit the schema's type \"keyword\""},
    {"map { schema = { a = 'ip[]' }, { 'a', const { '::1', '?' } } }", "the constant ? does not fit"},
    {"map { schema = { a = 'ip' }, { 'a', when(field 'x', '::1', 'none') } }",
     "the constant none does not fit"},
    {"map { schema = { a = 'ip' }, { 'a', field('x'):default 'none' } }", "the constant none does not fit"},
    {"map { schema = { a = 'ip' }, { 'a', field('x'):enum { k = 'none' } } }",
     "the constant none does not fit"},
    {"map { schema = { a = 'ip' }, { 'a', field('x'):enum({ k = '::1' }, 'none') } }",
     "the constant none does not fit"},
    {"map { schema = { ['a.b'] = 'ip' }, { 'a', const { b = '?' } } }",
     "does not fit the schema's type \"object\""},
    {"map { schema = { ['a.b'] = 'ip' }, { 'a', const { c = '::1' } } }", "does not fit"},
    {"map { schema = { a = 'ip' }, { 'a', rest() } }",
     "rest() needs a field in which the schema lets anything be"},
    {"map { schema = { a = 'ip' }, { 'a', field 'x' }, rest() }", "beside a schema rest() needs a target"},
    {"map { { 'a', field('x'):hash 'md6' } }", "hash has no part \"md6\""},
};

static void test_wrong_declarations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_declarations / sizeof *wrong_declarations; i++) {
        char script[1024];
        const char *text = script;
        snprintf(script, sizeof script, PREAMBLE "local m = %s\nreturn m", wrong_declarations[i].declaration);
        struct scripts scripts;
        scripts_begin(&scripts);
        if (scripts_load(&scripts, &sandbox_default_limits, &text, 1) >= 0)
            fail_msg("%s: accepted", wrong_declarations[i].declaration);
        if (!strstr(scripts.error.message, wrong_declarations[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", wrong_declarations[i].declaration, scripts.error.message,
                     wrong_declarations[i].message);
        assert_non_null(strstr(scripts.error.message, "1.lua:5: "));
        scripts_close(&scripts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_declarations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
