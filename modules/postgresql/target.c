#include "postgresql_sink.h"
#include <stdlib.h>
#include <unistd.h>

#define SYSTEM_CERTIFICATES "/etc/ssl/certs/ca-certificates.crt"

static postern_status too_many(postern_error *error)
{
    return kit_fail(error, POSTERN_E_CONFIG, NULL, "there are at most %d hosts", MOST_SERVERS);
}

/* ---- What is the same for all servers ---- */

static int keyword_index(const struct destination *target, const char *keyword)
{
    for (size_t i = 0; i < target->keyword_count; i++)
        if (strcmp(target->keywords[i], keyword) == 0) return (int)i;
    return -1;
}

static void wipe(char *text)
{
    if (text) explicit_bzero(text, strlen(text));
    free(text);
}

/* What is set later counts. */
static postern_status set(struct destination *target, const char *keyword, postern_text value,
                          postern_error *error)
{
    char *copy = kit_string(value);
    int index = keyword_index(target, keyword);
    if (!copy) return kit_no_memory(error);
    if (index >= 0) {
        wipe(target->values[index]);
        target->values[index] = copy;
        return POSTERN_OK;
    }
    char *name = target->keyword_count < MOST_KEYWORDS ? strdup(keyword) : NULL;
    if (!name) {
        wipe(copy);
        return kit_no_memory(error);
    }
    target->keywords[target->keyword_count] = name;
    target->values[target->keyword_count++] = copy;
    return POSTERN_OK;
}

static postern_status set_missing(struct destination *target, const char *keyword, const char *value,
                                  postern_error *error)
{
    return keyword_index(target, keyword) >= 0 ? POSTERN_OK : set(target, keyword, kit_text(value), error);
}

static postern_status set_options(const postern_host *host, struct destination *target, postern_error *error)
{
    static const char *const names[][2] = {
        {"database", "dbname"},
        {"user", "user"},
        {"password", "password"},
        {"target_session_attrs", "target_session_attrs"},
        {"application_name", "application_name"},
        {"tls", "sslmode"},
        {"ca_file", "sslrootcert"},
        {"client_certificate", "sslcert"},
        {"client_key", "sslkey"},
    };
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && status >= 0; i++) {
        postern_text value = {0};
        if (host->option_text(host, names[i][0], &value)) status = set(target, names[i][1], value, error);
    }
    return status;
}

/* ---- Servers ---- */

/* "db1", "db1:5433", "192.0.2.7", "2001:db8::7", "[2001:db8::7]:5433", "/run/postgresql" */
static postern_status add_host(struct destination *target, postern_text text, postern_error *error)
{
    postern_text port = {0};
    bool is_socket = text.size && text.data[0] == '/', in_brackets = text.size && text.data[0] == '[';
    const char *end = kit_end(text), *close = in_brackets ? memchr(text.data, ']', text.size) : NULL;
    const char *colon = is_socket || !text.size ? NULL : memchr(text.data, ':', text.size);
    if (in_brackets && !close) return kit_fail(error, POSTERN_E_CONFIG, NULL, "host: a ] is missing");
    if (in_brackets) {
        colon = close + 1 < end && close[1] == ':' ? close + 1 : NULL;
    } else if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
        colon = NULL; /* an address of IPv6 */
    }
    if (colon) port = kit_between(colon + 1, end);
    postern_text name = in_brackets ? kit_between(text.data + 1, close)
                        : colon     ? kit_between(text.data, colon)
                                    : text;
    if (target->server_count == MOST_SERVERS) return too_many(error);
    if (name.size == 0 || memchr(name.data, ',', name.size))
        return kit_fail(error, POSTERN_E_CONFIG, "several hosts are a list: { \"db1\", \"db2\" }",
                        "host: \"%.*s\" names no host", (int)text.size, text.size ? text.data : "");
    struct target_server *server = &target->servers[target->server_count++];
    server->host = kit_string(name);
    if (port.size) server->port = kit_string(port);
    return server->host && (server->port || !port.size) ? POSTERN_OK : kit_no_memory(error);
}

/* Item `index` of a list with commas; one item counts for all. NULL: it is not there, or empty. */
static char *item_of(const char *list, size_t index)
{
    const char *at = list;
    if (!list) return NULL;
    if (!strchr(list, ',')) return *list ? strdup(list) : NULL;
    for (; index && (at = strchr(at, ',')); index--)
        at++;
    size_t size = at ? strcspn(at, ",") : 0;
    return size ? strndup(at, size) : NULL;
}

static size_t items(const char *list)
{
    size_t count = 1;
    for (const char *at = list; at && (at = strchr(at, ',')); at++)
        count++;
    return count;
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    while (options->keyword && strcmp(options->keyword, keyword) != 0)
        options++;
    return options->keyword ? options->val : NULL;
}

static postern_status take_options(struct destination *target, const PQconninfoOption *options,
                                   postern_error *error)
{
    const char *hosts = value_of(options, "host"), *addresses = value_of(options, "hostaddr");
    const char *ports = value_of(options, "port");
    size_t count = items(addresses ? addresses : hosts);
    if (count > MOST_SERVERS) return too_many(error);
    for (size_t i = 0; i < count; i++) {
        struct target_server *server = &target->servers[target->server_count++];
        server->host = item_of(hosts, i);
        server->address = item_of(addresses, i);
        server->port = item_of(ports, i);
    }
    postern_status status = POSTERN_OK;
    for (; options->keyword && status >= 0; options++) {
        static const char *const separate[] = {"host", "hostaddr", "port"};
        bool is_separate = false;
        for (size_t i = 0; i < 3; i++)
            is_separate = is_separate || strcmp(options->keyword, separate[i]) == 0;
        if (options->val && !is_separate)
            status = set(target, options->keyword, kit_text(options->val), error);
    }
    return status;
}

/* libpq's words on a string that it cannot read quote from it, where the password may be. */
static postern_status read_string(struct destination *target, postern_text string, postern_error *error)
{
    char *copy = kit_string(string), *words = NULL;
    PQconninfoOption *options = copy ? PQconninfoParse(copy, &words) : NULL;
    postern_status status =
        options ? take_options(target, options, error)
                : kit_fail(error, POSTERN_E_CONFIG, NULL,
                           "connection is no connection string of PostgreSQL (\"host=... dbname=...\" or "
                           "\"postgresql://...\")");
    PQconninfoFree(options);
    PQfreemem(words);
    wipe(copy);
    return status;
}

/* ---- TLS ---- */

static bool is_loopback(const char *host)
{
    return host[0] == '/' || host[0] == '@' || strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

/* Without a host libpq takes the local socket, unless one of these names another. */
static bool is_local(const struct destination *target, const struct target_server *server)
{
    const char *host = server->address ? server->address : server->host;
    if (host) return is_loopback(host);
    return !getenv("PGHOST") && !getenv("PGHOSTADDR") && !getenv("PGSERVICE") &&
           keyword_index(target, "service") < 0;
}

/* Unless the user says otherwise, what leaves this machine is encrypted, and the server proves its name. */
static postern_status set_tls(struct destination *target, postern_error *error)
{
    bool stays_here = true;
    for (size_t i = 0; i < target->server_count; i++)
        stays_here = stays_here && is_local(target, &target->servers[i]);
    postern_status status = set_missing(target, "sslmode", stays_here ? "prefer" : "verify-full", error);
    int mode = keyword_index(target, "sslmode");
    if (status < 0 || strncmp(target->values[mode], "verify", 6) != 0) return status;
    const char *file = getenv("SSL_CERT_FILE");
    return set_missing(target, "sslrootcert", file && *file ? file : SYSTEM_CERTIFICATES, error);
}

postern_status target_read(const postern_host *host, struct destination *target, postern_error *error)
{
    postern_text string, one;
    bool has_string = host->option_text(host, "connection", &string);
    postern_status status = has_string ? read_string(target, string, error) : POSTERN_OK;
    for (size_t i = 0; status >= 0 && host->option_item(host, "host", i, &one); i++) {
        if (has_string)
            return kit_fail(error, POSTERN_E_CONFIG, NULL, "give either connection or host, not both");
        status = add_host(target, one, error);
    }
    if (status >= 0 && target->server_count == 0) /* libpq's own: PGHOST, or the local socket */
        target->server_count = 1;
    if (status >= 0) status = set_options(host, target, error);
    if (status >= 0) status = set_missing(target, "target_session_attrs", "read-write", error);
    if (status >= 0) status = set_missing(target, "application_name", "postern", error);
    if (status >= 0) status = set_missing(target, "gssencmode", "disable", error);
    if (status >= 0) status = set_missing(target, "keepalives_idle", "30", error);
    if (status >= 0) status = set(target, "client_encoding", KIT_TEXT("UTF8"), error);
    return status >= 0 ? set_tls(target, error) : status;
}

void target_free(struct destination *target)
{
    for (size_t i = 0; i < target->server_count; i++) {
        free(target->servers[i].host);
        free(target->servers[i].address);
        free(target->servers[i].port);
    }
    for (size_t i = 0; i < target->keyword_count; i++) {
        free(target->keywords[i]);
        wipe(target->values[i]);
    }
}
