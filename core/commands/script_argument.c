#include "commands/script_argument.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/script_names.h"
#include "base/text.h"
#include "engine/places.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_SHOWN  12
#define NAME_SIZE    64
#define LISTED_LIMIT 400 /* bytes */

struct packaged_names {
    char names[NAMES_SHOWN][NAME_SIZE];
    size_t count; /* of all */
};

static void add_name(void *context, postern_text name)
{
    struct packaged_names *packaged = context;
    if (packaged->count < NAMES_SHOWN) text_to_string(name, packaged->names[packaged->count], NAME_SIZE);
    packaged->count++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* "; packaged are: alerts, ecs" */
static void list_packaged(struct buffer *out)
{
    struct packaged_names packaged = {.count = 0};
    script_names_each(places_scripts(), add_name, &packaged);
    size_t shown = packaged.count < NAMES_SHOWN ? packaged.count : NAMES_SHOWN;
    qsort(packaged.names, shown, sizeof *packaged.names, by_name);
    for (size_t i = 0; i < shown; i++)
        buffer_printf(out, "%s%s", i ? ", " : "; packaged are: ", packaged.names[i]);
    if (packaged.count > shown) buffer_printf(out, " and %zu more", packaged.count - shown);
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

static void describe_missing(const char *name, postern_error *error)
{
    char here[PATH_MAX], listed[LISTED_LIMIT] = "";
    struct buffer list = {.data = listed, .capacity = sizeof listed - 1, .limit = sizeof listed - 1};
    const char *packaged = places_scripts();
    list_packaged(&list);
    error_set(error, POSTERN_E_CONFIG, "there is no script \"%s\": no file of that name in %s%s%s%s", name,
              getcwd(here, sizeof here) ? here : "the working folder",
              packaged[0] ? ", no packaged one in " : "", packaged, listed);
    _cleanup_(freep) char *own = NULL;
    if (asprintf(&own, "%s.lua", name) >= 0 && is_file(own))
        error_remedy(error, "name the file as it is called: -s %s", own);
}

char *script_argument_find(const char *argument, postern_error *error)
{
    char *path = NULL;
    bool is_path = strchr(argument, '/') || text_ends_with(text_of(argument), ".lua");
    if (is_path || is_file(argument)) {
        path = strdup(argument);
    } else if (asprintf(&path, "%s/%s.lua", places_scripts(), argument) < 0) {
        path = NULL;
    } else if (!places_scripts()[0] || !is_file(path)) {
        free(path);
        describe_missing(argument, error);
        return NULL;
    }
    if (!path) error_no_memory(error, NULL);
    return path;
}
