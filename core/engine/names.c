#include "engine/names.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "config/fingerprint.h"
#include "engine/claims.h"
#include <stdlib.h>
#include <string.h>

#define PLAN_LIMIT ((size_t)256 << 20)
#define KEPT_MS    ((int64_t)7 * 86400000) /* as long as the journal keeps a removed delivery's place */

static const char *const kind_words[NAMED_KINDS] = {"account", "sink", "pipeline"};

/* One kind of things. */
struct kind_plan {
    struct claims claims;
    unsigned char (*fingerprints)[FINGERPRINT_SIZE]; /* of what is declared, under the former names */
    const struct named_record **records;             /* of what is known; NULL = none */
    struct text_index declared;                      /* by name */
    struct text_index named;                         /* places among all that are named, by name */
};

struct planning {
    struct journal *journal;
    const struct config *config;
    int64_t now_ms;
    postern_arena *arena;
    unsigned char key[FINGERPRINT_SIZE];
    const struct named_record *named;
    size_t named_count;
    struct account_record *accounts;
    size_t account_count;
    struct account_switch *switches;
    size_t switch_count;
    struct kind_plan kinds[NAMED_KINDS];
    struct rename *renames;
    size_t rename_count;
    struct named_record *after;
    size_t after_count;
};

static bool is_known_fingerprint(const unsigned char *fingerprint)
{
    static const unsigned char none[FINGERPRINT_SIZE];
    return memcmp(fingerprint, none, sizeof none) != 0;
}

/* ---- Whether settings are the same ---- */

/* To other credentials (engine/migration.h), and it was not read with them yet. */
static bool is_switched(const struct planning *planning, const struct account_record *record)
{
    for (size_t i = 0; i < planning->switch_count; i++)
        if (planning->switches[i].account_id == record->id) return true;
    return false;
}

static bool was_switched_to(const struct planning *planning, const struct account_record *record,
                            const unsigned char fingerprint[FINGERPRINT_SIZE])
{
    int64_t at_ms = 0;
    return is_switched(planning, record) &&
           journal_switched_with(planning->journal, fingerprint, &at_ms, NULL) >= 0 && at_ms;
}

static bool is_known_to_differ(const struct kind_plan *kind, size_t declared, size_t known)
{
    const struct named_record *record = kind->records[known];
    return record && is_known_fingerprint(record->fingerprint) &&
           memcmp(kind->fingerprints[declared], record->fingerprint, FINGERPRINT_SIZE) != 0;
}

/* Its own record tells, by the account's own key. That is a hash for each pair, which is too much work where
 * thousands are renamed at once: the journal's key tells beforehand which pairs are none.
 *
 * An account's trial has its credentials once it was switched, and never becomes an account. */
static bool account_is_same(void *context, size_t declared, size_t known)
{
    const struct planning *planning = context;
    const struct account_record *record = &planning->accounts[known];
    const struct config_account *account = &planning->config->accounts[declared];
    unsigned char fingerprint[FINGERPRINT_SIZE];
    if (config_name_is_trial(record->name) != (account->trial_of != NULL)) return false;
    if (!is_known_fingerprint(record->fingerprint)) return false;
    if (is_known_to_differ(&planning->kinds[NAMED_ACCOUNT], declared, known) &&
        !is_switched(planning, record))
        return false;
    const postern_text key = {(const char *)record->key, sizeof record->key};
    return config_account_fingerprint(account, key, fingerprint) &&
           (memcmp(fingerprint, record->fingerprint, sizeof fingerprint) == 0 ||
            was_switched_to(planning, record, fingerprint));
}

static bool is_same(const struct kind_plan *kind, size_t declared, size_t known)
{
    const struct named_record *record = kind->records[known];
    return is_known_fingerprint(record->fingerprint) &&
           memcmp(kind->fingerprints[declared], record->fingerprint, FINGERPRINT_SIZE) == 0;
}

static bool sink_is_same(void *context, size_t declared, size_t known)
{
    return is_same(&((struct planning *)context)->kinds[NAMED_SINK], declared, known);
}

static bool pipeline_is_same(void *context, size_t declared, size_t known)
{
    return is_same(&((struct planning *)context)->kinds[NAMED_PIPELINE], declared, known);
}

/* ---- Former names, for the pipelines' settings ---- */

static const char *former_name(const struct kind_plan *kind, const char *name)
{
    size_t place = text_index_find(&kind->declared, name);
    size_t claim = place == TEXT_NOWHERE ? CLAIM_NONE : kind->claims.declared[place].claim;
    return claim == CLAIM_NONE ? name : kind->claims.known[claim].name;
}

static const char *former_account(void *context, const char *name)
{
    return former_name(&((struct planning *)context)->kinds[NAMED_ACCOUNT], name);
}

static const char *former_sink(void *context, const char *name)
{
    return former_name(&((struct planning *)context)->kinds[NAMED_SINK], name);
}

static bool fingerprint_of(struct planning *planning, enum named_kind kind, size_t declared, bool former,
                           unsigned char out[FINGERPRINT_SIZE])
{
    const postern_text key = {(const char *)planning->key, sizeof planning->key};
    const struct config_aliases aliases = {former_account, former_sink, planning};
    const struct config *config = planning->config;
    memset(out, 0, FINGERPRINT_SIZE);
    switch (kind) { /* zeroes: not all is known */
    case NAMED_ACCOUNT:
        return config->accounts[declared].missing ||
               config_account_fingerprint(&config->accounts[declared], key, out);
    case NAMED_SINK:
        return config->sinks[declared].missing || config_sink_fingerprint(&config->sinks[declared], key, out);
    default:
        return config_pipeline_fingerprint(&config->pipelines[declared], former ? &aliases : NULL, key, out);
    }
}

/* ---- What is declared and what is known ---- */

struct declaration_of {
    const char *name;
    const struct config_was *was;
    const struct config_place *place;
};

static struct declaration_of declared_at(const struct config *config, enum named_kind kind, size_t i)
{
    switch (kind) {
    case NAMED_ACCOUNT:
        return (struct declaration_of){config->accounts[i].name, &config->accounts[i].was,
                                       &config->accounts[i].place};
    case NAMED_SINK:
        return (struct declaration_of){config->sinks[i].name, &config->sinks[i].was, &config->sinks[i].place};
    default:
        return (struct declaration_of){config->pipelines[i].name, &config->pipelines[i].was,
                                       &config->pipelines[i].place};
    }
}

static size_t declared_count(const struct config *config, enum named_kind kind)
{
    return kind == NAMED_ACCOUNT ? config->account_count
           : kind == NAMED_SINK  ? config->sink_count
                                 : config->pipeline_count;
}

static bool add_declared(struct planning *planning, enum named_kind kind)
{
    struct kind_plan *plan = &planning->kinds[kind];
    struct claims *claims = &plan->claims;
    size_t count = declared_count(planning->config, kind);
    struct text_place *places = arena_allocate(planning->arena, (count + 1) * sizeof *places);
    claims->declared = arena_allocate(planning->arena, (count + 1) * sizeof *claims->declared);
    plan->fingerprints = arena_allocate(planning->arena, (count + 1) * sizeof *plan->fingerprints);
    if (!places || !claims->declared || !plan->fingerprints) return false;
    for (size_t i = 0; i < count; i++) {
        struct claim_declared *declared = &claims->declared[i];
        const struct declaration_of there = declared_at(planning->config, kind, i);
        declared->name = there.name;
        declared->was = there.was;
        places[i] = (struct text_place){declared->name, i};
        if (!fingerprint_of(planning, kind, i, true, plan->fingerprints[i])) return false;
    }
    claims->declared_count = count;
    plan->declared = text_index_new(places, count);
    return true;
}

static bool index_named(struct planning *planning, enum named_kind kind)
{
    struct text_place *places = arena_allocate(planning->arena, (planning->named_count + 1) * sizeof *places);
    size_t count = 0;
    for (size_t i = 0; places && i < planning->named_count; i++)
        if (planning->named[i].kind == kind)
            places[count++] = (struct text_place){planning->named[i].name, i};
    planning->kinds[kind].named = text_index_new(places, count);
    return places != NULL;
}

static const struct named_record *find_record(const struct planning *planning, enum named_kind kind,
                                              const char *name)
{
    size_t place = text_index_find(&planning->kinds[kind].named, name);
    return place == TEXT_NOWHERE ? NULL : &planning->named[place];
}

/* Accounts stand in a table of their own, the others among the names. */
static bool add_known(struct planning *planning, enum named_kind kind)
{
    struct kind_plan *plan = &planning->kinds[kind];
    struct claims *claims = &plan->claims;
    size_t most = (kind == NAMED_ACCOUNT ? planning->account_count : planning->named_count) + 1;
    claims->known = arena_allocate(planning->arena, most * sizeof *claims->known);
    plan->records = arena_allocate(planning->arena, most * sizeof *plan->records);
    if (!claims->known || !plan->records) return false;
    for (size_t i = 0; kind == NAMED_ACCOUNT && i < planning->account_count; i++) {
        const struct account_record *account = &planning->accounts[i];
        const struct named_record *record = find_record(planning, kind, account->name);
        plan->records[i] = record;
        claims->known[i] = (struct claim_known){.name = account->name,
                                                .was = record ? record->was : "",
                                                .removed = account->status == ACCOUNT_REMOVED};
        claims->known_count++;
    }
    for (size_t i = 0; kind != NAMED_ACCOUNT && i < planning->named_count; i++) {
        const struct named_record *record = &planning->named[i];
        if (record->kind != kind) continue;
        plan->records[claims->known_count] = record;
        claims->known[claims->known_count++] = (struct claim_known){
            .name = record->name, .was = record->was, .removed = record->removed_ms != 0};
    }
    return true;
}

/* ---- Outcome ---- */

static postern_status refuse_unclear(enum named_kind kind, const struct declaration_of *declared,
                                     const char *known, postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG,
              "%s \"%s\" has the settings of \"%s\", which is not configured any more, and so has another: "
              "whether it is the same under a new name cannot be told",
              kind_words[kind], declared->name, known);
    error_remedy(error,
                 "say so with was = \"%s\" in the one that it was, and was = {} in each that is new; what "
                 "nobody was is then removed",
                 known);
    config_error_at(declared->place, error);
    return POSTERN_E_CONFIG;
}

static void say(enum named_kind kind, const struct claims *claims, const struct claim_declared *declared)
{
    if (declared->was_ignored)
        log_write(
            POSTERN_LOG_WARNING, declared->name,
            "this %s says that it was \"%s\", but it is known by its own name: it stays what it is, and "
            "nothing is passed on",
            kind_words[kind], declared->was_ignored);
    if (declared->claim == CLAIM_NONE || declared->claim == declared->own) return;
    log_write(POSTERN_LOG_INFO, declared->name, "this %s was called \"%s\" (%s): it goes on where that stood",
              kind_words[kind], claims->known[declared->claim].name,
              declared->by_settings ? "its settings are the same" : "as its `was` says");
}

static const char *join(postern_arena *arena, const struct config_names *names)
{
    const char *text = "";
    for (size_t i = 0; text && i < names->count; i++)
        text = i ? arena_printf(arena, "%s %s", text, names->items[i]).data : names->items[i];
    return text;
}

static bool add_after(struct planning *planning, enum named_kind kind, size_t i)
{
    const struct claim_declared *declared = &planning->kinds[kind].claims.declared[i];
    struct named_record *record = &planning->after[planning->after_count++];
    *record = (struct named_record){.kind = kind,
                                    .name = arena_copy(planning->arena, text_of(declared->name)).data,
                                    .was = join(planning->arena, &declared->was->names)};
    if (!record->name || !record->was || !fingerprint_of(planning, kind, i, false, record->fingerprint))
        return false;
    const struct named_record *before =
        declared->claim == CLAIM_NONE ? NULL : planning->kinds[kind].records[declared->claim];
    if (before && !is_known_fingerprint(record->fingerprint))
        memcpy(record->fingerprint, before->fingerprint, sizeof record->fingerprint);
    return true;
}

/* What nothing is any more: remembered for as long as its deliveries' places are kept. */
static void keep_unclaimed(struct planning *planning, enum named_kind kind)
{
    const struct kind_plan *plan = &planning->kinds[kind];
    for (size_t i = 0; i < plan->claims.known_count; i++) {
        const struct claim_known *known = &plan->claims.known[i];
        const struct named_record *record = plan->records[i];
        bool gives_way = known->namesake != CLAIM_NONE;
        bool expired = record && kind != NAMED_ACCOUNT && record->removed_ms &&
                       record->removed_ms + KEPT_MS < planning->now_ms;
        if (!record || known->claimed != CLAIM_NONE || gives_way || expired) continue;
        struct named_record *kept = &planning->after[planning->after_count++];
        *kept = *record;
        if (!kept->removed_ms) kept->removed_ms = planning->now_ms;
    }
}

static postern_status resolve(struct planning *planning, enum named_kind kind, postern_error *error)
{
    static bool (*const same[NAMED_KINDS])(void *, size_t, size_t) = {account_is_same, sink_is_same,
                                                                      pipeline_is_same};
    struct claims *claims = &planning->kinds[kind].claims;
    claims->is_same = same[kind];
    claims->context = planning;
    if (!index_named(planning, kind) || !add_declared(planning, kind) || !add_known(planning, kind) ||
        !claims_resolve(claims))
        return error_no_memory(error, NULL);
    for (size_t i = 0; i < claims->declared_count; i++) {
        const struct claim_declared *declared = &claims->declared[i];
        if (declared->unclear == CLAIM_NONE) continue;
        const struct declaration_of there = declared_at(planning->config, kind, i);
        return refuse_unclear(kind, &there, claims->known[declared->unclear].name, error);
    }
    return POSTERN_OK;
}

static bool add_outcome(struct planning *planning, enum named_kind kind)
{
    const struct claims *claims = &planning->kinds[kind].claims;
    for (size_t i = 0; i < claims->declared_count; i++) {
        const struct claim_declared *declared = &claims->declared[i];
        say(kind, claims, declared);
        if (!add_after(planning, kind, i)) return false;
        if (declared->claim == CLAIM_NONE || declared->claim == declared->own) continue;
        struct rename *rename = &planning->renames[planning->rename_count++];
        *rename = (struct rename){
            kind, arena_copy(planning->arena, text_of(claims->known[declared->claim].name)).data,
            arena_copy(planning->arena, text_of(declared->name)).data};
        if (!rename->from || !rename->to) return false;
    }
    keep_unclaimed(planning, kind);
    return true;
}

static bool is_same_record(const struct named_record *a, const struct named_record *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 && strcmp(a->was, b->was) == 0 &&
           memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint) == 0 &&
           a->removed_ms == b->removed_ms;
}

static bool changes(const struct planning *planning)
{
    if (planning->rename_count || planning->after_count != planning->named_count) return true;
    for (size_t i = 0; i < planning->after_count; i++) {
        const struct named_record *record = &planning->after[i];
        const struct named_record *before = find_record(planning, record->kind, record->name);
        if (!before || !is_same_record(record, before)) return true;
    }
    return false;
}

static postern_status make_plan(struct planning *planning, postern_error *error)
{
    size_t most = planning->named_count + 1;
    postern_status status = POSTERN_OK;
    for (int kind = 0; status == POSTERN_OK && kind < NAMED_KINDS; kind++) {
        status = resolve(planning, (enum named_kind)kind, error);
        most += declared_count(planning->config, (enum named_kind)kind);
    }
    if (status < 0) return status;
    planning->renames = arena_allocate(planning->arena, most * sizeof *planning->renames);
    planning->after = arena_allocate(planning->arena, most * sizeof *planning->after);
    bool good = planning->renames && planning->after;
    for (int kind = 0; good && kind < NAMED_KINDS; kind++)
        good = add_outcome(planning, (enum named_kind)kind);
    return good ? POSTERN_OK : error_no_memory(error, NULL);
}

postern_status names_plan(struct journal *journal, const struct config *config, struct names_plan *plan,
                          postern_error *error)
{
    struct planning planning = {.journal = journal, .config = config, .now_ms = journal_steady_ms(journal)};
    planning.arena = arena_new(PLAN_LIMIT);
    if (!planning.arena) return error_no_memory(error, NULL);
    postern_status status =
        journal_named(journal, planning.arena, &planning.named, &planning.named_count, planning.key, error);
    if (status == POSTERN_OK)
        status = journal_accounts(journal, &planning.accounts, &planning.account_count, error);
    if (status == POSTERN_OK)
        status = journal_switches(journal, &planning.switches, &planning.switch_count, error);
    if (status == POSTERN_OK) status = make_plan(&planning, error);
    bool changed = status == POSTERN_OK && changes(&planning);
    for (size_t i = 0; i < planning.account_count; i++)
        account_record_clear(&planning.accounts[i]);
    free(planning.accounts);
    free(planning.switches);
    if (status < 0) {
        arena_free(planning.arena);
        return status;
    }
    *plan = (struct names_plan){.arena = planning.arena,
                                .renames = {planning.renames, planning.rename_count, planning.after,
                                            planning.named, planning.after_count, planning.named_count},
                                .changes = changed};
    return POSTERN_OK;
}

void names_plan_free(struct names_plan *plan)
{
    arena_free(plan->arena);
    *plan = (struct names_plan){0};
}
