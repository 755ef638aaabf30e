/* The types that fields of a document may have (a map's schema, methods like `:port()`), and their checks. */
#ifndef POSTERN_SCRIPT_MAP_TYPES_H
#define POSTERN_SCRIPT_MAP_TYPES_H

#include "script/map/plan.h"

enum field_type {
    FIELD_ANY, /* whatever comes, and whatever lies below */
    FIELD_TEXT,
    FIELD_KEYWORD,
    FIELD_BOOLEAN,
    FIELD_LONG,
    FIELD_SIZE,
    FIELD_PORT,
    FIELD_FLOAT,
    FIELD_DATE,
    FIELD_IP,
    FIELD_DOMAIN,
    FIELD_HOST,
    FIELD_EMAIL,
    FIELD_EXTENSION,
    FIELD_HASH,
    FIELD_MD5,
    FIELD_SHA1,
    FIELD_SHA256,
    FIELD_SHA512,
    FIELD_OBJECT,
};

/* NULL-terminated, in the order of the enum. */
extern const char *const field_type_names[];
/* Of HASH; NULL-terminated, in their order from FIELD_HASH on. */
extern const char *const field_hash_names[];

/* "keyword[]" -> the type; false if there is none. */
bool field_type_read(postern_text text, enum field_type *type, bool *is_list);
/* Whether every value of the type `has` is one of the type `wanted`, written as it should be. */
bool field_type_is(enum field_type has, enum field_type wanted);
/* What a script's method of that name checks; FIELD_ANY = it is no such method. */
enum field_type field_type_of_method(enum operation operation);
/* The type that every value of the step has, by its method or its source; FIELD_ANY = unknown. */
enum field_type map_type_given(const struct step *step);

/* ---- Checks (type_methods.c) ---- */

/* Makes of a value what its type wants, where that is the same value written in another way (the text "25" a
 * number, a time that of RFC 3339); what does not fit is unreadable. */
map_method *field_type_method(enum field_type type); /* The method of a step that checks a type, but for
                                                        members; NULL if it does not. */
map_method *map_type_method(const struct step *step);

/* The members that an object may have. */
struct field_members {
    const struct field_member *at;
    size_t count;
};
struct field_member {
    postern_text name;
    enum field_type type;
    bool is_list;
    struct field_members below; /* of an object; none = it may have any */
};

/* Of MEMBERS: an object with what does not fit left out (members.c). */
map_method map_members_method;

#endif
