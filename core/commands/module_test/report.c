#include "commands/module_test/report.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include <cjson/cJSON.h>
#include <stdlib.h>

static const char *const finding_names[] = {"passed", "FAILED", "skipped"};

void report_begin(struct report *report, const struct suite *suite)
{
    *report = (struct report){.as_json = suite->as_json};
    if (!report->as_json) {
        show(stdout, "%s\n", suite->file);
        return;
    }
    report->document = cJSON_CreateObject();
    cJSON_AddStringToObject(report->document, "file", suite->file);
    report->checks = cJSON_AddArrayToObject(report->document, "checks");
}

static void add_json(struct report *report, const char *subject, const struct module_check *check,
                     enum check_finding finding, const char *words)
{
    static const char *const findings[] = {"passed", "failed", "skipped"};
    cJSON *item = cJSON_CreateObject();
    if (subject) cJSON_AddStringToObject(item, "subject", subject);
    cJSON_AddStringToObject(item, "check", check->name);
    cJSON_AddStringToObject(item, "finding", findings[finding]);
    cJSON_AddStringToObject(item, "contract", check->contract);
    if (*words) cJSON_AddStringToObject(item, "seen", words);
    cJSON_AddItemToArray(report->checks, item);
}

static void print_check(const char *subject, const struct module_check *check, enum check_finding finding,
                        const char *words, postern_text said)
{
    show(stdout, "  %-7s  %s%s%s", finding_names[finding], subject ? subject : "", subject ? ": " : "",
         check->name);
    if (*words && finding != CHECK_FAILED) show(stdout, ": %s", words);
    show(stdout, "\n");
    if (finding != CHECK_FAILED) return;
    show(stdout, "           the contract: %s\n           seen: %s\n", check->contract, words);
    if (!said.size) return;
    show(stdout, "           it wrote:\n             ");
    show_lines(stdout, 13, said);
    show(stdout, "\n");
}

void report_check(struct report *report, const struct suite_offer *offer, const struct module_check *check,
                  enum check_finding finding, const char *words, postern_text said)
{
    char subject[SUITE_NAME_SIZE + 16] = "";
    size_t *const counts[] = {&report->passed, &report->failed, &report->skipped};
    ++*counts[finding];
    if (offer) snprintf(subject, sizeof subject, "%s %s", offer_kind_name(offer->kind), offer->name);
    if (report->as_json)
        add_json(report, offer ? subject : NULL, check, finding, words);
    else
        print_check(offer ? subject : NULL, check, finding, words, said);
    fflush(stdout);
}

int report_end(struct report *report)
{
    if (report->as_json) {
        cJSON_AddNumberToObject(report->document, "passed", (double)report->passed);
        cJSON_AddNumberToObject(report->document, "failed", (double)report->failed);
        cJSON_AddNumberToObject(report->document, "skipped", (double)report->skipped);
        char *text = cJSON_Print(report->document);
        if (text) show_json(stdout, text_of(text));
        show(stdout, "\n");
        free(text);
        cJSON_Delete(report->document);
    } else {
        show(stdout, "%zu passed, %zu failed, %zu skipped\n", report->passed, report->failed,
             report->skipped);
    }
    return report->failed ? EXIT_INCOMPLETE : EXIT_OK;
}
