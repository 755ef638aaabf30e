/* What a module has that can be tried. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_OFFER_H
#define POSTERN_COMMANDS_MODULE_TEST_OFFER_H

#define SUITE_NAME_SIZE 64

enum offer_kind { OFFER_SINK, OFFER_SOURCE, OFFER_LOOKUP };

/* Lookups of one name, which differ in their authentication, are one offer. */
struct suite_offer {
    enum offer_kind kind;
    char name[SUITE_NAME_SIZE];
};

/* "sink", "source", "lookup" */
const char *offer_kind_name(enum offer_kind kind);

#endif
