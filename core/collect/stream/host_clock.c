#include "collect/stream/host_clock.h"

#include "base/units.h"
#include "journal/notice.h"

#include <stdio.h>
#include <stdlib.h>

/* A server whose Date jumps is not spoken of at every answer. */
#define SAY_AGAIN_MS ((int64_t)6 * 3600 * 1000)

static void say(const struct host *host, int64_t offset_ms, struct journal *journal)
{
    char off[32], trust[32], message[320];
    const char *side = offset_ms > 0 ? "behind" : "ahead of";
    duration_format(llabs(offset_ms), off);
    if (llabs(offset_ms) <= host->clock.trust_ms)
        snprintf(message, sizeof message,
                 "this machine's clock is %s %s the vendor's: requests are signed with the vendor's time, "
                 "but set the clock right (for example with NTP)",
                 off, side);
    else
        snprintf(message, sizeof message,
                 "this machine's clock is %s %s the vendor's, more than http { clock_trust = \"%s\" }: the "
                 "vendor's is not believed where events are read to. If this machine's clock is wrong, set "
                 "it right (for example with NTP)",
                 off, side, duration_format(host->clock.trust_ms, trust));
    notice_say(journal,
               &(struct notice){.kind = NOTICE_CLOCK_OFF, .subject = host->name, .message = message});
}

void host_clock_take(struct host *host, const struct request *request, bool success, struct journal *journal)
{
    int64_t date_ms = request->exchange.server_date_ms;
    server_clock_observe(&host->clock, date_ms, request->arrived, success);
    if (date_ms <= 0) return;
    int64_t offset_ms = date_ms - request->arrived.wall_ms;
    bool off = llabs(offset_ms) > HOST_CLOCK_OFF_MS;
    bool news = off && (!host->said_offset_ms || llabs(offset_ms - host->said_offset_ms) > HOST_CLOCK_OFF_MS);
    bool may_say = !host->said_at_ms || request->arrived.monotonic_ms - host->said_at_ms >= SAY_AGAIN_MS;
    if (!off && success) host->said_offset_ms = 0;
    if (!news || !may_say) return;
    say(host, offset_ms, journal);
    host->said_offset_ms = offset_ms;
    host->said_at_ms = request->arrived.monotonic_ms;
}
