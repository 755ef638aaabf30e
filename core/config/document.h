/* What a configuration file declares, before anything is checked: plain data in an arena. */
#ifndef POSTERN_CONFIG_DOCUMENT_H
#define POSTERN_CONFIG_DOCUMENT_H

#include "config/problems.h"
#include <postern/module.h>

/* env "NAME", file "PATH", vault "NAME" */
enum reference_kind { REFERENCE_ENV, REFERENCE_FILE, REFERENCE_VAULT };
struct reference {
    enum reference_kind kind;
    int line;
    const char *name;
};

enum value_type {
    VALUE_UNKNOWN, /* came from something that was reported already */
    VALUE_BOOLEAN,
    VALUE_INTEGER,
    VALUE_NUMBER, /* not whole */
    VALUE_TEXT,
    VALUE_LIST,  /* 1 .. n */
    VALUE_TABLE, /* with keys */
    VALUE_REFERENCE,
    VALUE_OTHER, /* a function ... */
};
struct config_node {
    enum value_type type;
    bool boolean;
    int64_t integer;
    double number;
    postern_text text;         /* NUL-terminated as well */
    struct config_node *items; /* VALUE_LIST */
    size_t count;
    struct config_field *fields; /* VALUE_TABLE; in the order of the keys */
    size_t field_count;
    struct reference reference;
};

struct config_field {
    const char *key;
    int line;
    struct config_node value;
};

/* account "acme" { ... }, http { ... } */
struct declaration {
    const char *kind;
    const char *name;  /* NULL for those that have none */
    const char *title; /* for messages: account "acme" */
    int line;
    bool complete;               /* the { ... } was there */
    struct config_field *fields; /* in the order of the file */
    size_t count;
    struct declaration *next;
};

struct config_document {
    postern_arena *arena;
    struct declaration *first, *last;
    struct config_field state, modules; /* key NULL = not given */
    bool evaluated;                     /* to the end: what is missing is really missing */
};

/* Runs the file in a sandbox. Problems of evaluation go into `problems`. False only if out of memory. */
bool document_read(struct config_document *document, const char *path, postern_text source,
                   struct problems *problems);

const struct config_field *declaration_field(const struct declaration *declaration, const char *key);
/* The first declaration of a kind, or NULL. */
const struct declaration *document_find(const struct config_document *document, const char *kind);

/* Gives the fields their own lines, found in the source text, and puts them into that order. */
void document_locate(struct config_document *document, postern_text source);

#endif
