#include "module/services/member_data.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/smaller.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define IN_MEMORY ((size_t)2 << 20) /* each of the workers may have one */

void member_data_begin(struct member_data *data, size_t limit)
{
    if (data->mapping) {
        resident_end(&data->resident);
        munmap(STEAL_POINTER(data->mapping), data->size);
    }
    if (data->fd >= 0) close(STEAL_FD(data->fd));
    buffer_clear(&data->memory);
    data->memory.failed = false;
    data->memory.limit = SIZE_MAX / 2;
    data->limit = limit;
    data->size = 0;
    data->problem = 0;
}

static bool write_file(struct member_data *data, const void *bytes, size_t size)
{
    data->problem = file_write_all(data->fd, bytes, size);
    return data->problem == 0;
}

static bool spill(struct member_data *data)
{
    data->fd = file_open_unlinked(data->directory);
    if (data->fd < 0) {
        data->problem = errno;
        return false;
    }
    bool written = write_file(data, data->memory.data, data->memory.size);
    buffer_free(&data->memory);
    data->memory.size = data->memory.capacity = 0;
    return written;
}

static bool put(struct member_data *data, const void *bytes, size_t size)
{
    if (data->problem) return false;
    bool large = data->directory && data->size + size > IN_MEMORY;
    if (large && data->fd < 0 && !spill(data)) return false;
    if (data->fd >= 0) return write_file(data, bytes, size);
    if (!buffer_append(&data->memory, bytes, size)) data->problem = ENOMEM;
    return data->problem == 0;
}

bool member_data_append(struct member_data *data, const void *bytes, size_t size)
{
    size_t left = data->limit - data->size;
    size_t taken = smaller_size(size, left);
    if (taken && !put(data, bytes, taken)) return false;
    data->size += taken;
    return taken == size;
}

postern_status member_data_text(struct member_data *data, postern_text *text, postern_error *error)
{
    if (data->problem) {
        postern_status code = data->problem == ENOMEM ? POSTERN_E_MEMORY : POSTERN_E_IO;
        error_set_errno(error, code, data->problem, "an unpacked file cannot be kept");
        if (code == POSTERN_E_IO) error_remedy(error, "make room on the file system of the state directory");
        return code;
    }
    if (data->fd >= 0 && !data->mapping) {
        /* Nobody else can reach the unlinked file, so the mapping cannot be cut short under its reader. */
        void *mapping = mmap(NULL, data->size, PROT_READ, MAP_PRIVATE, data->fd, 0);
        if (mapping == MAP_FAILED)
            return error_set_errno(error, POSTERN_E_MEMORY, errno, "an unpacked file cannot be mapped");
        data->mapping = mapping;
        resident_begin(&data->resident, mapping, data->size);
    }
    *text = data->mapping ? (postern_text){data->mapping, data->size} : buffer_text(&data->memory);
    return POSTERN_OK;
}

void member_data_free(struct member_data *data)
{
    member_data_begin(data, 0);
    buffer_free(&data->memory);
}
