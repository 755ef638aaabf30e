/* Unpacking as a module does it, and what comes of it. */
#ifndef POSTERN_TEST_UNPACK_FIXTURE_H
#define POSTERN_TEST_UNPACK_FIXTURE_H

#include "base/arena.h"
#include "base/error.h"
#include "gzip_builder.h"
#include "module/instance.h"
#include "module/registry.h"
#include "module/services/unpack.h"
#include "zip_builder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// clang-format off
#include <cmocka.h>
// clang-format on

struct member {
    char name[64], damage[128];
    struct buffer data;
    size_t archive;
};

struct unpacked {
    struct member members[64];
    size_t count;
    size_t stop_at; /* the callback fails at this member */
    postern_status status;
    postern_error error;
};

static const struct module_limits generous = {
    .member_size = 1 << 20, .member_count = 100, .expansion_size = 4 << 20, .record_size = 4096};

static struct module_instance *instance;

static inline void use_limits(const struct module_limits *limits)
{
    registry_set_limits(instance->registry, limits);
}

static inline postern_status keep(void *context, const postern_member *given)
{
    struct unpacked *unpacked = context;
    assert_int_equal(given->index, unpacked->count);
    assert_true(unpacked->count < 64);
    if (unpacked->stop_at && unpacked->count + 1 == unpacked->stop_at) return POSTERN_E_LIMIT - 100;
    struct member *member = &unpacked->members[unpacked->count++];
    text_to_string(given->name, member->name, sizeof member->name);
    snprintf(member->damage, sizeof member->damage, "%s", given->damage ? given->damage : "");
    member->data.limit = 8 << 20;
    buffer_append_text(&member->data, given->data);
    member->archive = given->archive.size;
    return POSTERN_OK;
}

static inline const postern_unpack *service(void)
{
    return instance->host.service(&instance->host, POSTERN_SERVICE_UNPACK);
}

static inline void unpack(struct unpacked *unpacked, int format, postern_text bytes)
{
    postern_arena *arena = arena_new(1 << 20);
    unpacked->error = ERROR_INIT;
    char *exact = malloc(bytes.size ? bytes.size : 1); /* so that the sanitizer sees a read behind the end */
    memcpy(exact, bytes.data, bytes.size);
    unpacked->status = service()->each(&instance->host, arena, format, (postern_text){exact, bytes.size},
                                       keep, unpacked, &unpacked->error);
    free(exact);
    arena_free(arena);
}

static inline void forget(struct unpacked *unpacked)
{
    for (size_t i = 0; i < unpacked->count; i++)
        buffer_free(&unpacked->members[i].data);
    *unpacked = (struct unpacked){.count = 0};
}

static inline void assert_member(const struct unpacked *unpacked, size_t index, const char *name,
                                 postern_text data, const char *damage)
{
    assert_true(index < unpacked->count);
    const struct member *member = &unpacked->members[index];
    assert_string_equal(member->name, name);
    if (!text_equal(buffer_text(&member->data), data))
        fail_msg("%s: \"%.*s\" is not \"%.*s\"", name, TEXT_ARGS(buffer_text(&member->data)),
                 TEXT_ARGS(data));
    if (!strstr(member->damage, damage) || (!*damage && *member->damage))
        fail_msg("%s: damage is \"%s\", not \"%s\"", name, member->damage, damage);
}

/* Text that compresses, but not to nothing. */
static inline struct buffer prose(unsigned seed, size_t size)
{
    struct buffer text = {.limit = 8 << 20};
    while (text.size < size)
        buffer_printf(&text, "{\"n\":%u},", (seed = seed * 1103515245u + 12345u) >> 8);
    text.size = size;
    return text;
}

#endif
