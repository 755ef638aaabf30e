#include "collect/answer/border.h"

#include <stdlib.h>
#include <string.h>

static bool equal(const unsigned char *a, const unsigned char *b)
{
    return memcmp(a, b, EVENT_ID_SIZE) == 0;
}

/* ---- A page -------------------------------------------------------------------------------------- */

static bool is_compared(const unsigned char *id)
{
    static const unsigned char none[EVENT_ID_SIZE];
    return !equal(id, none);
}

static size_t times_before(const struct border *before, const unsigned char *id)
{
    size_t found = 0;
    for (size_t i = 0; i < before->row_count; i++)
        found += equal(before->rows[i], id);
    return found;
}

bool border_compare(const struct border *before, const unsigned char (*first)[EVENT_ID_SIZE],
                    uint32_t *occurrences, bool *doubtful, size_t count)
{
    bool any = false;
    memset(doubtful, 0, count * sizeof *doubtful);
    for (size_t i = 0; before && before->row_count && i < count; i++) {
        size_t times = is_compared(first[i]) ? times_before(before, first[i]) : 0;
        doubtful[i] = times > 0;
        occurrences[i] += (uint32_t)times;
        any = any || doubtful[i];
    }
    return any;
}

void border_add(struct border *border, const unsigned char (*first)[EVENT_ID_SIZE], size_t count)
{
    border->rows_read += count;
    if (count > BORDER_ROWS) first += count - BORDER_ROWS, count = BORDER_ROWS;
    size_t kept = BORDER_ROWS - count < border->row_count ? BORDER_ROWS - count : border->row_count;
    memmove(border->rows, border->rows + border->row_count - kept, kept * sizeof *border->rows);
    memcpy(border->rows + kept, first, count * sizeof *border->rows);
    border->row_count = kept + count;
}

/* ---- Doubts -------------------------------------------------------------------------------------- */

static bool was_doubted(const struct border_doubts *doubts, const struct border_doubt *doubt)
{
    for (size_t i = 0; doubts && i < doubts->count; i++)
        if (doubts->items[i].place == doubt->place && equal(doubts->items[i].id, doubt->id)) return true;
    return false;
}

static bool remember(struct border_doubts **doubts, const struct border_doubt *doubt)
{
    if (!*doubts) *doubts = calloc(1, sizeof **doubts);
    if (!*doubts || (*doubts)->count == BORDER_ROWS) return false;
    (*doubts)->items[(*doubts)->count++] = *doubt;
    return true;
}

bool border_settle(struct border *border, const unsigned char id[EVENT_ID_SIZE], size_t index, size_t count)
{
    struct border_doubt doubt = {.place = border->rows_read - count + index};
    memcpy(doubt.id, id, EVENT_ID_SIZE);
    if (border->reading == BORDER_READINGS - 1 || was_doubted(border->doubted_before, &doubt)) return true;
    return !remember(&border->doubts, &doubt); /* without room: twice is better than not at all */
}

/* ---- A pass -------------------------------------------------------------------------------------- */

static bool copy_doubts(struct border_doubts **to, const struct border_doubts *from)
{
    if (!from) return true;
    *to = malloc(sizeof **to);
    if (*to) **to = *from;
    return *to;
}

struct border *border_copy(const struct border *before, bool blind)
{
    struct border *border = malloc(sizeof *border);
    if (!border) return NULL;
    if (before)
        *border = *before;
    else
        *border = (struct border){.blind = blind};
    border->doubts = border->doubted_before = NULL;
    if (!before || (copy_doubts(&border->doubts, before->doubts) &&
                    copy_doubts(&border->doubted_before, before->doubted_before)))
        return border;
    border_free(border);
    return NULL;
}

static void begin_reading(struct border *border)
{
    border->blind = false;
    border->rows_read = border->row_count = 0;
    border->doubts = NULL;
}

bool border_reads_again(struct border *border)
{
    if (!border->blind && !border->doubts) return false;
    free(border->doubted_before);
    border->doubted_before = border->doubts; /* places that a blind border counts are not met again */
    if (!border->blind) border->reading++;
    begin_reading(border);
    return true;
}

struct border *border_begin_pass(struct border *border)
{
    if (border && border->reading) {
        free(border->doubts);
        begin_reading(border);
        return border;
    }
    border_free(border);
    return NULL;
}

void border_free(struct border *border)
{
    if (!border) return;
    free(border->doubts);
    free(border->doubted_before);
    free(border);
}
