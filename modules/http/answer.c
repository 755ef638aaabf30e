#include "http_sink.h"

#define REMEDY_HOST  "check url: the receiver sends to another place, and no credential is sent there"
#define REMEDY_LOGIN "check the credentials and what they may do; the events wait in the journal"
#define REMEDY_PAID                                                                                          \
    "the receiver wants a licence, a quota or a payment to be looked at; the events wait in the journal"
#define REMEDY_URL    "check url; if the receiver answers so for a while only, add the status to retry_status"
#define REMEDY_METHOD "the receiver does not know this kind of request: check url and the kind of the sink"

/* What a status means if neither the user nor the preset says otherwise. */
static const struct answer_rule table[] = {
    {200, 299, OUTCOME_DELIVERED, NULL},
    {300, 399, OUTCOME_CONFIGURATION, REMEDY_HOST},
    {400, 400, OUTCOME_REFUSED, NULL},
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_LOGIN},
    {402, 402, OUTCOME_CONFIGURATION, REMEDY_PAID},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_LOGIN},
    {404, 404, OUTCOME_CONFIGURATION, REMEDY_URL},
    {408, 408, OUTCOME_RETRY, NULL},
    {413, 413, OUTCOME_TOO_LARGE, NULL},
    {422, 422, OUTCOME_REFUSED, NULL},
    {425, 425, OUTCOME_RETRY, NULL},
    {429, 429, OUTCOME_RETRY, NULL},
    {451, 451, OUTCOME_CONFIGURATION, REMEDY_PAID},
    {400, 499, OUTCOME_CONFIGURATION, REMEDY_METHOD},
    {501, 501, OUTCOME_CONFIGURATION, REMEDY_METHOD},
    {505, 505, OUTCOME_CONFIGURATION, REMEDY_METHOD},
    {100, 999, OUTCOME_RETRY, NULL},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

static bool is_among(const int *statuses, size_t count, int status)
{
    for (size_t i = 0; i < count; i++)
        if (statuses[i] == status) return true;
    return false;
}

static const struct answer_rule *look_up(const struct answer_rule *rules, int status)
{
    for (; rules && rules->outcome; rules++)
        if (status >= rules->from && status <= rules->to) return rules;
    return NULL;
}

const struct answer_rule *answer_rule_for(const struct preset *preset, int status)
{
    const struct answer_rule *rule = look_up(preset->rules, status);
    return rule ? rule : look_up(table, status);
}

static enum outcome judge_status(struct writing *writing, struct judged_answer *answer)
{
    const struct http_instance *sink = writing->sink;
    int status = answer->status = (int)answer->http->status;
    answer_quote(answer->http->body, answer->words, sizeof answer->words);
    answer->remedy = NULL;
    answer->retry_after_ms = answer->http->retry_after_ms;
    if (is_among(sink->retry_status, sink->retry_status_count, status)) return OUTCOME_RETRY;
    if (is_among(sink->success_status, sink->success_status_count, status)) return OUTCOME_DELIVERED;
    if (sink->success_status_count && status >= 200 && status <= 299) return OUTCOME_RETRY;
    enum outcome outcome = sink->preset->judge ? sink->preset->judge(writing, answer) : OUTCOME_BY_TABLE;
    if (outcome != OUTCOME_BY_TABLE) return outcome;
    const struct answer_rule *rule = answer_rule_for(sink->preset, status);
    answer->remedy = rule ? rule->remedy : NULL;
    return rule ? rule->outcome : OUTCOME_RETRY;
}

enum outcome answer_judge(struct writing *writing, struct judged_answer *answer)
{
    enum outcome outcome = judge_status(writing, answer);
    return outcome == OUTCOME_DELIVERED ? accept_judge(writing, answer) : outcome;
}

postern_status answer_fail(const struct writing *writing, const struct judged_answer *answer,
                           postern_status code)
{
    kit_fail(writing->error, code, answer->remedy, "the receiver answers %d: %s%s", answer->status,
             answer->words, writing->request_mark);
    writing->error->retry_after_ms = code == POSTERN_E_RETRY ? answer->retry_after_ms : 0;
    return code;
}
