/* Where the certificates of trusted authorities are. */
#ifndef POSTERN_HTTP_TRUST_H
#define POSTERN_HTTP_TRUST_H

struct trust {
    const char *file;      /* a bundle, NULL = none */
    const char *directory; /* files named by hash, read one by one as needed, NULL = none */
};

/* `ca_file` if set; else SSL_CERT_FILE and SSL_CERT_DIR, as far as they are set; else the system's. The texts
 * belong to the setting, the environment or libcurl. */
struct trust trust_choose(const char *ca_file);

#endif
