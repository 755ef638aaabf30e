#include "compare.h"
#include "canonical.h"
#include "random.h"
#include "tally.h"
#include "times.h"
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char usage[] =
    "postern-simulator compare --truth FILE --output PATH... [--before TIME] [--shown DURATION] "
    "[--by-marker]\n"
    "  --truth FILE   what `serve --truth` wrote (or GET /_control/truth answered)\n"
    "  --output PATH  files, or directories with files, of one event per line as Mimecast sent it; .gz too\n"
    "  --before TIME  do not insist on events that happened or became visible after "
    "2026-01-31T23:59:59+0000\n"
    "  --shown DURATION  do not insist on what was shown for a shorter time than that, and then was gone or "
    "replaced\n"
    "                 (default 1h)\n"
    "  --by-marker    for mapped events: recognise them by the marker (evt and 16 hex digits) inside\n"
    "Prints JSON. Exits with 0 only if nothing is lost, repeated, unexpected or broken.\n";

enum { UNKNOWN = SOURCES, SAMPLES = 20 };

struct counts {
    uint64_t expected, optional, seen, lost, repeated, unexpected, altered, broken;
};

struct comparison {
    struct tally events;  /* by content, or by marker */
    struct tally damaged; /* markers of events that cannot be expected whole */
    struct tally brief;   /* markers of what was not shown long enough to be insisted on */
    struct tally used;    /* by account: seen[0] and seen[1] say over which APIs it was asked */
    int64_t before_ms, shown_ms;
    bool by_marker;
    struct counts counts[SOURCES + 1];
    struct text samples, scratch;
    unsigned sample_count;
};

/* nftw has no context. */
static struct comparison *current;

static uint64_t key_of(struct comparison *comparison, const char *event, size_t size)
{
    if (comparison->by_marker) {
        const char *marker = find_marker(event, size);
        return marker ? mix_text(3, marker, MARKER_SIZE - 1) | 1 : 0;
    }
    text_clear(&comparison->scratch);
    canonical(&comparison->scratch, event, size);
    return canonical_number(comparison->scratch.data, comparison->scratch.size);
}

static void sample(struct comparison *comparison, const char *kind, const char *what, size_t size)
{
    if (comparison->sample_count++ >= SAMPLES) return;
    text_printf(&comparison->samples,
                "%s\n{\"kind\":\"%s\",\"what\":", comparison->sample_count > 1 ? "," : "", kind);
    text_json(&comparison->samples, what, size < 300 ? size : 300);
    text_put(&comparison->samples, '}');
}

/* The text between `name` and the next quote, in a line that truth_line wrote. */
static bool member_text(const char *line, const char *name, char *out, size_t capacity)
{
    const char *found = strstr(line, name);
    if (!found) return false;
    found += strlen(name);
    size_t size = strcspn(found, "\"");
    if (size >= capacity) size = capacity - 1;
    memcpy(out, found, size);
    out[size] = '\0';
    return true;
}

static int64_t member_number(const char *line, const char *name)
{
    const char *found = strstr(line, name);
    return found ? strtoll(found + strlen(name), NULL, 10) : 0;
}

static uint64_t account_key(const char *account)
{
    return mix_text(5, account, strlen(account)) | 1;
}

static bool read_use(struct comparison *comparison, const char *line)
{
    char account[20];
    if (!member_text(line, "\"account\":\"", account, sizeof account)) return false;
    struct expectation *used = tally_add(&comparison->used, account_key(account));
    int64_t apis = member_number(line, "\"used\":");
    used->seen[0] |= apis & 1;
    used->seen[1] |= apis >> 1 & 1;
    return true;
}

static bool read_end(struct comparison *comparison, const char *line)
{
    char marker[MARKER_SIZE];
    if (!member_text(line, "\"gone\":\"", marker, sizeof marker)) return false;
    if (member_number(line, "\"shown_ms\":") < comparison->shown_ms)
        tally_add(&comparison->brief, mix_text(3, marker, MARKER_SIZE - 1) | 1);
    return true;
}

static bool read_truth_line(struct comparison *comparison, const char *line, size_t size)
{
    char account[20], source[24], marker[MARKER_SIZE], form[20] = "";
    const char *event = strstr(line, ",\"event\":");
    if (!event && strstr(line, "\"gone\":")) return read_end(comparison, line);
    if (!event) return strstr(line, "\"used\":") && read_use(comparison, line);
    if (!member_text(line, "\"account\":\"", account, sizeof account) ||
        !member_text(line, "\"source\":\"", source, sizeof source) || source_named(source) == SOURCES ||
        !member_text(line, "\"marker\":\"", marker, sizeof marker))
        return false;
    event += strlen(",\"event\":");
    const char *end = line + size;
    while (end > event && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    end--; /* the brace around it all */
    uint64_t by_marker = mix_text(3, marker, MARKER_SIZE - 1) | 1,
             key = comparison->by_marker ? by_marker : key_of(comparison, event, (size_t)(end - event));
    if (!comparison->by_marker && member_text(line, "\"form_2\":\"", form, sizeof form))
        tally_add(&comparison->events, strtoull(form, NULL, 16))->same_as = key;
    struct expectation *one = tally_add(&comparison->events, key);
    one->source = (uint8_t)source_named(source);
    one->only_second = strstr(line, "\"only\":2,") != NULL;
    memcpy(one->account, account, sizeof account);
    memcpy(one->marker, marker, sizeof marker);
    bool late = comparison->before_ms && (member_number(line, "\"event_ms\":") > comparison->before_ms ||
                                          member_number(line, "\"visible_ms\":") > comparison->before_ms);
    const char *second = strstr(line, "\"salvageable_2\":");
    bool salvageable = strstr(line, "\"salvageable\":true") != NULL,
         salvageable_2 =
             second ? strncmp(second + strlen("\"salvageable_2\":"), "true", 4) == 0 : salvageable;
    if (late) {
        one->late++;
    } else {
        one->expected++;
        one->damaged[0] += !salvageable;
        one->damaged[1] += !salvageable_2;
    }
    if (!salvageable || !salvageable_2) tally_add(&comparison->damaged, by_marker)->source = one->source;
    return true;
}

static bool read_output_line(struct comparison *comparison, const char *line, size_t size)
{
    bool whole = size && line[size - 1] == '\n';
    while (size && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
    if (!size) return true;
    if (!whole || line[0] != '{' || line[size - 1] != '}') {
        comparison->counts[UNKNOWN].broken++;
        sample(comparison, "broken", line, size);
        return true;
    }
    uint64_t key = key_of(comparison, line, size);
    struct expectation *one = key ? tally_find(&comparison->events, key) : NULL;
    if (one) {
        bool second_form = one->same_as != 0;
        if (second_form) one = tally_find(&comparison->events, one->same_as);
        one->seen[second_form]++;
        comparison->counts[one->source].seen++;
        return true;
    }
    const char *marker = find_marker(line, size);
    const struct expectation *damaged =
        marker ? tally_find(&comparison->damaged, mix_text(3, marker, MARKER_SIZE - 1) | 1) : NULL;
    if (damaged) {
        comparison->counts[damaged->source].altered++;
        return true;
    }
    comparison->counts[UNKNOWN].unexpected++;
    sample(comparison, "unexpected", line, size);
    return true;
}

/* Calls `each` for every line of a plain or gzip file. */
static bool read_lines(struct comparison *comparison, const char *path,
                       bool (*each)(struct comparison *comparison, const char *line, size_t size))
{
    gzFile file = gzopen(path, "rb");
    if (!file) {
        fprintf(stderr, "postern-simulator: %s: %s\n", path, strerror(errno));
        return false;
    }
    gzbuffer(file, 1 << 18);
    struct text line = {0};
    bool good = true;
    char chunk[65536];
    while (good && gzgets(file, chunk, sizeof chunk)) {
        text_puts(&line, chunk);
        if (line.data[line.size - 1] != '\n') continue;
        good = each(comparison, line.data, line.size);
        text_clear(&line);
    }
    if (good && line.size) good = each(comparison, line.data, line.size);
    if (!good) fprintf(stderr, "postern-simulator: %s: this is no ground truth: %.80s\n", path, line.data);
    text_free(&line);
    gzclose(file);
    return good;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)place;
    if (type != FTW_F || !S_ISREG(status->st_mode)) return type == FTW_NS;
    return read_lines(current, path, read_output_line) ? 0 : 1;
}

/* How many must be seen: what lies whole in the files of the APIs that the account was asked over. */
static uint32_t required_of(const struct comparison *comparison, const struct expectation *one)
{
    const struct expectation *used = tally_find(&comparison->used, account_key(one->account));
    bool second = used && used->seen[1], first = !second || used->seen[0];
    if (one->only_second && !second) return 0;
    if (tally_find(&comparison->brief, mix_text(3, one->marker, MARKER_SIZE - 1) | 1)) return 0;
    uint32_t damaged = 0;
    if (first && !one->only_second) damaged = one->damaged[0];
    if (second && one->damaged[1] > damaged) damaged = one->damaged[1];
    return one->expected - damaged;
}

static void settle(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->events.capacity; i++) {
        const struct expectation *one = &comparison->events.slots[i];
        if (!one->key || one->same_as) continue;
        struct counts *counts = &comparison->counts[one->source];
        const char *kind = NULL;
        /* Read over both APIs, an event may have come in both forms; in each at most so often. */
        uint32_t most = one->seen[0] > one->seen[1] ? one->seen[0] : one->seen[1];
        uint32_t required = required_of(comparison, one), allowed = one->expected + one->late;
        counts->expected += required;
        counts->optional += allowed - required;
        if (most < required) {
            counts->lost += required - most;
            kind = "lost";
        } else if (most > allowed) {
            counts->repeated += most - allowed;
            kind = "repeated";
        }
        if (!kind) continue;
        char what[96];
        int size = snprintf(what, sizeof what, "%s %s %s seen %" PRIu32 " of %" PRIu32, one->account,
                            source_name((enum source)one->source), one->marker, most, required);
        sample(comparison, kind, what, (size_t)size);
    }
}

static void print_counts(const char *name, const struct counts *counts)
{
    printf("\"%s\":{\"expected\":%" PRIu64 ",\"optional\":%" PRIu64 ",\"seen\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"repeated\":%" PRIu64 ",\"unexpected\":%" PRIu64 ",\"altered\":%" PRIu64 ",\"broken\":%" PRIu64
           "}",
           name, counts->expected, counts->optional, counts->seen, counts->lost, counts->repeated,
           counts->unexpected, counts->altered, counts->broken);
}

static bool print_result(const struct comparison *comparison)
{
    struct counts total = {0};
    fputs("{\"sources\":{", stdout);
    for (int i = 0; i <= SOURCES; i++) {
        const struct counts *one = &comparison->counts[i];
        printf(i ? ",\n" : "\n");
        print_counts(i == UNKNOWN ? "unknown" : source_name((enum source)i), one);
        total.expected += one->expected;
        total.optional += one->optional;
        total.seen += one->seen;
        total.lost += one->lost;
        total.repeated += one->repeated;
        total.unexpected += one->unexpected;
        total.altered += one->altered;
        total.broken += one->broken;
    }
    fputs("},\n", stdout);
    print_counts("total", &total);
    printf(",\n\"samples\":[%s]}\n", comparison->samples.size ? comparison->samples.data : "");
    return !total.lost && !total.repeated && !total.unexpected && !total.broken;
}

static bool read_time(const char *text, int64_t *ms)
{
    char *end;
    *ms = strtoll(text, &end, 10);
    return (end != text && *end == '\0') || time_parse_iso(text, ms);
}

int compare_command(int count, char **arguments)
{
    struct comparison comparison = {.shown_ms = HOUR};
    const char *truth = NULL;
    bool good = true, output = false;
    int first_output = count, outputs_end = count;
    for (int i = 1; i < count && good; i++) {
        if (strcmp(arguments[i], "--by-marker") == 0) {
            comparison.by_marker = true;
        } else if (strcmp(arguments[i], "--truth") == 0 && i + 1 < count) {
            truth = arguments[++i];
        } else if (strcmp(arguments[i], "--before") == 0 && i + 1 < count) {
            good = read_time(arguments[++i], &comparison.before_ms);
        } else if (strcmp(arguments[i], "--shown") == 0 && i + 1 < count) {
            good = duration_read(arguments[++i], &comparison.shown_ms);
        } else if (strcmp(arguments[i], "--output") == 0 && !output) {
            output = true;
            first_output = i + 1;
            while (i + 1 < count && strncmp(arguments[i + 1], "--", 2) != 0)
                i++;
            outputs_end = i + 1;
        } else {
            good = false;
        }
    }
    if (!good || !truth || first_output >= outputs_end) {
        fputs(usage, stderr);
        return 2;
    }
    current = &comparison;
    good = read_lines(&comparison, truth, read_truth_line);
    for (int i = first_output; i < outputs_end && good; i++)
        good = nftw(arguments[i], visit, 16, FTW_PHYS) == 0;
    if (good) {
        settle(&comparison);
        good = print_result(&comparison);
    } else {
        fputs("postern-simulator: cannot read everything that was to be compared\n", stderr);
    }
    tally_free(&comparison.events);
    tally_free(&comparison.damaged);
    tally_free(&comparison.brief);
    tally_free(&comparison.used);
    text_free(&comparison.samples);
    text_free(&comparison.scratch);
    return good ? 0 : 1;
}
