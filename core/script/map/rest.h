/* Writes the rest: the fields of the event whose values have not reached the document. */
#ifndef POSTERN_SCRIPT_MAP_REST_H
#define POSTERN_SCRIPT_MAP_REST_H

#include "script/map/run.h"

/* Before the members: marks those that are left out, writes those that are to have a type and do not. */
void map_rest_leave_out(const struct map_run *run, const struct map_rest *rest);
void map_rest_write_typed(const struct map_run *run, const struct map_rest *rest);
/* Whether the member is in the rest, and written as it stands. */
bool map_rest_is_copied(const struct map_run *run, const struct map_rest *rest,
                        const struct json_node *member);
/* Writes a member that is not copied, if it is in the rest. */
void map_rest_write_other(const struct map_run *run, const struct map_rest *rest,
                          const struct json_node *member);
/* Whether the rest is to have objects under this name. */
bool map_rest_object_name(const struct map_rest *rest, postern_text key);

#endif
