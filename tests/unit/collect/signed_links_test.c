/* The link of a file is a secret: whatever becomes of it, no part of it but its host stands in the log, in
 * what `status` shows, among the dead letters, or anywhere in the state directory. With the real network and
 * the real journal. */
#include "../http/test_server.h"
#include "../journal_settings.h"
#include "../own_folder.h"
#include "base/log.h"
#include "base/random.h"
#include "collect/collector.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "toy_source.h"

#define HUSH "hush4711"

/* What each file's link leads to. `%d` is the server's port. */
static const struct {
    const char *why, *link;
} files[] = {
    {"whole", "http://127.0.0.1:%d/whole/" HUSH "?sig=" HUSH},
    {"expired", "http://127.0.0.1:%d/403/" HUSH "?sig=" HUSH},
    {"gone", "http://127.0.0.1:%d/404/" HUSH "?sig=" HUSH},
    {"server trouble", "http://127.0.0.1:%d/500/" HUSH "?sig=" HUSH},
    {"rate limit", "http://127.0.0.1:%d/429/" HUSH "?sig=" HUSH},
    {"moved", "http://127.0.0.1:%d/302/" HUSH "?sig=" HUSH},
    {"cut off", "http://127.0.0.1:%d/cut/" HUSH "?sig=" HUSH},
    {"closed", "http://127.0.0.1:%d/closed/" HUSH "?sig=" HUSH},
    {"no HTTP", "http://127.0.0.1:%d/nonsense/" HUSH "?sig=" HUSH},
    {"bad header", "http://127.0.0.1:%d/header/" HUSH "?sig=" HUSH},
    {"bad coding", "http://127.0.0.1:%d/coding/" HUSH "?sig=" HUSH},
    {"too large", "http://127.0.0.1:%d/large/" HUSH "?sig=" HUSH},
    {"damaged", "http://127.0.0.1:%d/damaged/" HUSH "?sig=" HUSH},
    {"nobody there", "http://127.0.0.1:1/" HUSH "?sig=" HUSH},
    {"no TLS there", "https://127.0.0.1:%d/" HUSH "?sig=" HUSH},
    {"no such name", "https://nowhere.invalid/" HUSH "?sig=" HUSH},
    {"not https", "http://store.example/" HUSH "?sig=" HUSH},
    {"other scheme", "ftp://store.example/" HUSH "?sig=" HUSH},
    {"no URL", "store.example " HUSH},
    {"a user", "https://" HUSH ":" HUSH "@store.example/" HUSH},
    {"a number for a host", "https://2130706433/" HUSH "?sig=" HUSH},
    {"a link too long", NULL},
};

static struct {
    const char *link;
    char long_link[9000];
    int port, files;
} vendor;

static void say(struct test_connection *connection, const char *status, const char *headers, const char *body)
{
    char answer[16384];
    snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body),
             headers, body);
    connection_say(connection, answer);
}

static bool serve_file(struct test_connection *connection, const char *head)
{
    static const struct {
        const char *path, *answer;
    } bad[] = {
        {"/cut/", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nevent 0 {\"n\":1}\n"},
        {"/closed/", ""},
        {"/nonsense/", "GREETINGS " HUSH "\r\n\r\n"},
        {"/header/", "HTTP/1.1 200 OK\r\nno colon " HUSH "\r\n\r\n"},
        {"/coding/", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"},
        {"/large/", "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nx"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strstr(head, bad[i].path)) return connection_say(connection, bad[i].answer), false;
    if (strstr(head, "/302/"))
        say(connection, "302 Found", "Location: https://elsewhere.example/" HUSH "?sig=" HUSH "\r\n", "");
    else if (strstr(head, "/damaged/"))
        say(connection, "200 OK", "", "event 0 {\"n\":1}\nno line\n");
    else if (strstr(head, "/whole/"))
        say(connection, "200 OK", "", "event 0 {\"n\":1}\n");
    else if (strstr(head, "/429/"))
        say(connection, "429 Too Many", "Retry-After: 1\r\n", HUSH);
    else
        say(connection,
            strstr(head, "/500/")   ? "500 Error"
            : strstr(head, "/404/") ? "404 No"
                                    : "403 No",
            "", "<Error>" HUSH "</Error>");
    return false;
}

static bool handler(struct test_connection *connection, const struct test_request *request)
{
    if (!strstr(request->head, " /api/")) {
        __atomic_add_fetch(&vendor.files, 1, __ATOMIC_SEQ_CST);
        return serve_file(connection, request->head);
    }
    char body[sizeof vendor.long_link + 64] = "nothing\nkeep\n";
    if (strstr(request->head, "toy-files") && !strstr(request->body, "page2"))
        snprintf(body, sizeof body, "more\nposition page2\ndownload %s key-1\n", vendor.link);
    say(connection, "200 OK", "", body);
    return false;
}

/* ---- Looking everywhere ---- */

static void look_into(const char *what, const char *path, const char *why)
{
    FILE *file = fopen(path, "r");
    if (!file) return;
    static char bytes[1 << 22];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size < sizeof bytes);
    const char *found = memmem(bytes, size, HUSH, strlen(HUSH));
    if (found)
        fail_msg("%s: the link stands in %s: %.*s", why, what, 200, found > bytes + 80 ? found - 80 : bytes);
}

static void look_everywhere(const char *directory, const char *log, const char *why)
{
    look_into("the log", log, why);
    DIR *open = opendir(directory);
    assert_non_null(open);
    for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        look_into(entry->d_name, path, why);
    }
    closedir(open);
}

/* ---- One link ---- */

static const struct stream_record *record_of(struct stream_record *records, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(records[i].name, name) == 0) return &records[i];
    return NULL;
}

/* Until what came of the link stands in the journal: it was read, or there is trouble. */
static void wait_for_outcome(struct journal *journal, const char *why)
{
    for (int tries = 0; tries < 60000; tries++) {
        struct stream_record *records = NULL;
        size_t count = 0;
        if (journal_streams(journal, &records, &count, NULL) < 0) fail();
        const struct stream_record *record = record_of(records, count, "toy-files");
        bool done = record && ((record->position && record->caught_up_ms) || record->trouble);
        if (record && record->trouble)
            print_message("%s: %s (%s)\n", why, record->trouble->error, record->trouble->remedy);
        for (size_t i = 0; i < count; i++)
            stream_record_clear(&records[i]);
        free(records);
        if (done) return;
        usleep(1000);
    }
    fail_msg("%s: nothing came of it", why);
}

static void try_link(struct toy_config *toy, const char *directory, const char *log, const char *why)
{
    postern_error error = ERROR_INIT;
    const struct journal_settings settings = usual_journal_settings();
    const struct http_settings http = {.connect_timeout_ms = 2000,
                                       .timeout_ms = 5000,
                                       .idle_timeout_ms = 2000,
                                       .max_connections = 8,
                                       .max_connections_per_host = 8,
                                       .response_limit = 1 << 20,
                                       .spill_above = 1 << 20,
                                       .spill_directory = directory};
    struct journal *journal;
    struct network *network;
    struct collector *collector;
    if (journal_open(directory, &settings, clock_process(), &journal, &error) < 0)
        fail_msg("%s", error.message);
    if (network_start(&http, clock_process(), &network, &error) < 0) fail_msg("%s", error.message);
    struct workers *workers = workers_new(2);
    const struct collector_parts parts = {.config = &toy->config,
                                          .registry = toy->registry,
                                          .journal = journal,
                                          .network = network,
                                          .workers = workers,
                                          .clock = clock_process(),
                                          .random = random_system()};
    if (collector_start(&parts, &collector, &error) < 0) fail_msg("%s", error.message);
    wait_for_outcome(journal, why);
    assert_true(collector_stop(collector, 60000));
    network_stop(network);
    workers_free(workers);
    look_everywhere(directory, log, why); /* with the write-ahead log */
    journal_close(journal);
    look_everywhere(directory, log, why);
}

static void no_link_shows_anywhere(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, handler, NULL);
    char log_folder[OWN_FOLDER_SIZE], log[OWN_FOLDER_SIZE + 8];
    assert_int_equal(own_folder_make(log_folder, "links-log"), 0);
    snprintf(log, sizeof log, "%s/log", log_folder);
    fflush(stderr);
    int usual = dup(STDERR_FILENO);
    assert_non_null(freopen(log, "w", stderr));
    setvbuf(stderr, NULL, _IONBF, 0);
    log_set_level(POSTERN_LOG_DEBUG);
    memset(vendor.long_link, 'x', sizeof vendor.long_link - 1);
    memcpy(vendor.long_link,
           "https://store.example/" HUSH "?sig=", strlen("https://store.example/" HUSH "?sig="));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char directory[OWN_FOLDER_SIZE], link[256], url[64];
        struct toy_config toy;
        assert_int_equal(own_folder_make(directory, "links"), 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        if (files[i].link) snprintf(link, sizeof link, files[i].link, server->port);
#pragma GCC diagnostic pop
        vendor.link = files[i].link ? link : vendor.long_link;
        toy_config_make(&toy, 1);
        toy.source.lookback_ms = 3600 * 1000;
        snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
        free(toy.accounts[0].base_url);
        toy.accounts[0].base_url = strdup(url);
        try_link(&toy, directory, log, files[i].why);
        toy_config_free(&toy);
        assert_int_equal(own_folder_remove(directory), 0);
    }
    assert_true(__atomic_load_n(&vendor.files, __ATOMIC_SEQ_CST) > 10); /* they were asked for */
    dup2(usual, STDERR_FILENO);
    close(usual);
    assert_int_equal(own_folder_remove(log_folder), 0);
    server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_link_shows_anywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
