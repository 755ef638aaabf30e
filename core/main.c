/* postern: see commands/ for what it can do, and the README for the road of an event. */
#include "commands/command.h"

#include <malloc.h>
#include <stdlib.h>

/* A block of this size is mapped by itself and goes back to the system when it is freed. Left alone, glibc
 * raises the bound to the size of what was freed last, up to 32 MiB, and keeps what lies between. */
#define LARGE_BLOCK (256 * 1024)

int main(int argc, char **argv)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    /* Left unset, glibc looks at the file of the zone anew for every member of a zip, whose time is local. */
    setenv("TZ", ":/etc/localtime", 0);
    return commands_main(argc, argv);
}
