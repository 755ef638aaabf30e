/* A connection of a sink: TCP, TLS, UDP or a UNIX socket behind one face. Nothing waits beyond its deadline,
 * and everything gives up within a tenth of a second when Postern stops. A connection belongs to one thread
 * at a time. After a failure it is good for net_close alone. */
#ifndef SHARED_NET_CONNECTION_H
#define SHARED_NET_CONNECTION_H

#include "shared/net/options.h"
#include "shared/net/target.h"

struct net_connection;

/* Settings and target must outlive the connection. POSTERN_E_RETRY (no connection, time-out),
 * POSTERN_E_CONFIG (certificates, TLS that is refused, a port that speaks no TLS), POSTERN_E_STOPPED. */
postern_status net_open(const struct net_settings *settings, const struct net_target *target,
                        struct net_connection **connection, postern_error *error);
/* TLS is ended in order. NULL is fine. */
void net_close(struct net_connection *connection);

/* False for datagrams: each net_send is one then. */
bool net_is_stream(const struct net_connection *connection);
/* The end of a datagram's sender: what one of them may hold was less than this one. */
#define NET_TOO_LONG POSTERN_E_LIMIT
/* All of the bytes are with the system. Fails with POSTERN_E_RETRY, _STOPPED, and NET_TOO_LONG for a datagram
 * that cannot be sent whole: the connection is as good as before then. */
postern_status net_send(struct net_connection *connection, postern_text bytes, postern_error *error);

/* Waits for at least one byte, at most so long. POSTERN_E_RETRY: the time is over, or the receiver ended the
 * connection. */
postern_status net_receive(struct net_connection *connection, int64_t wait_ms, char *buffer, size_t size,
                           size_t *received, postern_error *error);
/* True if something can be received at once; an end can, too. */
bool net_has_news(struct net_connection *connection);

/* For receivers that never say a word. Fails with POSTERN_E_RETRY if the connection has ended or is broken,
 * and with POSTERN_E_CONFIG if the receiver says with an alert of TLS why. What else it says is dropped. */
postern_status net_check(struct net_connection *connection, postern_error *error);
/* The same after waiting so long for a word. */
postern_status net_listen(struct net_connection *connection, int64_t wait_ms, postern_error *error);
/* True if the failed net_check, net_send or net_drain met an orderly end: the receiver's system had handed on
 * all that it had acknowledged. */
bool net_has_ended(const struct net_connection *connection);

/* The other side as it is: its address, and with TLS the version and the certificate. */
#define NET_DESCRIPTION_SIZE 512
void net_describe(const struct net_connection *connection, char words[NET_DESCRIPTION_SIZE]);

/* Waits until the receiver's system has acknowledged every byte. With a UNIX socket: until the receiver has
 * read them. Datagrams over a network are never acknowledged: returns at once. */
postern_status net_drain(struct net_connection *connection, postern_error *error);

/* Says that nothing more comes and waits, at most so long, for the receiver to end the connection as well.
 * True if it does: then it has read every byte. False, always, for datagrams. */
bool net_finish(struct net_connection *connection, int64_t wait_ms);

#endif
