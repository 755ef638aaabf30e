/* `postern map`: scripts over events from files or standard input. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/envelope.h"
#include "commands/map_report.h"
#include "commands/output.h"
#include "commands/script_argument.h"
#include "engine/places.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#define LINE_LIMIT   ((size_t)64 << 20) /* a longer line is a bad line */
#define READ_SIZE    ((size_t)256 << 10)
#define WRITE_SIZE   ((size_t)256 << 10)
#define MOST_SCRIPTS 64
#define DEAD_FLAGS   (O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)

struct map_command {
    struct script_set *set;
    struct script_runner *runner;
    struct script_event seen; /* what is the same for every bare line */
    struct buffer out, scratch;
    int dead; /* -1 = failed lines are kept nowhere */
    const char *file;
    size_t line, kept, failed, wrong_types, mended;
    struct map_drops drops;
};

/* ---- Output ---- */

static void flush(struct map_command *map)
{
    int reason = output_data(buffer_text(&map->out));
    if (reason == EPIPE) exit(EXIT_OK); /* the reader has seen enough */
    if (reason) {
        show(stderr, "postern: cannot write: %s\n", strerror(reason));
        exit(EXIT_INCOMPLETE);
    }
    buffer_clear(&map->out);
}

static void write_line(struct map_command *map, postern_text json)
{
    if (map->out.size + json.size + 1 > WRITE_SIZE) flush(map);
    buffer_append_text(&map->out, json);
    buffer_append_byte(&map->out, '\n');
}

/* A line that failed: told on stderr, and kept whole with --dead. */
static void bury(struct map_command *map, postern_text line, const postern_error *error,
                 postern_text traceback)
{
    map->failed++;
    show(stderr, "%s:%zu: %s\n", map->file, map->line, error->message);
    if (map->dead < 0) return;
    _cleanup_(buffer_free) struct buffer letter = {.limit = 8 * LINE_LIMIT};
    buffer_append_string(&letter, "{\"file\":");
    json_write_string(&letter, text_of(map->file));
    buffer_printf(&letter, ",\"line\":%zu,\"reason\":", map->line);
    json_write_string(&letter, text_of(error->message));
    if (traceback.size) {
        buffer_append_string(&letter, ",\"traceback\":");
        json_write_string(&letter, traceback);
    }
    buffer_append_string(&letter, ",\"raw\":");
    json_write_string(&letter, line);
    buffer_append_string(&letter, "}\n");
    int reason = file_write_all(map->dead, letter.data, letter.size);
    if (reason) show(stderr, "postern: cannot write the failed line: %s\n", strerror(reason));
}

/* ---- One line ---- */

static void map_line(struct map_command *map, postern_text line)
{
    map->line++;
    line = text_trim(line);
    if (line.size == 0) return;
    struct script_event seen = map->seen;
    struct script_result result; /* made by script_run */
    seen.json = line;
    seen.file = map->file;
    seen.line = map->line;
    script_run(map->runner, &seen, &result);
    map->wrong_types += result.wrong_types;
    map->mended += result.replaced_bytes + result.renamed_members > 0;
    if (result.verdict == SCRIPT_FAILED) {
        bury(map, line, &result.error, result.traceback);
    } else if (result.verdict == SCRIPT_DROPPED) {
        map_drops_add(&map->drops, result.reason);
    } else {
        map->kept++;
        for (size_t i = 0; i < result.output_count; i++)
            write_line(map, result.outputs[i].text);
    }
    script_runner_reset(map->runner);
}

/* ---- Input ---- */

/* The beginning of a file: it is read on if that can be UTF-8. */
static bool begin_file(struct map_command *map, struct buffer *in)
{
    postern_error error = ERROR_INIT;
    postern_text text = encoding_without_mark(buffer_text(in));
    if (encoding_check_beginning(text, &error) < 0) {
        show(stderr, "postern: %s: %s\n", map->file, error.message);
        map->failed++;
        return false;
    }
    if (text.size < in->size) memmove(in->data, text.data, text.size);
    in->size = text.size;
    return true;
}

/* Hands over the whole lines in `in` and keeps the rest at its beginning. */
static void map_lines(struct map_command *map, struct buffer *in)
{
    size_t start = 0;
    for (char *end; (end = memchr(in->data + start, '\n', in->size - start)) != NULL;) {
        map_line(map, text_slice(in->data + start, end));
        start = (size_t)(end + 1 - in->data);
    }
    if (start) memmove(in->data, in->data + start, in->size - start);
    in->size -= start;
}

static bool map_file(struct map_command *map, int fd, const char *name)
{
    _cleanup_(buffer_free) struct buffer in = {.limit = LINE_LIMIT};
    map->file = name;
    map->line = 0;
    for (bool is_begun = false;;) {
        char *place = buffer_reserve(&in, READ_SIZE);
        if (!place) {
            show(stderr, "%s:%zu: the line is longer than %zu bytes\n", name, map->line + 1, LINE_LIMIT);
            map->failed++;
            return false;
        }
        ssize_t got = read(fd, place, READ_SIZE);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) show(stderr, "postern: cannot read %s: %s\n", name, strerror(errno));
        if (got <= 0) {
            if (!is_begun && !begin_file(map, &in)) return false;
            map_lines(map, &in);
            if (in.size) map_line(map, buffer_text(&in));
            return got == 0;
        }
        in.size += (size_t)got;
        if (!is_begun && in.size < ENCODING_SEEN) continue;
        if (!is_begun && !begin_file(map, &in)) return false;
        is_begun = true;
        map_lines(map, &in);
    }
}

static int load_scripts(struct map_command *map, const char **names, size_t count)
{
    const char *paths[MOST_SCRIPTS];
    postern_error error = ERROR_INIT;
    size_t found = 0;
    while (found < count && (paths[found] = script_argument_find(names[found], &error)))
        found++;
    postern_status status = error.code;
    if (found == count)
        status = script_set_load(names, paths, count, places_scripts(), &sandbox_default_limits, &map->set,
                                 &error);
    while (found > 0)
        free((void *)(uintptr_t)paths[--found]);
    if (status < 0) {
        command_fail(&error);
        return EXIT_CONFIG;
    }
    map->runner = script_runner_new(map->set, &error);
    return map->runner ? EXIT_OK : command_fail(&error);
}

static int map_all(struct map_command *map, char **files, int count)
{
    bool read_all = true;
    if (count == 0) read_all = map_file(map, STDIN_FILENO, "stdin");
    for (int i = 0; i < count; i++) {
        bool is_stdin = strcmp(files[i], "-") == 0;
        _cleanup_(closep) int fd = is_stdin ? dup(STDIN_FILENO) : open(files[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0) show(stderr, "postern: cannot open %s: %s\n", files[i], strerror(errno));
        read_all = fd >= 0 && map_file(map, fd, is_stdin ? "stdin" : files[i]) && read_all;
    }
    flush(map);
    map_report_drops(&map->drops, map->kept, map->failed);
    if (map->runner) map_report_wrong_values(script_runner_wrong_values(map->runner));
    if (map->failed || map->drops.dropped || map->wrong_types || map->mended || isatty(STDERR_FILENO))
        show(stderr, "postern: %zu kept, %zu dropped, %zu failed%s\n", map->kept, map->drops.dropped,
             map->failed,
             map->mended
                 ? "; some texts had wrong bytes (now U+FFFD) or an object a name twice (now with a number)"
                 : "");
    return read_all && map->failed == 0 ? EXIT_OK : EXIT_INCOMPLETE;
}

static int map(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"script", required_argument, NULL, 's'},
                                          {"account", required_argument, NULL, 'a'},
                                          {"source", required_argument, NULL, 'S'},
                                          {"type", required_argument, NULL, 'T'},
                                          {"dead", required_argument, NULL, 'd'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    const char *scripts[MOST_SCRIPTS];
    size_t script_count = 0;
    struct map_command map = {.out = {.limit = LINE_LIMIT + WRITE_SIZE}, .scratch = {.limit = 1 << 20}};
    map.seen = (struct script_event){.id = TEXT("00000000000000000000000000000000"),
                                     .pipeline = "map",
                                     .received_ms = clock_wall_ms(clock_process())};
    _cleanup_(closep) int dead = -1;
    for (int letter; (letter = getopt_long(argc, argv, "s:d:h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == 's' && script_count == MOST_SCRIPTS) return command_usage(command, "too many scripts");
        if (letter == 's')
            scripts[script_count++] = optarg;
        else if (letter == 'a')
            map.seen.account = text_of(optarg);
        else if (letter == 'S')
            map.seen.source = map.seen.stream = text_of(optarg);
        else if (letter == 'T')
            map.seen.type = text_of(optarg);
        else if (letter == 'd' && (dead = open(optarg, DEAD_FLAGS, 0666)) < 0)
            return command_usage(command, "cannot write %s: %s", optarg, strerror(errno));
        else if (letter == '?')
            return command_unknown(command, argv);
    }
    map.dead = dead;
    if (script_count > 0) {
        map.seen.open = envelope_open;
        map.seen.opener = &map.scratch;
    }
    int code = load_scripts(&map, scripts, script_count);
    if (code == EXIT_OK) code = map_all(&map, argv + optind, argc - optind);
    if (map.runner) script_runner_free(map.runner);
    if (map.set) script_set_release(map.set);
    buffer_free(&map.out);
    buffer_free(&map.scratch);
    return code;
}

const struct command command_map = {
    "map", "map [-s SCRIPT]... [FILE]...",
    "Runs scripts over events from files or stdin and prints what comes out",
    "  -s, --script SCRIPT  a path, or the name of a packaged script (ecs); several run in order\n"
    "      --source NAME    what ctx.source and ctx.stream say of a line that does not say it itself; "
    "without it they\n"
    "                       are \"\", and ecs goes by the event's fields;  --type, --account likewise\n"
    "  -d, --dead FILE      write the lines that failed there, with the reason\n"
    "\nInput is one event per line, as the vendor sent it or as `postern tap` prints it (then account, "
    "source, type and\n"
    "time of receipt come with it; of other lines ctx.received is the present). Without a script the lines "
    "are checked\n"
    "and passed on. A line that fails is named on stderr, the others go on; the exit code is then 1.\n",
    map};
