/* A thread that looks at all parts that must move, and writes the daemon's heartbeat. */
#ifndef POSTERN_ENGINE_HEARTBEAT_SERVICE_H
#define POSTERN_ENGINE_HEARTBEAT_SERVICE_H

#include "deliver/deliverer.h"
#include "http/network.h"
#include "report/heartbeat.h"

/* What is looked at. It lives until the service has ended. */
struct heartbeat_parts {
    struct journal *journal;
    struct network *network;     /* NULL = not collecting */
    struct deliverer *deliverer; /* NULL = not delivering */
    struct pulse *main;          /* the main thread's */
    const struct clock *clock;
    bool once;
};

struct heartbeat_service;

/* That it cannot be written is said in the log and stops nothing. */
postern_status heartbeat_service_start(const struct heartbeat_parts *parts, const struct tolerance *tolerance,
                                       struct heartbeat_service **service, postern_error *error);
void heartbeat_service_tolerate(struct heartbeat_service *service, const struct tolerance *tolerance);
/* What of polls is late from now on. NULL is fine. */
void heartbeat_service_late(struct heartbeat_service *service, const struct late_polls *late);
/* The program ends with that exit code, or does so if nothing is left standing: the last heartbeat says so.
 * The parts are not looked at any more. NULL is fine. */
void heartbeat_service_end(struct heartbeat_service *service, int exit_code);
void heartbeat_service_free(
    struct heartbeat_service *service); /* NULL is fine; without an end it is silent */

#endif
