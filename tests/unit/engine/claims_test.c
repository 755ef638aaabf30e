/* Which of what the journal knows each configured thing is. */
#include "../unit.h"
#include "engine/claims.h"
#include <stdio.h>
#include <string.h>

/* A thing is written "name:settings:was", with "!" before the name if it was removed before, and "-" for a
 * `was` that is given and empty. Its claim comes out as "name<former" or "name=" or "name*" (new). */
struct row {
    const char *title, *known, *declared, *claims;
};

#define MOST 8

struct thing {
    char name[16], settings[16], was[32];
};

struct table {
    struct thing known[MOST], declared[MOST];
    struct claim_known known_claims[MOST];
    struct claim_declared declared_claims[MOST];
    struct config_was was[MOST];
    char *items[MOST][MOST];
    char names[MOST][32];
    struct claims claims;
};

static size_t read_things(const char *text, struct thing *things)
{
    size_t count = 0;
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word; (word = strsep(&rest, " ")) != NULL && *word;) {
        struct thing *thing = &things[count++];
        char *name = strsep(&word, ":"), *settings = strsep(&word, ":");
        snprintf(thing->name, sizeof thing->name, "%s", name);
        snprintf(thing->settings, sizeof thing->settings, "%s", settings ? settings : "");
        snprintf(thing->was, sizeof thing->was, "%s", word ? word : "");
    }
    return count;
}

static bool has_same_settings(void *context, size_t declared, size_t known)
{
    const struct table *table = context;
    const char *settings = table->known[known].settings;
    return settings[0] && strcmp(settings, table->declared[declared].settings) == 0;
}

static void read_declared(struct table *table, const char *text)
{
    table->claims.declared_count = read_things(text, table->declared);
    for (size_t i = 0; i < table->claims.declared_count; i++) {
        struct config_was *was = &table->was[i];
        char *rest = strcpy(table->names[i], table->declared[i].was);
        was->given = rest[0] != '\0';
        was->names.items = table->items[i];
        for (char *name; rest[0] != '-' && (name = strsep(&rest, ",")) != NULL && *name;) {
            was->names.items[was->names.count++] = name;
            if (!rest) break;
        }
        table->declared_claims[i] = (struct claim_declared){.name = table->declared[i].name, .was = was};
    }
}

static void resolve(struct table *table, const struct row *row)
{
    *table = (struct table){0};
    table->claims.known_count = read_things(row->known, table->known);
    read_declared(table, row->declared);
    for (size_t i = 0; i < table->claims.known_count; i++) {
        const char *name = table->known[i].name;
        for (char *comma = table->known[i].was; (comma = strchr(comma, ',')) != NULL;)
            *comma = ' ';
        table->known_claims[i] = (struct claim_known){
            .name = name + (name[0] == '!'), .was = table->known[i].was, .removed = name[0] == '!'};
    }
    table->claims.declared = table->declared_claims;
    table->claims.known = table->known_claims;
    table->claims.is_same = has_same_settings;
    table->claims.context = table;
    assert_true(claims_resolve(&table->claims));
}

static void describe(const struct table *table, char text[256])
{
    text[0] = '\0';
    for (size_t i = 0; i < table->claims.declared_count; i++) {
        const struct claim_declared *declared = &table->claims.declared[i];
        char *end = text + strlen(text);
        size_t room = 256 - strlen(text);
        const char *sign = declared->unclear != CLAIM_NONE    ? "?"
                           : declared->claim == CLAIM_NONE    ? "*"
                           : declared->claim == declared->own ? "="
                                                              : "<";
        snprintf(end, room, "%s%s%s%s", i ? " " : "", declared->name, sign,
                 *sign == '<' ? table->claims.known[declared->claim].name : "");
    }
}

static const struct row rows[] = {
    {"the first start", "", "a:1 b:2", "a* b*"},
    {"nothing has changed", "a:1 b:2", "a:1 b:2", "a= b="},
    {"settings have changed", "a:1 b:2", "a:3 b:4", "a= b="},
    {"one is gone, one is new", "a:1 b:2", "b:2 c:3", "b= c*"},
    {"renamed", "a:1 b:2", "b:2 c:1", "b= c<a"},
    {"renamed, and known from before fingerprints", "a b", "b:2 c:1", "b= c*"},
    {"renamed after it was removed", "!a:1 b:2", "b:2 c:1", "b= c<a"},
    {"copied: the old one goes on", "a:1", "a:1 b:1", "a= b*"},
    {"copied and the old one changed", "a:1", "a:2 b:1", "a= b*"},
    {"two candidates", "a:1 b:1", "c:1", "c?"},
    {"two candidates that were removed before: a new one", "!a:1 !b:1", "c:1", "c*"},
    {"two that may be it", "a:1", "b:1 c:1", "b? c?"},
    {"a new one says so", "a:1", "b:1 c:1:-", "b<a c*"},
    {"both of two same ones are renamed", "a:1 b:1", "c:1 d:1", "c? d?"},
    {"both, and they say it", "a:1 b:1", "c:1:b d:1:a", "c<b d<a"},
    {"by was, with other settings", "a:1", "b:2:a", "b<a"},
    {"by the latest of several", "a:1 b:2", "c:3:b,a", "c<b"},
    {"by an earlier one", "a:1", "c:3:b,a", "c<a"},
    {"was nothing that is known", "a:1", "a:1 c:3:b", "a= c*"},
    {"was, done before", "b:1:a", "b:1:a", "b="},
    {"was, done before, and the name is used again", "a:2 b:1:a", "a:2:- b:1:a", "a= b="},
    {"was of one that is known by its own name", "a:1 b:2", "b:2:a", "b="},
    {"was of one whose own name was removed before", "a:1 !b:2", "b:2:a", "b<a"},
    {"swapped by was", "a:1 b:2", "a:1:b b:2:a", "a<b b<a"},
    {"swapped by was, the next time", "a:1:b b:2:a", "a:1:b b:2:a", "a= b="},
    {"swapped by was, the next time, and one has new settings", "a:1:b b:2:a", "a:1:b b:3:a", "a= b="},
    {"swapped by was, the next time, and both have new settings", "a:1:b b:2:a", "a:3:b b:4:a", "a= b="},
    {"swapped back by the same was", "a:2:b b:1:a", "a:1:b b:2:a", "a<b b<a"},
    {"a ring of three by was, and on by the same was", "a:3:c b:1:a c:2:b", "a:2:c b:3:a c:1:b",
     "a<c b<a c<b"},
    {"what has a new name takes the next one's, for the second time", "b:1:a c:2:b", "c:1:b d:2:c",
     "c<b d<c"},
    {"the same with other settings", "b:1:a c:2:b", "c:3:b d:4:c", "c<b d<c"},
    {"a was that stays, and another one that is new", "b:1:a c:2:b", "b:1:a c:3:b d:4:e", "b= c= d*"},
    {"swapped back by taking was away", "a:2:b b:1:a", "a:2 b:1", "a= b="},
    {"swapped, by their settings", "a:1 b:2", "a:2 b:1", "a<b b<a"},
    {"a ring of three, by their settings", "a:1 b:2 c:3", "a:2 b:3 c:1", "a<b b<c c<a"},
    {"one takes the other's settings, which has new ones", "a:1 b:2", "a:2 b:3", "a= b="},
    {"a chain by was", "a:1 b:2", "b:1:a c:2:b", "b<a c<b"},
    {"a chain by settings", "a:1 b:2", "b:1 c:2", "b<a c<b"},
    {"the old name is a new thing", "a:1", "a:2:- b:1:a", "a* b<a"},
    {"a name within another is no match", "ab:1:abc", "ab:1:a", "ab="},
};

static void every_row_comes_out_as_it_must(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct table table;
        char text[256];
        resolve(&table, &rows[i]);
        describe(&table, text);
        if (strcmp(text, rows[i].claims) == 0) continue;
        print_error("%s: expected %s, got %s\n", rows[i].title, rows[i].claims, text);
        failures++;
    }
    assert_int_equal(failures, 0);
}

/* What would lose its own is told that it is not passed on. */
static void a_was_that_is_not_followed_is_noted(void **state)
{
    (void)state;
    const struct row row = {"", "a:1 b:2", "b:2:a", ""};
    struct table table;
    resolve(&table, &row);
    assert_string_equal(table.claims.declared[0].was_ignored, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_comes_out_as_it_must),
        cmocka_unit_test(a_was_that_is_not_followed_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
