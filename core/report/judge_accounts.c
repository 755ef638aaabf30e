/* Whether the accounts' credentials work. */
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

static void add(const struct status_report *report, enum account_status status, const char *code,
                const char *words, struct status_verdict *verdict)
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
    verdict_say(&gathered, "%zu of %zu accounts %s %s: %s: %s", gathered.count, gathered.of,
                gathered.count == 1 ? "is" : "are", words, first->name, trouble_error(first->trouble));
    verdict_advise(&gathered, "%s",
                   trouble_remedy(first->trouble)[0] ? trouble_remedy(first->trouble)
                                                     : "See with `postern check --live` what is missing");
    *verdict_add(verdict, gathered.level, code) = gathered;
}

void judge_accounts(const struct status_report *report, struct status_verdict *verdict)
{
    add(report, ACCOUNT_FAILED, "account_failed", "failed", verdict);
    add(report, ACCOUNT_FAILING, "account_failing", "failing", verdict);
    add(report, ACCOUNT_PENDING, "account_refused", "refused and never worked yet", verdict);
}
