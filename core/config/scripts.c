/* Where the scripts that pipelines name are found. */
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "config/check.h"
#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

#define CANDIDATE_LIMIT 200

static char packaged_directory[PATH_MAX];

void config_set_script_directory(const char *path)
{
    text_to_string(text_of(path), packaged_directory, sizeof(packaged_directory));
}

char *script_packaged_directory(struct check *check)
{
    return check_copy(check, text_of(packaged_directory));
}

static bool is_readable_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, R_OK) == 0;
}

/* `directory`/`folder`/`name`.lua, in the configuration's memory; NULL if it is not there. */
static char *look_in(struct check *check, const char *directory, const char *folder, const char *name,
                     const char *suffix)
{
    _cleanup_(freep) char *path = NULL;
    if (!directory[0]) return NULL;
    if (asprintf(&path, "%s%s/%s%s", directory, folder, name, suffix) < 0) {
        path = NULL;
        check->out_of_memory = true;
        return NULL;
    }
    return is_readable_file(path) ? check_copy(check, text_of(path)) : NULL;
}

/* Names of the scripts in a folder, for suggestions. */
static void collect_names(struct check *check, const char *directory, const char *folder, const char **names,
                          size_t *count)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s%s", directory, folder);
    DIR *stream = directory[0] ? opendir(path) : NULL;
    struct dirent *entry;
    while (stream && *count < CANDIDATE_LIMIT && (entry = readdir(stream))) {
        postern_text name = text_of(entry->d_name);
        if (!text_ends_with(name, ".lua") || text_ends_with(name, "_test.lua")) continue;
        name.size -= 4;
        names[*count] = check_copy(check, name);
        if (names[*count]) (*count)++;
    }
    if (stream) closedir(stream);
}

static void note_missing(struct check *check, const struct declaration *declaration,
                         const struct config_field *field, const char *name)
{
    const char *names[CANDIDATE_LIMIT + 1];
    size_t count = 0;
    char near[SUGGESTION_SIZE];
    collect_names(check, check->directory, "", names, &count);
    collect_names(check, check->directory, "/scripts", names, &count);
    collect_names(check, packaged_directory, "", names, &count);
    names[count] = NULL;
    field_problem(check, declaration, field,
                  "names the script \"%s\", and there is no %s.lua in %s, %s/scripts%s%s%s", name, name,
                  check->directory, check->directory, packaged_directory[0] ? ", " : "", packaged_directory,
                  suggestion(name, names, near));
}

char *script_find(struct check *check, const struct declaration *declaration,
                  const struct config_field *field, const char *name)
{
    char *found;
    if (strchr(name, '/') || text_ends_with(text_of(name), ".lua")) {
        found = name[0] != '/'           ? look_in(check, check->directory, "", name, "")
                : is_readable_file(name) ? check_copy(check, text_of(name))
                                         : NULL;
        if (!found)
            field_problem(check, declaration, field, "names the script \"%s\", which cannot be read", name);
        return found;
    }
    found = look_in(check, check->directory, "", name, ".lua");
    if (!found) found = look_in(check, check->directory, "/scripts", name, ".lua");
    if (!found) found = look_in(check, packaged_directory, "", name, ".lua");
    if (!found) note_missing(check, declaration, field, name);
    return found;
}
