/* Runs a fuzz target over the files of a corpus, where libFuzzer is not there:  fuzz_NAME
 * FILE_OR_DIRECTORY... Each input is also cut at several places and has single bytes changed, so that a small
 * corpus goes a long way. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SIZE_LIMIT ((size_t)1 << 24)
#define VARIANTS   200 /* of each input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t files;

/* The input in a block of exactly its size: a sanitizer sees the first byte that is read behind it. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* The same variants in every run. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void run_with_variants(uint8_t *data, size_t size)
{
    static const uint8_t odd_bytes[] = {0,   0xff, '"',  '\\', '{', '}', '[', ']',
                                        ',', ':',  '\n', '=',  '|', '-', '9', ' '};
    uint32_t random = (uint32_t)size;
    run(data, size);
    for (int i = 0; i < VARIANTS && size > 0; i++) {
        size_t place = next_random(&random) % size;
        uint8_t before = data[place];
        if (i % 4 == 0) {
            run(data, place);
            continue;
        }
        data[place] =
            i % 4 == 1 ? (uint8_t)next_random(&random) : odd_bytes[next_random(&random) % sizeof odd_bytes];
        run(data, size);
        data[place] = before;
    }
}

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(SIZE_LIMIT);
    if (!file || !data) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    size_t size = fread(data, 1, SIZE_LIMIT, file);
    fclose(file);
    run_with_variants(data, size);
    free(data);
    files++;
}

static void run_path(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory) {
        run_file(path);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.') continue;
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        run_path(inner);
    }
    closedir(directory);
}

int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++)
        run_path(arguments[i]);
    printf("%zu inputs and their variants\n", files);
    return files ? 0 : 1; /* an empty corpus tests nothing */
}
