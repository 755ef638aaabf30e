#include "packing.h"
#include <stddef.h>

const struct packing *const packings[] = {&gzip_packing, &zstd_packing, NULL};
