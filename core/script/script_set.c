#include "script/script_set.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

#define SCRIPT_LIMIT ((size_t)1 << 20) /* bytes of one script's text */

static postern_status read_script(struct script_set *set, struct script *script, const char *name,
                                  const char *path, postern_error *error)
{
    script->name = strdup(name);
    script->path = strdup(path);
    script->directory = path_directory(path);
    script->text.limit = SCRIPT_LIMIT;
    if (!script->name || !script->path || !script->directory) return error_no_memory(error, NULL);
    postern_status status = file_read(path, SCRIPT_LIMIT, &script->text, error);
    if (status < 0) return error_prefix(error, "script \"%s\": ", name), status;
    return lookup_files_scan(set->lookups, script->directory, path, buffer_text(&script->text), error);
}

/* Each text with its size in front, so that no two sets of scripts run together to the same bytes. */
static postern_status hash_scripts(struct script_set *set, postern_error *error)
{
    _cleanup_(digest_freep) struct digest *digest = digest_new();
    if (!digest) return error_no_memory(error, NULL);
    for (size_t i = 0; i < set->count; i++) {
        char head[64];
        int size = snprintf(head, sizeof head, "script %zu %zu\n", i, set->scripts[i].text.size);
        digest_update(digest, head, (size_t)size);
        digest_update(digest, set->scripts[i].text.data, set->scripts[i].text.size);
    }
    neighbour_files_digest(set->neighbours, digest);
    lookup_files_digest(set->lookups, digest);
    unsigned char sum[32];
    digest_final(digest, sum);
    digest_hex(sum, sizeof sum, set->hash);
    return POSTERN_OK;
}

static postern_status read_scripts(struct script_set *set, const char *const *names, const char *const *paths,
                                   size_t count, const char *packaged, postern_error *error)
{
    set->scripts = calloc(count ? count : 1, sizeof *set->scripts);
    set->lookups = lookup_files_new();
    set->neighbours = set->lookups ? neighbour_files_new(packaged, set->lookups) : NULL;
    if (!set->scripts || !set->neighbours) return error_no_memory(error, NULL);
    for (; set->count < count; set->count++) {
        struct script *script = &set->scripts[set->count];
        postern_status status = read_script(set, script, names[set->count], paths[set->count], error);
        if (status < 0) return set->count++, status;
    }
    return POSTERN_OK;
}

postern_status script_set_read(const char *const *names, const char *const *paths, size_t count,
                               const char *packaged, const struct sandbox_limits *limits,
                               struct script_set **set, postern_error *error)
{
    struct script_set *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->references = 1;
    made->limits = *limits;
    postern_status status = read_scripts(made, names, paths, count, packaged, error);
    if (status < 0)
        script_set_release(made);
    else
        *set = made;
    return status;
}

postern_status script_set_seal(struct script_set *set, postern_error *error)
{
    neighbour_files_seal(set->neighbours);
    lookup_files_seal(set->lookups);
    return hash_scripts(set, error);
}

struct script_set *script_set_share(struct script_set *set)
{
    set->references++;
    return set;
}

void script_set_release(struct script_set *set)
{
    if (!set || --set->references > 0) return;
    for (size_t i = 0; i < set->count; i++) {
        free(set->scripts[i].name);
        free(set->scripts[i].path);
        free(set->scripts[i].directory);
        buffer_free(&set->scripts[i].text);
    }
    neighbour_files_free(set->neighbours);
    if (set->lookups) lookup_files_free(set->lookups);
    free(set->scripts);
    free(set);
}

size_t script_set_count(const struct script_set *set)
{
    return set->count;
}

const char *script_set_hash(const struct script_set *set)
{
    return set->hash;
}
