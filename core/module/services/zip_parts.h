/* What a zip archive is made of besides packed data. */
#ifndef POSTERN_MODULE_SERVICES_ZIP_PARTS_H
#define POSTERN_MODULE_SERVICES_ZIP_PARTS_H

#include <postern/module.h>

#define ZIP_FLAG_ENCRYPTED    1u
#define ZIP_FLAG_SIZES_BEHIND 8u /* sizes and checksum stand behind the data */
#define ZIP_STORED            0u
#define ZIP_DEFLATED          8u

/* A member's local header. */
struct zip_header {
    uint32_t flags, method, checksum, packed_size, size;
    postern_text name;
    size_t data; /* where the packed bytes begin, from the start of the archive */
};

bool zip_has_signature(postern_text bytes, size_t at, const char *signature);
/* The next local header at or behind `at`; bytes.size if there is none. */
size_t zip_find_member(postern_text bytes, size_t at, struct zip_header *header);
/* True where something stands that a zip has besides its members. */
bool zip_has_directory_part(postern_text bytes, size_t at);
/* True where a member may end. */
bool zip_has_boundary(postern_text bytes, size_t at);
/* The central directory is not needed, but its last record says how many members there are and how large the
 * directory is. True if that accounts for the unreadable bytes from `at` on: they are a damaged directory and
 * no lost member. */
bool zip_has_damaged_directory(postern_text bytes, size_t at, int64_t members);
/* True for an archive that says of itself that it has no members. */
bool zip_is_empty(postern_text bytes);

bool zip_is_directory(const struct zip_header *header);
/* Folders and files of 0 bytes are written in many ways: stored or deflated, with sizes in front, behind, or
 * both, in 32 or 64 bits, with or without a signature. Where such a member ends; 0 if it is none. */
size_t zip_end_of_empty_member(postern_text bytes, const struct zip_header *header);
/* Finds the end of a member that is stored as it is with its size behind it: where a descriptor says just
 * that size and checksum. */
bool zip_find_stored(postern_text bytes, const struct zip_header *header, size_t *size, size_t *end);

#endif
