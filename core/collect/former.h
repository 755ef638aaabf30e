/* Streams that go on for others: of the same source, with which an account was read in another way before. */
#ifndef POSTERN_COLLECT_FORMER_H
#define POSTERN_COLLECT_FORMER_H

#include "collect/fleet.h"

/* An account that came from one API to another has the same events in another form: a token stream that is
 * read now begins where the former streams of its source had come to, less the source's `overlap`, and leaves
 * out what lies before (shared.starts). While building. */
postern_status fleet_follow_former(struct fleet *fleet, postern_error *error);

#endif
