/* Numbers that are written with exactly the digits that they were given. */
#ifndef POSTERN_SCRIPT_EVENT_NUMBER_H
#define POSTERN_SCRIPT_EVENT_NUMBER_H

#include "script/event/bridge.h"

/* A full userdata; the digits follow. */
struct number {
    size_t size;
    char digits[];
};

/* Adds postern.number to the table on the top of the stack. */
void number_open(lua_State *L, struct bridge *bridge);

#endif
