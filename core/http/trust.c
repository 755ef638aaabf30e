#include "http/trust.h"
#include <ctype.h>
#include <curl/curl.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* "5ad8a5d6.0": what OpenSSL looks for. */
static bool is_hash_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && isdigit((unsigned char)name[9]);
}

static bool is_hash_directory(const char *path)
{
    DIR *directory = path ? opendir(path) : NULL;
    bool found = false;
    for (struct dirent *entry; directory && !found && (entry = readdir(directory)) != NULL;)
        found = is_hash_name(entry->d_name);
    if (directory) closedir(directory);
    return found;
}

struct trust trust_choose(const char *ca_file)
{
    if (ca_file) return (struct trust){.file = ca_file};
    struct trust trust = {environment("SSL_CERT_FILE"), environment("SSL_CERT_DIR")};
    if (trust.file || trust.directory) return trust;
    /* From the directory only the one root that a server needs is read. The whole bundle costs 20 ms and 1
     * MiB. */
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    if (is_hash_directory(curl->capath)) return (struct trust){.directory = curl->capath};
    return (struct trust){.file = curl->cainfo, .directory = curl->cainfo ? NULL : curl->capath};
}
