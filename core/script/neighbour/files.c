#include "script/neighbour/files.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct neighbour_files {
    char *packaged; /* NULL = none */
    struct lookup_files *lookups;
    struct neighbour files[NEIGHBOUR_COUNT_LIMIT]; /* in the order of reading; they stay where they are */
    size_t count;
    bool is_sealed;
};

struct neighbour_files *neighbour_files_new(const char *packaged, struct lookup_files *lookups)
{
    struct neighbour_files *files = calloc(1, sizeof *files);
    if (!files) return NULL;
    files->lookups = lookups;
    if (packaged && packaged[0] && !(files->packaged = strdup(packaged))) {
        free(files);
        return NULL;
    }
    return files;
}

static void neighbour_free(struct neighbour *file)
{
    free(file->directory);
    free(file->name);
    free(file->path);
    buffer_free(&file->text);
}

void neighbour_files_free(struct neighbour_files *files)
{
    if (!files) return;
    for (size_t i = 0; i < files->count; i++)
        neighbour_free(&files->files[i]);
    free(files->packaged);
    free(files);
}

const struct neighbour *neighbour_files_at(const struct neighbour_files *files, size_t number)
{
    return number < files->count ? &files->files[number] : NULL;
}

void neighbour_files_seal(struct neighbour_files *files)
{
    files->is_sealed = true;
}

/* Each text with its size in front, so that no two sets of files run together to the same bytes. */
void neighbour_files_digest(const struct neighbour_files *files, struct digest *digest)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct neighbour *file = &files->files[i];
        char size[32];
        digest_update(digest, file->name, strlen(file->name) + 1);
        digest_update(digest, size, (size_t)snprintf(size, sizeof size, "%zu\n", file->text.size));
        digest_update(digest, file->text.data, file->text.size);
    }
}

/* ---- Finding ---- */

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-';
}

/* Parts of letters, digits, "_" and "-" with "/" between them: no name leads out of its folder. */
static bool is_name(postern_text name)
{
    bool in_part = false;
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_byte(name.data[i]) && !(name.data[i] == '/' && in_part)) return false;
        in_part = name.data[i] != '/';
    }
    return in_part && name.size <= 200;
}

/* A link that leads nowhere is there: who made it did not mean the packaged file. */
static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* directory/name.lua; NULL if memory is out. */
static char *compose(const char *directory, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s.lua", directory, name) < 0 ? NULL : path;
}

static postern_status find(const struct neighbour_files *files, struct neighbour *file, postern_error *error)
{
    const char *packaged = files->packaged;
    file->path = compose(file->directory, file->name);
    if (!file->path) return error_no_memory(error, NULL);
    if (is_there(file->path)) return POSTERN_OK;
    if (packaged && strcmp(packaged, file->directory) != 0) {
        free(file->path);
        file->path = compose(packaged, file->name);
        if (!file->path) return error_no_memory(error, NULL);
        if (is_there(file->path)) return POSTERN_OK;
    } else {
        packaged = NULL;
    }
    error_set(error, POSTERN_E_CONFIG, "there is no %s.lua in %s%s%s", file->name, file->directory,
              packaged ? ", nor in " : "", packaged ? packaged : "");
    error_remedy(error,
                 "put it there, or name a file that is; a piece is named from the folder of the script");
    return POSTERN_E_CONFIG;
}

/* ---- Reading ---- */

static postern_status read_file(struct neighbour_files *files, struct neighbour *file, postern_error *error)
{
    if (!file->directory || !file->name) return error_no_memory(error, NULL);
    postern_status status = find(files, file, error);
    if (status < 0) return status;
    file->text.limit = NEIGHBOUR_SIZE_LIMIT;
    status = file_read(file->path, NEIGHBOUR_SIZE_LIMIT, &file->text, error);
    if (status < 0 || !files->lookups) return status;
    return lookup_files_scan(files->lookups, file->directory, file->path, buffer_text(&file->text), error);
}

static const struct neighbour *find_read(const struct neighbour_files *files, const char *directory,
                                         postern_text name)
{
    for (size_t i = 0; i < files->count; i++)
        if (text_is(name, files->files[i].name) && strcmp(directory, files->files[i].directory) == 0)
            return &files->files[i];
    return NULL;
}

postern_status neighbour_files_open(struct neighbour_files *files, const char *directory, postern_text name,
                                    const struct neighbour **file, postern_error *error)
{
    if (!is_name(name)) {
        error_set(error, POSTERN_E_CONFIG, "\"%.*s\" is not how a piece is named",
                  name.size < 80 ? (int)name.size : 80, name.data);
        error_remedy(error, "letters, digits, _ and -, with / between folders, from the folder of the script "
                            "and without .lua: \"ecs/common\" is ecs/common.lua");
        return POSTERN_E_CONFIG;
    }
    const struct neighbour *found = find_read(files, directory, name);
    if (!found) {
        if (files->is_sealed)
            return error_set(error, POSTERN_E_CONFIG, "%.*s.lua was not read when the scripts were checked",
                             TEXT_ARGS(name));
        if (files->count == NEIGHBOUR_COUNT_LIMIT) {
            error_set(error, POSTERN_E_LIMIT, "the scripts take more than %u files", NEIGHBOUR_COUNT_LIMIT);
            error_remedy(error, "put some of them together");
            return POSTERN_E_LIMIT;
        }
        struct neighbour *place = &files->files[files->count];
        *place = (struct neighbour){.directory = strdup(directory), .name = strndup(name.data, name.size)};
        postern_status status = read_file(files, place, error);
        if (status < 0) {
            neighbour_free(place);
            return status;
        }
        files->count++;
        found = place;
    }
    *file = found;
    return POSTERN_OK;
}
