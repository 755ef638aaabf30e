#include "script/lookup/files.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "script/lookup/file.h"
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#define FILE_COUNT_LIMIT 64u

struct lookup_files {
    struct lookup_file *files[FILE_COUNT_LIMIT]; /* in the order of their paths, which are real paths */
    size_t count, bytes;
    bool sealed;
};

struct lookup_files *lookup_files_new(void)
{
    return calloc(1, sizeof(struct lookup_files));
}

void lookup_files_free(struct lookup_files *files)
{
    if (!files) return;
    for (size_t i = 0; i < files->count; i++)
        lookup_file_free(files->files[i]);
    free(files);
}

void lookup_files_seal(struct lookup_files *files)
{
    files->sealed = true;
}

void lookup_files_digest(const struct lookup_files *files, struct digest *digest)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct lookup_file *file = files->files[i];
        const char *name = strrchr(file->path, '/') + 1; /* a real path has a slash */
        digest_update(digest, name, strlen(name) + 1);
        digest_update(digest, file->digest, sizeof file->digest);
    }
}

/* ---- Opening ---- */

/* Refuses names that could lead out of the directory before anything is looked at. */
static postern_status check_name(postern_text name, postern_error *error)
{
    const char *problem = NULL;
    if (name.size == 0 || name.size >= NAME_MAX || memchr(name.data, '\0', name.size))
        problem = "it is no file name";
    else if (name.data[0] == '/')
        problem = "it is an absolute path";
    else if (!text_ends_with(name, ".csv") && !text_ends_with(name, ".json"))
        problem = "it ends neither in .csv nor in .json";
    for (const char *at = name.data, *end = name.data + name.size; !problem && at < end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *part_end = slash ? slash : end;
        if (text_is(text_slice(at, part_end), "..")) problem = "it leads out of the directory";
        at = slash ? slash + 1 : end;
    }
    if (!problem) return POSTERN_OK;
    error_set(error, POSTERN_E_CONFIG, "the lookup file \"%.*s\" is refused: %s",
              name.size < 80 ? (int)name.size : 80, name.data, problem);
    error_remedy(error, "name a .csv or .json file below the directory of the script, relative to it");
    return POSTERN_E_CONFIG;
}

/* directory/name without a system call, as the files were registered under. False if too long. */
static bool compose_path(const char *directory, postern_text name, char path[PATH_MAX])
{
    int size = snprintf(path, PATH_MAX, "%s/%.*s", directory, (int)name.size, name.data);
    return size > 0 && size < PATH_MAX;
}

static struct lookup_file *find(const struct lookup_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->files[i]->path, path) == 0) return files->files[i];
    return NULL;
}

/* A symbolic link must not lead out either: what was opened is looked at, not the path, which may lead
 * elsewhere a moment later. */
static postern_status check_place(const char *directory, const char *path, int fd, postern_error *error)
{
    char real_directory[PATH_MAX], real_path[PATH_MAX];
    struct stat status;
    if (!realpath(directory, real_directory) || !file_real_path(fd, real_path) || fstat(fd, &status) < 0)
        return error_set_errno(error, POSTERN_E_CONFIG, errno, "cannot open %s", path);
    size_t size = strlen(real_directory);
    bool below = strncmp(real_path, real_directory, size) == 0 && (size == 1 || real_path[size] == '/');
    if (!below)
        return error_set(error, POSTERN_E_CONFIG, "%s is a link that leads out of the script's directory",
                         path);
    if (!S_ISREG(status.st_mode)) return error_set(error, POSTERN_E_CONFIG, "%s is no regular file", path);
    return POSTERN_OK;
}

static postern_status read_file(struct lookup_files *files, const char *directory, const char *path,
                                struct lookup_file **file, postern_error *error)
{
    struct buffer bytes = {.limit = LOOKUP_FILE_LIMIT + 65536};
    _cleanup_(closep) int fd = -1;
    postern_status status = file_open(path, &fd, error);
    if (status == POSTERN_OK) status = check_place(directory, path, fd, error);
    if (status == POSTERN_OK) status = file_read_open(fd, path, LOOKUP_FILE_LIMIT, &bytes, error);
    if (status < 0) {
        buffer_free(&bytes);
        return status;
    }
    if (files->bytes + bytes.size > LOOKUP_FILES_LIMIT) {
        buffer_free(&bytes);
        return error_set(error, POSTERN_E_LIMIT, "%s: the lookup files together hold more than %u bytes",
                         path, LOOKUP_FILES_LIMIT);
    }
    status = lookup_file_new(path, &bytes, file, error);
    if (status < 0) error_prefix(error, "%s: ", path);
    return status;
}

static void insert(struct lookup_files *files, struct lookup_file *file)
{
    size_t place = files->count++;
    for (; place > 0 && strcmp(files->files[place - 1]->path, file->path) > 0; place--)
        files->files[place] = files->files[place - 1];
    files->files[place] = file;
    files->bytes += file->bytes.size;
}

postern_status lookup_files_open(struct lookup_files *files, const char *directory, postern_text name,
                                 const struct lookup_file **file, postern_error *error)
{
    char path[PATH_MAX];
    postern_status status = check_name(name, error);
    if (status < 0) return status;
    if (!compose_path(directory, name, path))
        return error_set(error, POSTERN_E_CONFIG, "the path of the lookup file is too long");
    struct lookup_file *found = find(files, path);
    if (!found) {
        if (files->sealed) {
            error_set(error, POSTERN_E_CONFIG, "the lookup file %s was not read when the script was loaded",
                      path);
            error_remedy(error, "write its name as a literal, or open it outside the function: "
                                "local teams = postern.lookup(name)");
            return POSTERN_E_CONFIG;
        }
        if (files->count == FILE_COUNT_LIMIT)
            return error_set(error, POSTERN_E_LIMIT, "%s: more than %u lookup files", path, FILE_COUNT_LIMIT);
        status = read_file(files, directory, path, &found, error);
        if (status < 0) return status;
        insert(files, found);
    }
    *file = found;
    return POSTERN_OK;
}
