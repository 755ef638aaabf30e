/* `postern map`: scripts over events from files or standard input. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/show.h"
#include "base/text.h"
#include "base/workers.h"
#include "commands/command.h"
#include "commands/map_report.h"
#include "commands/map_worker.h"
#include "commands/script_argument.h"
#include "engine/places.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE    ((size_t)256 << 10)
#define SMALL_PIECE  ((size_t)32 << 10) /* not worth waking a worker while there is nothing else to do */
#define LARGE_PIECE  ((size_t)4 << 20)  /* one at a time, or memory would go by the number of workers */
#define MOST_JOBS    64
#define MOST_SCRIPTS 64
#define DEAD_FLAGS   (O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)

/* A piece on its way: read by the main thread, worked on by one worker, free again when its turn is over. */
struct slot {
    struct worker_job job;
    struct map_command *map;
    struct map_piece piece;
    struct buffer in;
};

struct map_command {
    struct map_work work;
    size_t jobs;
    struct workers *pool; /* NULL until there is enough to do */
    /* Made by the worker when it begins; the first is the main thread's as well, while no piece is under way.
     */
    struct map_worker *workers[MOST_JOBS];
    struct slot slots[2 * MOST_JOBS];
    uint64_t next; /* the number of the piece that is being read */
    const char *file;
    size_t line;
};

/* ---- Pieces ---- */

static void settle(struct map_command *map)
{
    map_work_wait(&map->work, map->next);
}

static void run_on_worker(struct worker_job *job, size_t number)
{
    struct slot *slot = CONTAINER_OF(job, struct slot, job);
    struct map_worker **worker = &slot->map->workers[number];
    postern_error error = ERROR_INIT;
    if (!*worker) *worker = map_worker_new(&slot->map->work, &error);
    if (!*worker) _exit(command_fail(&error));
    map_worker_run(*worker, &slot->piece);
}

/* The slot of the next piece, empty. */
static struct slot *take_slot(struct map_command *map)
{
    size_t count = map->jobs == 1 ? 1 : 2 * map->jobs;
    struct slot *slot = &map->slots[map->next % count];
    if (map->next >= count) map_work_wait(&map->work, map->next - count + 1);
    slot->in.limit = MAP_LINE_LIMIT;
    slot->map = map;
    slot->job.run = run_on_worker;
    if (slot->in.capacity > LARGE_PIECE) buffer_free(&slot->in);
    buffer_clear(&slot->in);
    return slot;
}

static void run_here(struct map_command *map, struct slot *slot)
{
    settle(map);
    map->next++;
    map_worker_run(map->workers[0], &slot->piece);
    size_t size = slot->piece.text.size;
    memmove(slot->in.data, slot->in.data + size, slot->in.size - size);
    slot->in.size -= size;
}

static bool is_for_a_worker(struct map_command *map, size_t size)
{
    if (map->jobs == 1 || size > LARGE_PIECE) return false;
    if (size < SMALL_PIECE && map_work_is_done(&map->work, map->next)) return false;
    if (!map->pool) map->pool = workers_new(map->jobs);
    return map->pool != NULL;
}

static size_t count_lines(postern_text text)
{
    size_t count = 0;
    for (const char *at = text.data, *end = at + text.size;
         (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

/* Has the first `size` bytes, whole lines, worked on. The slot in which the reading goes on, with the rest of
 * what has been read. */
static struct slot *hand_over(struct map_command *map, struct slot *slot, size_t size)
{
    if (size == 0) return slot;
    slot->piece = (struct map_piece){map->next, map->file, map->line, {slot->in.data, size}};
    map->line += count_lines(slot->piece.text);
    if (is_for_a_worker(map, size)) {
        postern_text rest = {slot->in.data + size, slot->in.size - size};
        map->next++;
        struct slot *next = take_slot(map);
        if (buffer_append_text(&next->in, rest)) {
            workers_submit(map->pool, &slot->job);
            return next;
        }
        map->next--;
    }
    run_here(map, slot);
    return slot;
}

/* ---- Input ---- */

/* The beginning of a file: it is read on if that can be UTF-8. */
static bool begin_file(struct map_command *map, struct buffer *in)
{
    postern_error error = ERROR_INIT;
    postern_text text = encoding_without_mark(buffer_text(in));
    if (encoding_check_beginning(text, &error) < 0) {
        settle(map);
        show(stderr, "postern: %s: %s\n", map->file, error.message);
        map->work.failed++;
        return false;
    }
    if (text.size < in->size) memmove(in->data, text.data, text.size);
    in->size = text.size;
    return true;
}

/* How many bytes the whole lines in `in` have. */
static size_t whole_lines(const struct buffer *in)
{
    const char *end = in->size ? memrchr(in->data, '\n', in->size) : NULL;
    return end ? (size_t)(end + 1 - in->data) : 0;
}

static bool map_file(struct map_command *map, int fd, const char *name)
{
    map->file = name;
    map->line = 0;
    struct slot *slot = take_slot(map);
    for (bool is_begun = false;;) {
        char *place = buffer_reserve(&slot->in, READ_SIZE);
        if (!place) {
            settle(map);
            show(stderr, "%s:%zu: the line is longer than %zu bytes\n", name, map->line + 1, MAP_LINE_LIMIT);
            map->work.failed++;
            return false;
        }
        ssize_t got = read(fd, place, READ_SIZE);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            int reason = errno;
            settle(map);
            show(stderr, "postern: cannot read %s: %s\n", name, strerror(reason));
        }
        if (got <= 0) {
            if (!is_begun && !begin_file(map, &slot->in)) return false;
            hand_over(map, slot, slot->in.size);
            return got == 0;
        }
        slot->in.size += (size_t)got;
        if (!is_begun && slot->in.size < ENCODING_SEEN) continue;
        if (!is_begun && !begin_file(map, &slot->in)) return false;
        is_begun = true;
        slot = hand_over(map, slot, whole_lines(&slot->in));
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
        status = script_set_load(names, paths, count, places_scripts(), &sandbox_default_limits,
                                 &map->work.set, &error);
    while (found > 0)
        free((void *)(uintptr_t)paths[--found]);
    if (status < 0) {
        command_fail(&error);
        return EXIT_CONFIG;
    }
    map->workers[0] = map_worker_new(&map->work, &error);
    return map->workers[0] ? EXIT_OK : command_fail(&error);
}

static int map_all(struct map_command *map, char **files, int count)
{
    const struct map_work *work = &map->work;
    bool read_all = true;
    if (count == 0) read_all = map_file(map, STDIN_FILENO, "stdin");
    for (int i = 0; i < count; i++) {
        bool is_stdin = strcmp(files[i], "-") == 0;
        _cleanup_(closep) int fd = is_stdin ? dup(STDIN_FILENO) : open(files[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            int reason = errno;
            settle(map);
            show(stderr, "postern: cannot open %s: %s\n", files[i], strerror(reason));
        }
        read_all = fd >= 0 && map_file(map, fd, is_stdin ? "stdin" : files[i]) && read_all;
    }
    settle(map);
    map_report_drops(&work->drops, work->kept, work->failed);
    map_report_wrong_values(work->wrong_values);
    if (work->failed || work->drops.dropped || work->wrong_types || work->mended || isatty(STDERR_FILENO))
        show(stderr, "postern: %zu kept, %zu dropped, %zu failed%s\n", work->kept, work->drops.dropped,
             work->failed,
             work->mended
                 ? "; some texts had wrong bytes (now U+FFFD) or an object a name twice (now with a number)"
                 : "");
    return read_all && work->failed == 0 ? EXIT_OK : EXIT_INCOMPLETE;
}

/* NULL if out of memory. */
static struct map_command *map_new(void)
{
    struct map_command *map = calloc(1, sizeof *map);
    if (!map) return NULL;
    map->work = (struct map_work){.seen = {.id = TEXT("00000000000000000000000000000000"),
                                           .pipeline = "map",
                                           .received_ms = clock_wall_ms(clock_process())},
                                  .dead = -1,
                                  .wrong_values = wrong_values_new()};
    pthread_mutex_init(&map->work.lock, NULL);
    pthread_cond_init(&map->work.turned, NULL);
    map->jobs = workers_processors(MOST_JOBS);
    return map;
}

static void map_free(struct map_command *map)
{
    workers_free(map->pool);
    for (size_t i = 0; i < MOST_JOBS; i++)
        map_worker_free(map->workers[i]);
    for (size_t i = 0; i < sizeof map->slots / sizeof *map->slots; i++)
        buffer_free(&map->slots[i].in);
    if (map->work.set) script_set_release(map->work.set);
    wrong_values_free(map->work.wrong_values);
    pthread_cond_destroy(&map->work.turned);
    pthread_mutex_destroy(&map->work.lock);
    closep(&map->work.dead);
    free(map);
}

static void map_freep(struct map_command **map)
{
    if (*map) map_free(*map);
}

static bool read_jobs(const char *word, size_t *jobs)
{
    char *end;
    unsigned long number = strtoul(word, &end, 10);
    if (*word < '1' || *word > '9' || *end || number > MOST_JOBS) return false;
    *jobs = number;
    return true;
}

static int map(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {
        {"script", required_argument, NULL, 's'}, {"account", required_argument, NULL, 'a'},
        {"source", required_argument, NULL, 'S'}, {"type", required_argument, NULL, 'T'},
        {"dead", required_argument, NULL, 'd'},   {"jobs", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {0}};
    const char *scripts[MOST_SCRIPTS];
    size_t script_count = 0;
    _cleanup_(map_freep) struct map_command *map = map_new();
    if (!map || !map->work.wrong_values) return show(stderr, "postern: out of memory\n"), EXIT_INCOMPLETE;
    struct map_work *work = &map->work;
    for (int letter; (letter = getopt_long(argc, argv, "s:d:j:h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == 's' && script_count == MOST_SCRIPTS) return command_usage(command, "too many scripts");
        if (letter == 's')
            scripts[script_count++] = optarg;
        else if (letter == 'a')
            work->seen.account = text_of(optarg);
        else if (letter == 'S')
            work->seen.source = work->seen.stream = text_of(optarg);
        else if (letter == 'T')
            work->seen.type = text_of(optarg);
        else if (letter == 'd') {
            closep(&work->dead);
            if ((work->dead = open(optarg, DEAD_FLAGS, 0666)) < 0)
                return command_usage(command, "cannot write %s: %s", optarg, strerror(errno));
        } else if (letter == 'j' && !read_jobs(optarg, &map->jobs))
            return command_usage(command, "--jobs is a number from 1 to %d, not \"%s\"", MOST_JOBS, optarg);
        else if (letter == '?')
            return command_unknown(command, argv);
    }
    int code = load_scripts(map, scripts, script_count);
    return code == EXIT_OK ? map_all(map, argv + optind, argc - optind) : code;
}

const struct command command_map = {
    "map", "map [-s SCRIPT]... [FILE]...",
    "Runs scripts over events from files or stdin and prints what comes out",
    "  -s, --script SCRIPT  a path, or the name of a packaged script (ecs); several run in order\n"
    "      --source NAME    what ctx.source and ctx.stream say of a line that does not say it itself; "
    "without it they\n"
    "                       are \"\", and ecs goes by the event's fields;  --type, --account likewise\n"
    "  -d, --dead FILE      write the lines that failed there, with the reason\n"
    "  -j, --jobs N         on so many processors, else all that there are; what comes out is the same, in "
    "the same order,\n"
    "                       unless a script counts in its locals: each job has its own\n"
    "\nInput is one event per line, as the vendor sent it or as `postern tap` prints it (then account, "
    "source, type and\n"
    "time of receipt come with it; of other lines ctx.received is the present). Without a script the lines "
    "are checked\n"
    "and passed on. A line that fails is named on stderr, the others go on; the exit code is then 1.\n",
    map};
