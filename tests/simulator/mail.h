/* The facts of an invented mail, which all events about it share, and the writing of JSON members. */
#ifndef SIMULATOR_MAIL_H
#define SIMULATOR_MAIL_H

#include "event.h"
#include "random.h"

struct mail {
    char code[24]; /* aCode */
    char message_id[96];
    const char *first_name, *last_name;
    const char *sender_domain, *domain; /* theirs, the customer's */
    char recipient[80], address[40];    /* address: the sending server's */
    char subject[200];
    const char *direction; /* Inbound, Outbound, Internal */
    bool blank_id;         /* the mail has no Message-ID */
};

struct mail mail_of(const struct event_style *style, const struct event *event);
/* A random stream of the event's own. */
struct random event_random(const struct event_style *style, const struct event *event);
void random_hex(struct random *random, char *out, size_t digits);

/* Members of a JSON object. Texts are UTF-8; `ascii` objects write other characters as \u escapes. */
struct object {
    struct text *out;
    bool started, ascii;
};

void object_begin(struct object *object, struct text *out, bool ascii);
void object_text(struct object *object, const char *key, const char *value);
void object_format(struct object *object, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* `json` is written as it is. */
void object_raw(struct object *object, const char *key, const char *json);
void object_integer(struct object *object, const char *key, int64_t value);
/* A time of the JSON endpoints; with `nasty` some are spelled otherwise: another offset, a colon in it, Z,
 * none. */
void object_date(struct object *object, const char *key, int64_t ms, struct random *random, bool nasty);
void object_end(struct object *object);

#endif
