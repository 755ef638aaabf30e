#include "parse/network_set.h"
#include <stdlib.h>
#include <string.h>

static int by_first_address(const void *a, const void *b)
{
    return memcmp(((const struct ip_network *)a)->first, ((const struct ip_network *)b)->first, 16);
}

size_t network_set_build(struct ip_network *networks, size_t count)
{
    if (count == 0) return 0;
    qsort(networks, count, sizeof *networks, by_first_address);
    size_t last = 0;
    for (size_t i = 1; i < count; i++) {
        if (memcmp(networks[i].first, networks[last].last, 16) > 0)
            networks[++last] = networks[i];
        else if (memcmp(networks[i].last, networks[last].last, 16) > 0)
            memcpy(networks[last].last, networks[i].last, 16);
    }
    return last + 1;
}

bool network_set_contains(const struct ip_network *networks, size_t count, const struct ip_address *address)
{
    size_t low = 0, high = count; /* the first network that begins behind the address lies in [low, high] */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(networks[middle].first, address->bytes, 16) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && memcmp(address->bytes, networks[low - 1].last, 16) <= 0;
}
