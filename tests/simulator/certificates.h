/* A throw-away certificate authority: its key lives only while the server's certificate is signed. */
#ifndef SIMULATOR_CERTIFICATES_H
#define SIMULATOR_CERTIFICATES_H

#include <stdbool.h>

/* Writes ca.pem, server.pem (for 127.0.0.1, ::1 and localhost) and server.key (0600) into `directory`. */
bool certificates_make(const char *directory);

#endif
