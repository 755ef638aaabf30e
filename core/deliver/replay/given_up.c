#include "deliver/replay/given_up.h"
#include "base/arena.h"
#include "base/error.h"
#include <stdio.h>
#include <string.h>

#define MOST_IN_A_ROW 2 /* the first may be about its letters */

struct asked_delivery {
    struct asked_delivery *next;
    char name[sizeof((struct dead_letter){0}.delivery)];
    int without_answer; /* parts in a row */
    bool is_given_up;
    postern_error why;
};

static struct asked_delivery *find(const struct given_up *given_up, const char *delivery)
{
    struct asked_delivery *asked = given_up->first;
    while (asked && strcmp(asked->name, delivery) != 0)
        asked = asked->next;
    return asked;
}

const postern_error *given_up_why(const struct given_up *given_up, const char *delivery)
{
    const struct asked_delivery *asked = find(given_up, delivery);
    return asked && asked->is_given_up ? &asked->why : NULL;
}

static struct asked_delivery *add(struct given_up *given_up, const char *delivery)
{
    struct asked_delivery *made = arena_allocate(given_up->arena, sizeof *made);
    if (!made) return NULL;
    *made = (struct asked_delivery){.next = given_up->first};
    snprintf(made->name, sizeof made->name, "%s", delivery);
    return given_up->first = made;
}

bool given_up_note(struct given_up *given_up, const char *delivery, enum retry_answer answer,
                   const postern_error *error)
{
    struct asked_delivery *asked = find(given_up, delivery);
    if (answer == RETRY_ANSWERED && asked) asked->without_answer = 0;
    if (answer == RETRY_ANSWERED || answer == RETRY_NOT_ASKED) return true;
    if (!asked) asked = add(given_up, delivery);
    if (!asked) return false;
    asked->is_given_up = answer == RETRY_NOT_THERE || ++asked->without_answer == MOST_IN_A_ROW;
    asked->why = *error;
    if (answer == RETRY_NO_ANSWER)
        error_prefix(&asked->why, "nothing was taken of %d parts in a row: ", MOST_IN_A_ROW);
    return true;
}
