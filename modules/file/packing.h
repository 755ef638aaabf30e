/* How finished files are packed: gzip or zstd. */
#ifndef FILE_PACKING_H
#define FILE_PACKING_H

#include <stdbool.h>

struct packing {
    const char *name;      /* as the option `compress` has it */
    const char *suffix;    /* of a packed file */
    const char *temporary; /* the same, until it is whole: no longer than ".gz.tmp" */
    /* Packs what comes next in `plain` into `packed`. */
    bool (*pack)(int plain, int packed);
    /* Byte for byte what the plain file holds? */
    bool (*holds)(int packed, int plain);
};

/* Ends with NULL. Of whatever kind a packed file is, it has its name for itself. */
extern const struct packing *const packings[];

/* pack_gzip.c, pack_zstd.c */
extern const struct packing gzip_packing, zstd_packing;

/* plain.c: the next bytes of the plain file are these. */
bool plain_goes_on(int plain, const char *bytes, unsigned long size);
bool plain_ends(int plain);

#endif
