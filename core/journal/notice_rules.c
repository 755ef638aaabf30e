#include "journal/notice_rules.h"
#include "base/text.h"

#define HOUR_MS ((int64_t)3600 * 1000)

/* README.md tells what each means. */
static const struct notice_trait traits[NOTICE_KINDS] = {
    [NOTICE_ACCOUNT_RENEWED] = {"account.renewed", NULL, POSTERN_LOG_INFO, NOTICE_STATE},
    [NOTICE_ACCOUNT_PENDING] = {"account.pending", NULL, POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_ACCOUNT_CONNECTED] = {"account.connected", NULL, POSTERN_LOG_INFO, NOTICE_STATE},
    [NOTICE_ACCOUNT_FAILING] = {"account.failing", NULL, POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_ACCOUNT_FAILED] = {"account.failed", NULL, POSTERN_LOG_ERROR, NOTICE_STATE},
    [NOTICE_STREAM_TROUBLE] = {"stream.trouble", "stream", POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_STREAM_NOT_PERMITTED] = {"stream.not_permitted", "stream", POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_STREAM_NOT_LICENSED] = {"stream.not_licensed", "stream", POSTERN_LOG_INFO, NOTICE_STATE},
    [NOTICE_STREAM_RECOVERED] = {"stream.recovered", "stream", POSTERN_LOG_INFO, NOTICE_RETURN},
    [NOTICE_GAP_RECORDED] = {"gap.recorded", "stream", POSTERN_LOG_WARNING, NOTICE_FACT},
    [NOTICE_FILE_GIVEN_UP] = {"file.given_up", "stream", POSTERN_LOG_WARNING, NOTICE_FACT},
    [NOTICE_DELIVERY_RETRYING] = {"delivery.retrying", "delivery", POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_DELIVERY_STOPPED] = {"delivery.stopped", "delivery", POSTERN_LOG_ERROR, NOTICE_STATE},
    [NOTICE_DELIVERY_RECOVERED] = {"delivery.recovered", "delivery", POSTERN_LOG_INFO, NOTICE_RETURN},
    [NOTICE_EVENTS_SKIPPED] = {"events.skipped", "delivery", POSTERN_LOG_WARNING, NOTICE_FACT},
    [NOTICE_BACKLOG_HIGH] = {"backlog.high", "delivery", POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_BACKLOG_NORMAL] = {"backlog.normal", "delivery", POSTERN_LOG_INFO, NOTICE_RETURN},
    [NOTICE_JOURNAL_FULL] = {"journal.full", NULL, POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_JOURNAL_UNWRITABLE] = {"journal.unwritable", NULL, POSTERN_LOG_ERROR, NOTICE_STATE},
    [NOTICE_JOURNAL_RECOVERED] = {"journal.recovered", NULL, POSTERN_LOG_INFO, NOTICE_RETURN},
    [NOTICE_IDS_FORGOTTEN] = {"ids.forgotten", NULL, POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_CLOCK_OFF] = {"clock.off", "host", POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_CONFIG_RELOADED] = {"config.reloaded", NULL, POSTERN_LOG_INFO, NOTICE_ALWAYS},
    [NOTICE_CONFIG_REFUSED] = {"config.refused", NULL, POSTERN_LOG_ERROR, NOTICE_ALWAYS},
    [NOTICE_LEFT_OUT] = {"notices.left_out", NULL, POSTERN_LOG_WARNING, NOTICE_ALWAYS},
    [NOTICE_DEAD_LETTERS_FULL] = {"dead_letters.full", "delivery", POSTERN_LOG_ERROR, NOTICE_STATE},
    [NOTICE_DEAD_LETTERS_RECOVERED] = {"dead_letters.recovered", "delivery", POSTERN_LOG_INFO, NOTICE_RETURN},
    [NOTICE_PART_STALLED] = {"part.stalled", "part", POSTERN_LOG_WARNING, NOTICE_STATE},
    [NOTICE_PART_MOVES] = {"part.moves", "part", POSTERN_LOG_INFO, NOTICE_RETURN},
    [NOTICE_DEAD_LETTERS_NOT_KEPT] = {"dead_letters.not_kept", "stream", POSTERN_LOG_ERROR, NOTICE_FACT},
};

const struct notice_trait *notice_trait(enum notice_kind kind)
{
    return &traits[kind];
}

bool notice_is_of_journal(enum notice_kind kind)
{
    return kind >= NOTICE_JOURNAL_FULL && kind <= NOTICE_IDS_FORGOTTEN;
}

const char *notice_severity(enum notice_kind kind)
{
    static const char *const names[] = {"", "error", "warning", "info"};
    return names[traits[kind].level];
}

void notice_write_key(enum notice_kind kind, const char *account, const char *source, const char *subject,
                      struct buffer *out)
{
    const char *name = traits[kind].name;
    buffer_append(out, name, (size_t)(strchr(name, '.') - name));
    buffer_printf(out, " %s/%s%s%s", account ? account : "", source ? source : "", source ? "/" : "",
                  subject ? subject : "");
}

void notice_write_thread(const char *key, struct buffer *out)
{
    size_t group = strcspn(key, " ");
    const char *account = key[group] ? key + group + 1 : "";
    size_t size = strcspn(account, "/");
    const char *subject = account + size;
    buffer_printf(out, "%.*s:", (int)group, key);
    buffer_printf(out, "%.*s", size ? (int)size : 7, size ? account : "postern");
    if (subject[0] && subject[1]) buffer_printf(out, "%s", subject);
}

/* Its end is still to be told: trouble, or what is none and yet no end of it. */
static bool is_open(enum notice_kind kind)
{
    if (kind == NOTICE_ACCOUNT_RENEWED || kind == NOTICE_STREAM_NOT_LICENSED) return true;
    return kind != NOTICE_NONE && traits[kind].level < POSTERN_LOG_INFO;
}

bool notice_goes_on(const struct told_notice *told)
{
    int sameness = (int)traits[told->kind].sameness;
    return is_open(told->kind) && sameness != NOTICE_FACT && sameness != NOTICE_ALWAYS;
}

bool notice_is_good_end(const struct told_notice *told, enum notice_kind kind)
{
    return traits[kind].level == POSTERN_LOG_INFO && told->kind != kind && is_open(told->kind);
}

bool notice_is_news(const struct told_notice *told, enum notice_kind kind, int64_t words, int64_t now_ms,
                    int64_t repeat_ms)
{
    const struct notice_trait *trait = &traits[kind];
    if (trait->sameness == NOTICE_ALWAYS) return true;
    if (trait->sameness == NOTICE_RETURN) return is_open(told->kind);
    bool same = told->kind == kind && (trait->sameness == NOTICE_STATE || told->words == words);
    return !same || now_ms - told->told_ms >= repeat_ms;
}

/* ---- The bound ---- */

static bool is_postern_itself(enum notice_kind kind)
{
    const char *subject = traits[kind].subject;
    bool is_account = strncmp(traits[kind].name, "account.", 8) == 0;
    return !is_account && !(subject && strcmp(subject, "stream") == 0);
}

static bool is_over(const struct notice_hour *hour, int64_t now_ms)
{
    return now_ms - hour->began_ms >= HOUR_MS;
}

bool notice_hour_takes(struct notice_hour *hour, enum notice_kind kind, int64_t now_ms, int64_t per_hour)
{
    int64_t *told = &hour->told[is_postern_itself(kind)];
    if (kind == NOTICE_LEFT_OUT) return true;
    if (!hour->began_ms || is_over(hour, now_ms)) {
        hour->began_ms = now_ms;
        hour->told[0] = hour->told[1] = 0;
    }
    if (*told < per_hour) {
        ++*told;
        return true;
    }
    hour->left_out++;
    return false;
}

void notice_hour_gives_back(struct notice_hour *hour, enum notice_kind kind, bool was_taken)
{
    int64_t *count = was_taken ? &hour->told[is_postern_itself(kind)] : &hour->left_out;
    if (kind != NOTICE_LEFT_OUT && *count > 0) --*count; /* 0: another hour has begun */
}

int64_t notice_hour_left_out(struct notice_hour *hour, int64_t now_ms)
{
    if (!hour->left_out || !is_over(hour, now_ms)) return 0;
    int64_t count = hour->left_out;
    hour->left_out = 0;
    return count;
}
