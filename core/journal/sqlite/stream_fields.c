#include "journal/sqlite/stream_fields.h"
#include "journal/records.h"
#include <stddef.h>

#define FIELD(type, name) FIELD_OF(stream_record, type, name)
const struct record_field stream_fields[] = {STREAM_FIELDS(FIELD)};
