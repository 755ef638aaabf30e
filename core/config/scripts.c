/* Where the scripts that pipelines name are found. */
#include "base/cleanup.h"
#include "base/files.h"
#include "base/script_names.h"
#include "base/text.h"
#include "config/check.h"
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

/* Names for suggestions. */
struct known_names {
    struct check *check;
    const char *names[CANDIDATE_LIMIT + 1];
    size_t count;
};

static void add_name(void *context, postern_text name)
{
    struct known_names *known = context;
    if (known->count == CANDIDATE_LIMIT) return;
    known->names[known->count] = check_copy(known->check, name);
    if (known->names[known->count]) known->count++;
}

static void note_missing(struct check *check, const struct declaration *declaration,
                         const struct config_field *field, const char *name)
{
    struct known_names known = {.check = check};
    char near[SUGGESTION_SIZE], beside[PATH_MAX];
    snprintf(beside, sizeof(beside), "%s/scripts", check->directory);
    script_names_each(check->directory, add_name, &known);
    script_names_each(beside, add_name, &known);
    script_names_each(packaged_directory, add_name, &known);
    known.names[known.count] = NULL;
    field_problem(check, declaration, field,
                  "names the script \"%s\", and there is no %s.lua in %s, %s/scripts%s%s%s", name, name,
                  check->directory, check->directory, packaged_directory[0] ? ", " : "", packaged_directory,
                  suggestion(name, known.names, near));
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
