/* The module mimecast as the core sees it: loaded, given options, asked and answered. */
#ifndef TEST_MIMECAST_HARNESS_H
#define TEST_MIMECAST_HARNESS_H

#include "base/buffer.h"
#include "base/text.h"
#include "module/instance.h"
#include "module/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// clang-format off
#include <cmocka.h>
// clang-format on

enum { KEPT = 4096 };

struct kept_event {
    int64_t time_ms;
    char type[32];
    char *json, *id;
};

struct kept_aside {
    char name[128], reason[256];
    char *bytes;
    size_t size;
};

struct kept_download {
    char url[256], key[128], tag[32];
    int64_t bytes;
};

/* What came of one answer. */
struct outcome {
    postern_status status;
    postern_error error;
    int32_t outcome;
    char *position;
    bool keep_position;
    struct kept_event events[KEPT];
    size_t event_count;
    struct kept_aside aside[KEPT];
    size_t aside_count;
    struct kept_download downloads[16];
    size_t download_count;
    size_t parts, damaged_parts;
    bool read_on;
};

/* One answer to be read. */
struct question {
    const char *position; /* NULL = none */
    unsigned attempt;     /* 0 = 1 */
    int status;           /* 0 = 200 */
    postern_text body;
    const char *token, *feed_token, *content_type, *disposition; /* headers; NULL = none */
    const char *download, *tag; /* it answers that download; NULL = it is a page */
    postern_status fail_events; /* what the core answers to an event, 0 = OK */
};

/* A configured source of the module. */
struct test_source {
    const postern_source *source;
    const postern_stream *stream;
    void *self;
    struct module_instance *module;
};

/* Options as (name, type, value) come in `values`. Fails the test if the source cannot be created. */
struct test_source source_open(const char *name, const struct option_value *values, size_t count);
/* Its first stream is chosen, until another one is. */
void source_choose(struct test_source *source, const char *stream);
/* From now on the source reads the stream of that name and API (1 or 2) instead of its first one. */
void source_use(struct test_source *source, const char *stream, int api);
void source_close(struct test_source *source);
/* The request's body; malloc'ed. `path` may be NULL. */
char *source_request(const struct test_source *source, const postern_pass *pass, const char *position,
                     char path[512]);
/* The path of a request that has none; malloc'ed. */
char *source_get(const struct test_source *source, const char *position);
/* Reads an answer; forget it with outcome_free. */
struct outcome *source_answer(const struct test_source *source, const struct question *question);
/* The same of what was set aside. */
struct outcome *source_reread(const struct test_source *source, const char *name, const char *type,
                              postern_text bytes);
void outcome_free(struct outcome *outcome);

struct module_registry *harness_registry(void);

#endif
