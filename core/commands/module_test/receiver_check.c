/* What the receiver holds at last, compared with what was acknowledged. */
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "commands/module_test/sink_checks.h"
#include "commands/module_test/subject.h"
#include <stdlib.h>

#define FILE_MOST   ((size_t)1 << 30)
#define NUMBER_SIZE 16 /* hex digits behind those of the run */

/* How often each event stands there; a line names its event once, however often its id is in it. */
static void count_line(const struct suite *suite, postern_text line, unsigned char *found)
{
    const char *at = line.data, *end = line.data + line.size;
    size_t size = strlen(suite->run);
    const char *hit = memmem(at, line.size, suite->run, size);
    if (!hit || (size_t)(end - hit) < size + NUMBER_SIZE) return;
    char number[NUMBER_SIZE + 1] = "";
    memcpy(number, hit + size, NUMBER_SIZE);
    unsigned long event = strtoul(number, NULL, 16);
    if (event < SUITE_EVENTS && found[event] < UINT8_MAX) found[event]++;
}

static void count_lines(const struct suite *suite, postern_text text, unsigned char *found)
{
    const char *end = text.data + text.size;
    for (const char *at = text.data; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end) line_end = end;
        count_line(suite, text_slice(at, line_end), found);
        at = line_end + 1;
    }
}

struct receiver_tally {
    size_t safe, lost, repeated, first_lost;
};

static struct receiver_tally compare(const struct suite_board *board, const unsigned char *found)
{
    struct receiver_tally tally = {0};
    for (size_t i = 0; i < SUITE_EVENTS; i++) {
        bool is_safe = atomic_load(&board->fates[i]) == EVENT_SAFE;
        tally.safe += is_safe;
        tally.repeated += found[i] > 1 ? found[i] - 1u : 0;
        if (!is_safe || found[i]) continue;
        if (!tally.lost++) tally.first_lost = i;
    }
    return tally;
}

void check_receiver(struct subject *subject)
{
    const struct suite *suite = subject->suite;
    _cleanup_(buffer_free) struct buffer text = {.limit = FILE_MOST};
    postern_error error = ERROR_INIT;
    if (!suite->expect)
        return subject_skips(subject,
                             "name the file in which the receiver keeps its lines with --expect FILE");
    unsigned char *found = calloc(SUITE_EVENTS, 1);
    if (!found) return subject_fails(subject, "no memory for it");
    if (file_read(suite->expect, FILE_MOST, &text, &error) < 0) {
        subject_fails(subject, "%s", error.message);
    } else {
        count_lines(suite, buffer_text(&text), found);
        struct receiver_tally tally = compare(suite->board, found);
        if (tally.lost)
            subject_fails(subject,
                          "of %zu events that were acknowledged %zu are not in %s, first %s%016zx; %zu "
                          "stand there more than once",
                          tally.safe, tally.lost, suite->expect, suite->run, tally.first_lost,
                          tally.repeated);
        else
            subject_remarks(subject, "lost 0 of %zu, repeated %zu", tally.safe, tally.repeated);
    }
    free(found);
}
