/* postern: see commands/ for what it can do, and the README for the road of an event. */
#include "commands/command.h"

#include <malloc.h>
#include <stdlib.h>

/* A larger block is mapped by itself and goes back to the system when it is freed. Left alone, glibc raises
 * the bound to the size of what was freed last, up to 32 MiB, and keeps what lies between. Blocks of a page
 * of events, of which each answer takes some, are kept: new memory for each of them was a tenth of the road's
 * time. So is what an answer or a batch takes in all: whoever is done with it, often another thread, gave the
 * end of the heap back, and the next one began with fresh memory. In quiet moments what is free goes back all
 * the same (malloc_trim). */
#define LARGE_BLOCK ((1 << 20) + (64 << 10))
#define KEPT        (6 * LARGE_BLOCK) /* at the end of each heap */

int main(int argc, char **argv)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, KEPT);
    /* Left unset, glibc looks at the file of the zone anew for every member of a zip, whose time is local. */
    setenv("TZ", ":/etc/localtime", 0);
    return commands_main(argc, argv);
}
