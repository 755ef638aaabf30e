#include "collect/plan/request_rate.h"

#define SECOND_US 1000000LL

int64_t request_rate_take(struct request_rate *rate, int64_t per_second, int64_t now_ms)
{
    if (per_second <= 0) return now_ms;
    int64_t turn_us = now_ms * 1000;
    if (turn_us < rate->next_us) turn_us = rate->next_us;
    rate->next_us = turn_us + (SECOND_US + per_second - 1) / per_second;
    return (turn_us + 999) / 1000;
}
