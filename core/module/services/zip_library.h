/* libarchive, loaded by whoever unpacks the first zip: it and the libraries that it needs in turn would cost
 * every start 2.5 ms of CPU, and most commands unpack nothing. */
#ifndef POSTERN_MODULE_SERVICES_ZIP_LIBRARY_H
#define POSTERN_MODULE_SERVICES_ZIP_LIBRARY_H

#include <archive.h>
#include <archive_entry.h>
#include <postern/module.h>

/* What is used of it, each with the type that its header gives. */
#define ZIP_LIBRARY_FUNCTIONS(F)                                                                             \
    F(archive_read_new)                                                                                      \
    F(archive_read_support_format_zip_streamable)                                                            \
    F(archive_read_open_memory)                                                                              \
    F(archive_read_next_header)                                                                              \
    F(archive_read_data_block)                                                                               \
    F(archive_read_data_skip)                                                                                \
    F(archive_read_free)                                                                                     \
    F(archive_filter_bytes)                                                                                  \
    F(archive_error_string)                                                                                  \
    F(archive_entry_is_data_encrypted)

struct zip_library {
#define FUNCTION(name) __typeof__(name) *(name);
    ZIP_LIBRARY_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

/* Loads it if nobody has; it stays until the end of the process. NULL if it is not there or lacks something:
 * then the error (NULL is fine) says which package has it. Any thread. */
const struct zip_library *zip_library(postern_error *error);

#endif
