/* Each kind of packing: what was packed is recognised, and anything else is not. */
#include "../unit.h"
#include "packing.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines that neither repeat nor are noise. */
static int plain_file(size_t size)
{
    int fd = memfd_create("plain", MFD_CLOEXEC);
    char *text = malloc(size + 1);
    unsigned number = 1;
    for (size_t i = 0; i < size; i++) {
        number = number * 1103515245u + 12345u;
        text[i] = i % 40 == 39 ? '\n' : (char)('a' + (number >> 16) % 26);
    }
    if (size) assert_int_equal(write(fd, text, size), size);
    free(text);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static off_t size_of(int fd)
{
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    return status.st_size;
}

static bool holds(const struct packing *packing, int packed, int plain)
{
    lseek(packed, 0, SEEK_SET);
    lseek(plain, 0, SEEK_SET);
    return packing->holds(packed, plain);
}

static void change_byte(int fd, off_t at)
{
    char c;
    assert_int_equal(pread(fd, &c, 1, at), 1);
    c ^= 0x10;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
}

static void check_size(const struct packing *packing, size_t size)
{
    int plain = plain_file(size), packed = memfd_create("packed", MFD_CLOEXEC);
    assert_true(packing->pack(plain, packed));
    assert_true(size < 1000 || size_of(packed) < (off_t)size);
    assert_true(holds(packing, packed, plain));
    if (size) {
        change_byte(plain, (off_t)size - 1);
        assert_false(holds(packing, packed, plain));
        change_byte(plain, (off_t)size - 1);
    }
    assert_int_equal(pwrite(plain, "x", 1, (off_t)size), 1); /* longer */
    assert_false(holds(packing, packed, plain));
    assert_int_equal(ftruncate(plain, (off_t)size), 0);
    assert_true(holds(packing, packed, plain));
    change_byte(packed, size_of(packed) - 3); /* the checksum */
    assert_false(holds(packing, packed, plain));
    change_byte(packed, size_of(packed) - 3);
    assert_int_equal(ftruncate(packed, size_of(packed) - 1), 0);
    if (holds(packing, packed, plain)) fail_msg("%s of %zu bytes, cut short", packing->name, size);
    close(plain);
    close(packed);
}

static void test_what_was_packed_is_recognised(void **state)
{
    static const size_t sizes[] = {0, 1, 39, 16384, 65535, 65536, 65537, 300000, 1500000};
    (void)state;
    for (const struct packing *const *packing = packings; *packing; packing++)
        for (size_t i = 0; i < COUNT(sizes); i++)
            check_size(*packing, sizes[i]);
}

/* The template leaves room for ".4294967295.gz.tmp" alone. */
static void test_no_suffix_is_longer_than_there_is_room(void **state)
{
    (void)state;
    for (const struct packing *const *packing = packings; *packing; packing++) {
        assert_true(strlen((*packing)->suffix) <= strlen(".gz.tmp"));
        assert_true(strlen((*packing)->temporary) <= strlen(".gz.tmp"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_packed_is_recognised),
        cmocka_unit_test(test_no_suffix_is_longer_than_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
