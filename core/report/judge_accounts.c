/* Whether the accounts' credentials work. */
#include "base/plural.h"
#include "base/text_index.h"
#include "report/status.h"
#include <stdio.h>
#include <string.h>

const struct account_record *status_account(const struct status_report *report,
                                            const struct stream_record *stream)
{
    /* They come in the order of their names. */
    size_t i = sorted_begin(report->accounts, report->account_count, sizeof *report->accounts,
                            offsetof(struct account_record, name), stream->account);
    bool found = i < report->account_count && strcmp(report->accounts[i].name, stream->account) == 0;
    return found ? &report->accounts[i] : NULL;
}

/* Refused credentials; that an account was never asked shows in its streams. */
bool account_is_in_trouble(const struct account_record *account)
{
    return account->status == ACCOUNT_FAILED || account->status == ACCOUNT_FAILING ||
           (account->status == ACCOUNT_PENDING && account->failure_count > 0);
}

/* `one` and `many`: what it, or they, suffer from. */
static void add(const struct status_report *report, enum account_status status, const char *code,
                const char *one, const char *many, struct status_verdict *verdict)
{
    const struct account_record *first = NULL;
    struct verdict_reason gathered = {.of = report->account_count};
    for (size_t i = 0; i < report->account_count; i++) {
        const struct account_record *account = &report->accounts[i];
        if (account->status != status || !account_is_in_trouble(account)) continue;
        if (!first) first = account;
        verdict_name(&gathered, "", account->name);
    }
    if (!first) return;
    gathered.code = code;
    gathered.level = gathered.count == gathered.of ? VERDICT_BAD : VERDICT_ATTENTION;
    gathered.since_ms = first->status_since_ms;
    verdict_say(&gathered, "%zu of %zu account%s %s: %s: %s", gathered.count, gathered.of,
                plural((int64_t)gathered.of), gathered.count == 1 ? one : many, first->name,
                trouble_error(first->trouble));
    verdict_advise(&gathered, "%s",
                   trouble_remedy(first->trouble)[0] ? trouble_remedy(first->trouble)
                                                     : "See with `postern check --live` what is missing");
    *verdict_add(verdict, gathered.level, code) = gathered;
}

/* An account without streams: its sources are not there. Both lists go by the accounts' names. */
static void add_unread(const struct status_report *report, struct status_verdict *verdict)
{
    struct verdict_reason gathered = {.code = "account_unread", .of = report->account_count};
    for (size_t i = 0, k = 0; i < report->account_count; i++) {
        const struct account_record *account = &report->accounts[i];
        int order = 1;
        while (k < report->stream_count && (order = strcmp(report->streams[k].account, account->name)) < 0)
            k++;
        if (account_is_in_trouble(account) || (k < report->stream_count && order == 0)) continue;
        if (!gathered.count) gathered.since_ms = account->added_ms;
        verdict_name(&gathered, "", account->name);
    }
    if (!gathered.count) return;
    gathered.level = gathered.count == gathered.of ? VERDICT_BAD : VERDICT_ATTENTION;
    verdict_say(&gathered, "%zu of %zu account%s %s not read: no source reads %s", gathered.count,
                gathered.of, plural((int64_t)gathered.of), plural_are((int64_t)gathered.count),
                gathered.names[0]);
    verdict_advise(&gathered,
                   "`postern check` says why; let it in by another way (`api`), load a module that reads it, "
                   "or take it out of the configuration");
    *verdict_add(verdict, gathered.level, gathered.code) = gathered;
}

void judge_accounts(const struct status_report *report, struct status_verdict *verdict)
{
    add(report, ACCOUNT_FAILED, "account_failed", "has failed", "have failed", verdict);
    add(report, ACCOUNT_FAILING, "account_failing", "is failing", "are failing", verdict);
    add(report, ACCOUNT_PENDING, "account_refused", "is refused and never worked yet",
        "are refused and never worked yet", verdict);
    add_unread(report, verdict);
}
