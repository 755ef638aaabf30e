#include "journal/known/fingerprints.h"
#include <stdlib.h>
#include <string.h>

#define BUCKET 8  /* fingerprints, on average */
#define MANY   64 /* of one bucket: they do not lie evenly */

/* Which of `count` places it should have if all lay evenly. */
static size_t place_among(uint64_t fingerprint, size_t count)
{
    return (size_t)((unsigned __int128)fingerprint * count >> 64);
}

uint64_t fingerprint_of(const unsigned char id[EVENT_ID_SIZE])
{
    uint64_t fingerprint = 0;
    for (int i = 0; i < 8; i++)
        fingerprint = fingerprint << 8 | id[i];
    return fingerprint;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void sort_few(uint64_t *list, size_t count)
{
    if (count > MANY) {
        qsort(list, count, sizeof *list, compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const uint64_t moved = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1] > moved; at--)
            list[at] = list[at - 1];
        list[at] = moved;
    }
}

/* Into buckets by where each should lie if all lay evenly, then each bucket by itself: hashes are sorted in
 * an eighth of the time that comparing all of them takes. False: no memory, nothing changed. */
static bool sort_by_buckets(uint64_t *list, size_t count)
{
    const size_t buckets = count / BUCKET + 1;
    size_t *ends = calloc(buckets + 1, sizeof *ends);
    uint64_t *spread = calloc(count, sizeof *spread); /* the analyzer cannot know that all are written */
    if (ends && spread) {
        for (size_t i = 0; i < count; i++)
            ends[place_among(list[i], buckets) + 1]++;
        for (size_t i = 0; i < buckets; i++) /* each where its bucket begins, for now */
            ends[i + 1] += ends[i];
        for (size_t i = 0; i < count; i++)
            spread[ends[place_among(list[i], buckets)]++] = list[i];
        for (size_t i = 0, from = 0; i < buckets; from = ends[i++])
            sort_few(spread + from, ends[i] - from);
        memcpy(list, spread, count * sizeof *list);
    }
    const bool sorted = ends && spread;
    free(ends);
    free(spread);
    return sorted;
}

void fingerprints_sort(struct fingerprints *fingerprints)
{
    uint64_t *list = fingerprints->list;
    size_t kept = 0;
    if (fingerprints->count && !sort_by_buckets(list, fingerprints->count))
        qsort(list, fingerprints->count, sizeof *list, compare);
    for (size_t i = 0; i < fingerprints->count; i++)
        if (kept == 0 || list[i] != list[kept - 1]) list[kept++] = list[i];
    fingerprints->count = kept;
}

bool fingerprints_merge(struct fingerprints *fingerprints, const struct fingerprints *more)
{
    size_t most = fingerprints->count + more->count, count = 0;
    const uint64_t *a = fingerprints->list, *b = more->list;
    const uint64_t *a_end = a + fingerprints->count, *b_end = b + more->count;
    if (more->count == 0) return true;
    uint64_t *merged = malloc(most * sizeof *merged);
    if (!merged) return false;
    while (a < a_end || b < b_end) {
        bool from_a = b == b_end || (a < a_end && *a <= *b);
        uint64_t next = from_a ? *a++ : *b++;
        if (!from_a || b == b_end || *b != next) merged[count++] = next; /* what both have comes with b's */
    }
    free(fingerprints->list);
    *fingerprints = (struct fingerprints){merged, count};
    return true;
}

/* Where it should lie if all lay evenly; from there in doubling strides to either side, then by halves. */
bool fingerprints_have(const struct fingerprints *fingerprints, uint64_t fingerprint)
{
    const uint64_t *list = fingerprints->list;
    size_t count = fingerprints->count;
    if (count == 0) return false;
    size_t guess = place_among(fingerprint, count), low = 0, high = count;
    if (list[guess] <= fingerprint) {
        low = guess;
        for (size_t stride = 16; low + stride < count; stride *= 2) {
            if (list[low + stride] > fingerprint) {
                high = low + stride;
                break;
            }
            low += stride;
        }
    } else {
        high = guess;
        for (size_t stride = 16; high > stride; stride *= 2) {
            if (list[high - stride] <= fingerprint) {
                low = high - stride;
                break;
            }
            high -= stride;
        }
    }
    while (low < high) { /* the first that is not smaller lies in [low, high] */
        size_t middle = low + (high - low) / 2;
        if (list[middle] < fingerprint)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && list[low] == fingerprint;
}

void fingerprints_free(struct fingerprints *fingerprints)
{
    free(fingerprints->list);
    *fingerprints = (struct fingerprints){0};
}
