#include "collect/plan/call_quota.h"

#include "base/smaller.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* The vendor's clock and ours need not run alike. */
#define DRIFT_PART 1000

static int64_t expires(const struct call_quota *quota, int64_t ended_ms)
{
    return ended_ms + quota->window_ms + 1 + quota->window_ms / DRIFT_PART;
}

static void forget_old(struct call_quota *quota, int64_t now_ms)
{
    size_t old = 0;
    while (old < quota->count && expires(quota, quota->ended[old]) <= now_ms)
        old++;
    quota->count -= old;
    if (old) memmove(quota->ended, quota->ended + old, quota->count * sizeof *quota->ended);
}

void call_quota_set(struct call_quota *quota, int64_t calls, int64_t window_ms)
{
    quota->calls = smaller(calls, CALL_QUOTA_MOST);
    quota->window_ms = window_ms;
}

void call_quota_free(struct call_quota *quota)
{
    free(quota->ended);
    *quota = (struct call_quota){0};
}

int64_t call_quota_left(struct call_quota *quota, int64_t now_ms)
{
    forget_old(quota, now_ms);
    if (now_ms < quota->not_before_ms) return 0;
    return larger(quota->calls - quota->under_way - (int64_t)quota->count, 0);
}

int64_t call_quota_when(struct call_quota *quota, int64_t now_ms, int64_t nth)
{
    int64_t earliest = larger(now_ms, quota->not_before_ms);
    forget_old(quota, now_ms);
    /* So many must expire first; those under way will, a window from now. */
    int64_t over = (int64_t)quota->count + quota->under_way - quota->calls + nth;
    if (over <= 0) return earliest;
    if (over <= (int64_t)quota->count) return larger(earliest, expires(quota, quota->ended[over - 1]));
    return larger(earliest, expires(quota, now_ms));
}

void call_quota_hold(struct call_quota *quota, int64_t until_ms)
{
    quota->not_before_ms = larger(quota->not_before_ms, until_ms);
}

/* ---- Who goes first ---- */

static bool goes_before(const struct quota_claim *claims, size_t other, size_t mine)
{
    const struct quota_claim *a = &claims[other], *b = &claims[mine];
    if (a->lags != b->lags) return a->lags;
    if (a->last_call_ms != b->last_call_ms) return a->last_call_ms < b->last_call_ms;
    return other < mine;
}

bool call_quota_gives_way(struct call_quota *quota, int64_t now_ms, const struct quota_claim *claims,
                          size_t count, size_t mine, int64_t *before)
{
    int64_t left = call_quota_left(quota, now_ms);
    bool scarce = left * 2 <= quota->calls, somebody_lags = false;
    *before = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == mine) continue;
        *before += claims[i].waits && goes_before(claims, i, mine);
        somebody_lags |= claims[i].lags;
    }
    return *before >= left || (scarce && somebody_lags && !claims[mine].lags);
}

/* ---- Counting ---- */

void call_quota_begin(struct call_quota *quota)
{
    quota->under_way++;
}

void call_quota_cancel(struct call_quota *quota)
{
    if (quota->under_way > 0) quota->under_way--;
}

static bool append(struct call_quota *quota, int64_t end_ms)
{
    if (quota->count && quota->ended[quota->count - 1] > end_ms) end_ms = quota->ended[quota->count - 1];
    int64_t *grown = realloc(quota->ended, (quota->count + 1) * sizeof *grown);
    if (!grown) return false;
    quota->ended = grown;
    quota->ended[quota->count++] = end_ms;
    return true;
}

/* Out of memory it stays under way, for ever: rather too few calls than too many. */
void call_quota_end(struct call_quota *quota, int64_t end_ms)
{
    if (append(quota, end_ms)) call_quota_cancel(quota);
}

/* ---- Over a restart ---- */

/* "2 1767225600000 1767225601000": how many are under way, then when the others ended. */
bool call_quota_write(struct call_quota *quota, int64_t now_ms, int64_t wall_ms, struct buffer *text)
{
    forget_old(quota, now_ms);
    buffer_printf(text, "%lld", (long long)quota->under_way);
    for (size_t i = 0; i < quota->count; i++)
        buffer_printf(text, " %lld", (long long)(wall_ms - (now_ms - quota->ended[i])));
    return !text->failed;
}

/* The next number; false if there is none. */
static bool next_number(postern_text *text, int64_t *number)
{
    size_t at = 0;
    *number = 0;
    while (at < text->size && text->data[at] == ' ')
        at++;
    size_t first = at;
    for (; at < text->size && at - first < 18 && text->data[at] >= '0' && text->data[at] <= '9'; at++)
        *number = *number * 10 + (text->data[at] - '0');
    text->data += at;
    text->size -= at;
    return at > first;
}

void call_quota_read(struct call_quota *quota, int64_t now_ms, int64_t wall_ms, postern_text text)
{
    int64_t under_way, ended_wall_ms;
    if (!next_number(&text, &under_way)) return;
    for (size_t i = 0; i < CALL_QUOTA_MOST && next_number(&text, &ended_wall_ms); i++)
        append(quota, now_ms - larger(wall_ms - ended_wall_ms, 0));
    for (int64_t i = 0; i < smaller(under_way, CALL_QUOTA_MOST); i++)
        append(quota, now_ms);
    forget_old(quota, now_ms);
}

void call_quota_take_over(struct call_quota *quota, struct call_quota *before)
{
    free(quota->ended);
    quota->ended = before->ended;
    quota->count = before->count;
    quota->under_way = before->under_way;
    quota->not_before_ms = before->not_before_ms;
    before->ended = NULL;
    before->count = 0;
    before->under_way = 0;
}
