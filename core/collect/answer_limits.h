/* The sizes that bound the reading of answers, as configured. */
#ifndef POSTERN_COLLECT_ANSWER_LIMITS_H
#define POSTERN_COLLECT_ANSWER_LIMITS_H

#include "collect/answer/answer.h"
#include "config/config.h"

struct answer_limits answer_limits_of(const struct config *config);

#endif
