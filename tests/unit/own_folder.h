/* A folder of a test's own. */
#ifndef TESTS_UNIT_OWN_FOLDER_H
#define TESTS_UNIT_OWN_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

#define OWN_FOLDER_SIZE 64

/* Makes /tmp/postern-NAME-...; 0, as cmocka's fixtures want it, or -1. */
static inline int own_folder_make(char folder[OWN_FOLDER_SIZE], const char *name)
{
    snprintf(folder, OWN_FOLDER_SIZE, "/tmp/postern-%s-XXXXXX", name);
    return mkdtemp(folder) ? 0 : -1;
}

/* With all that is in it; 0 or another number. */
static inline int own_folder_remove(const char *folder)
{
    char command[OWN_FOLDER_SIZE + 8];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

#endif
