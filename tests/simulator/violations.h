/* What clients did that Mimecast would refuse. Faults of the simulator are never counted here. */
#ifndef SIMULATOR_VIOLATIONS_H
#define SIMULATOR_VIOLATIONS_H

#include "text.h"

struct violation {
    int64_t time_ms;
    char account[32], endpoint[24];
    const char *rule; /* constant: "signature", "page-size" ... */
    unsigned status;  /* what the client was answered */
    const char *code; /* constant: the err_ code in the answer */
    char field[40];   /* the offending field, or empty */
    char detail[160]; /* never holds a credential */
};

struct violations {
    struct violation *list;
    size_t count, capacity;
};

/* Fills rule, status, code, field and detail. Always returns false, for `return violate(...)`. */
bool violate(struct violation *violation, const char *rule, unsigned status, const char *code,
             const char *field, const char *format, ...) __attribute__((format(printf, 6, 7)));
void violations_add(struct violations *violations, const struct violation *violation);
/* {"count":2,"violations":[...]} */
void violations_print(struct text *out, const struct violations *violations);
void violations_clear(struct violations *violations);

#endif
