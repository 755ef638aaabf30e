/* TLS of a connection: from the user's certificates to a session that is let in, and its failures in words.
 */
#ifndef SHARED_NET_TLS_H
#define SHARED_NET_TLS_H

#include "shared/net/options.h"
#include "shared/net/target.h"
#include <openssl/ssl.h>

/* A session on a connected socket, with the handshake done and the receiver's name verified. The certificates
 * are read anew each time, so that renewed ones are taken up. */
postern_status net_tls_open(const struct net_settings *settings, const struct net_target *target, int fd,
                            int64_t until_ms, SSL **session, postern_error *error);

/* Says goodbye as far as that goes without waiting, and frees the session; the socket stays open. */
void net_tls_close(SSL *session);

/* Appends version and certificate: ", TLSv1.3, certificate CN=siem, valid until Jan  1 00:00:00 2027 GMT". */
void net_tls_describe(const SSL *session, char *words, size_t size);

/* Of a call that returned `result`: for what of poll(2) it waits, or 0. */
short net_tls_wants(const SSL *session, int result);
/* True if the receiver ended the connection without an error of TLS. */
bool net_tls_has_ended(const SSL *session, int result);
/* Words for any other failure; `error_number` is errno behind the call. */
postern_status net_tls_fail(const SSL *session, const struct net_target *target, int result, int error_number,
                            postern_error *error);

#endif
