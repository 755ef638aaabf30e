/* `postern new`: a small project for a module of one's own, out of the examples. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include "engine/places.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)1 << 20)
#define NAME_MOST  30

/* It becomes a file, a part of names in C and the `type` or source in configurations. */
static bool is_name(const char *name, bool of_source)
{
    bool good = *name >= 'a' && *name <= 'z' && strlen(name) <= NAME_MOST;
    for (; good && *name; name++)
        good =
            (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') || (*name == '_' && !of_source);
    return good;
}

/* The examples are called so; the longer ones first. */
static const char *const example_names[] = {"source_minimal", "source-minimal", "sink_minimal", "minimal"};
#define EXAMPLE_NAMES (sizeof example_names / sizeof *example_names)

static bool rename_into(struct buffer *into, postern_text text, const char *name)
{
    const char *at = text.data, *end = at + text.size;
    while (at < end) {
        size_t i = 0, size = 0;
        for (; i < EXAMPLE_NAMES; i++) {
            size = strlen(example_names[i]);
            if ((size_t)(end - at) >= size && memcmp(at, example_names[i], size) == 0) break;
        }
        if (i < EXAMPLE_NAMES)
            buffer_append_string(into, name), at += size;
        else
            buffer_append_byte(into, *at++);
    }
    return !into->failed;
}

struct project {
    const char *name, *directory;
    char *template;
};

static postern_status write_file(const char *path, postern_text text, postern_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    int reason = fd < 0 ? errno : file_write_all(fd, text.data, text.size);
    if (fd >= 0) close(fd);
    return reason ? error_set(error, POSTERN_E_IO, "cannot write %s: %s", path, strerror(reason))
                  : POSTERN_OK;
}

static postern_status copy_file(const struct project *project, const char *file, postern_error *error)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = FILE_LIMIT}, renamed = {.limit = FILE_LIMIT},
                                         target = {.limit = FILENAME_MAX};
    _cleanup_(freep) char *from = path_join(project->template, file);
    if (!from) return error_no_memory(error, NULL);
    postern_status status = file_read(from, FILE_LIMIT, &text, error);
    if (status < 0) return status;
    buffer_printf(&target, "%s/", project->directory);
    if (!rename_into(&target, text_of(file), project->name) ||
        !rename_into(&renamed, buffer_text(&text), project->name))
        return error_no_memory(error, NULL);
    status = write_file(buffer_string(&target), buffer_text(&renamed), error);
    if (status >= 0) show(stdout, "%s\n", buffer_string(&target));
    return status;
}

static postern_status copy_all(const struct project *project, postern_error *error);

static bool is_folder(const char *parent, const char *name)
{
    struct stat status;
    _cleanup_(freep) char *path = path_join(parent, name);
    return path && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* A folder below, as deep as the template has them. */
static postern_status copy_folder(const struct project *project, const char *name, postern_error *error)
{
    _cleanup_(freep) char *template = path_join(project->template, name);
    _cleanup_(freep) char *directory = path_join(project->directory, name);
    if (!template || !directory) return error_no_memory(error, NULL);
    return copy_all(&(struct project){project->name, directory, template}, error);
}

static postern_status copy_all(const struct project *project, postern_error *error)
{
    struct dirent **entries = NULL;
    int count = scandir(project->template, &entries, NULL, alphasort);
    if (count < 0)
        return error_set(error, POSTERN_E_IO, "cannot read %s: %s", project->template, strerror(errno));
    postern_status status = POSTERN_OK;
    if (mkdir(project->directory, 0755) < 0)
        status = error_set(error, POSTERN_E_IO, "cannot make %s: %s", project->directory, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (status >= 0 && name[0] != '.')
            status = is_folder(project->template, name) ? copy_folder(project, name, error)
                                                        : copy_file(project, name, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int new_project(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"help", no_argument, NULL, 'h'}, {0}};
    int letter = getopt_long(argc, argv, "h", known, NULL);
    if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
    if (letter != -1) return command_unknown(command, argv);
    const char *kind = optind < argc ? argv[optind] : "", *name = optind + 1 < argc ? argv[optind + 1] : "";
    if ((strcmp(kind, "sink") != 0 && strcmp(kind, "source") != 0) || argc - optind > 3)
        return command_usage(command, "say sink or source, a name and, if you like, a folder");
    bool of_source = strcmp(kind, "source") == 0;
    if (!is_name(name, of_source))
        return command_usage(command,
                             "the name of a %s is of a-z%s 0-9, begins with a letter and has at most %d "
                             "characters: it becomes a part of names in C%s",
                             kind, of_source ? " and" : ", _ and", NAME_MOST,
                             of_source ? ", and those of sources have no _" : "");
    struct project project = {.name = name, .directory = argc - optind == 3 ? argv[optind + 2] : name};
    postern_error error = ERROR_INIT;
    _cleanup_(freep) char *template = path_join(places_templates(), kind);
    if (!template) return command_fail((error_no_memory(&error, NULL), &error));
    project.template = template;
    if (copy_all(&project, &error) < 0) return command_fail(&error);
    show(stderr,
         "\nbuild and test it:\n"
         "    cmake -S %s -B %s/build && cmake --build %s/build && ctest --test-dir %s/build "
         "--output-on-failure\n"
         "then change %s/%s.c into what you need; postern/module.h says what each function must do\n",
         project.directory, project.directory, project.directory, project.directory, project.directory, name);
    return EXIT_OK;
}

const struct command command_new = {
    "new", "new sink | source NAME [FOLDER]",
    "Writes a small project for a module of your own: code, build, test, README",
    "  sink NAME    a sink that appends events to a file: `type = \"NAME\"` in configurations\n"
    "  source NAME  a source that reads the events of a web service by time range\n"
    "\nThe folder (else NAME, here) must not be there yet. The project builds and passes its test as it "
    "is.\n",
    new_project};
