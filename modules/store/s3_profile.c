/* A file of profiles, as the tools of AWS keep it: [name] and lines "key = value" below. */
#include "s3.h"
#include "shared/cloud/secret.h"
#include <errno.h>
#include <stdio.h>

#define LINE_SIZE (CREDENTIAL_SIZE + 64)

/* "[name]" and "[profile name]" mean the same. */
static bool begins(postern_text line, postern_text profile)
{
    if (line.size < 2 || line.data[0] != '[' || line.data[line.size - 1] != ']') return false;
    postern_text name = kit_trim(kit_span(line.data + 1, line.size - 2));
    if (kit_starts_with(name, "profile ")) name = kit_trim(kit_span(name.data + 8, name.size - 8));
    return kit_equal(name, profile);
}

static bool take(postern_text line, struct s3_found_keys *found)
{
    const struct {
        const char *name;
        char *into;
        size_t capacity;
    } keys[] = {
        {"aws_access_key_id", found->access_key, sizeof found->access_key},
        {"aws_secret_access_key", found->secret_key, sizeof found->secret_key},
        {"aws_session_token", found->session_token, sizeof found->session_token},
    };
    const char *equals = line.size ? memchr(line.data, '=', line.size) : NULL;
    if (!equals) return true;
    postern_text name = kit_trim(kit_between(line.data, equals));
    postern_text value = kit_trim(kit_between(equals + 1, kit_end(line)));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!kit_is(name, keys[i].name)) continue;
        if (value.size >= keys[i].capacity) return false;
        memcpy(keys[i].into, value.data, value.size);
        keys[i].into[value.size] = '\0';
    }
    return true;
}

static bool read_lines(FILE *file, postern_text profile, struct s3_found_keys *found)
{
    char line[LINE_SIZE];
    bool inside = false, good = true;
    while (good && fgets(line, sizeof line, file)) {
        postern_text text = kit_trim(kit_text(line));
        if (text.size && text.data[0] == '[')
            inside = begins(text, profile);
        else if (inside && text.size && text.data[0] != '#' && text.data[0] != ';')
            good = take(text, found);
    }
    cloud_wipe(line, sizeof line);
    return good;
}

postern_status s3_profile_read(postern_text path, postern_text profile, struct s3_found_keys *found,
                               postern_error *error)
{
    char name[4096];
    snprintf(name, sizeof name, "%.*s", (int)path.size, path.data);
    FILE *file = fopen(name, "re");
    if (!file)
        return kit_fail(error, POSTERN_E_CONFIG, "check profile_file and its rights",
                        "cannot read %.200s: %s", name, strerror(errno));
    char buffer[BUFSIZ];
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    bool good = read_lines(file, profile, found);
    fclose(file);
    cloud_wipe(buffer, sizeof buffer);
    if (good && *found->access_key && *found->secret_key) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, "run the AWS tools' configure, or name another profile",
                    "%.200s has no aws_access_key_id and aws_secret_access_key in [%.*s]", name,
                    (int)(profile.size < 80 ? profile.size : 80), profile.data);
}
