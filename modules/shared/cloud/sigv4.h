/* AWS Signature Version 4 in the Authorization header, as S3 and the services like it want it. (libcurl's own
 * lacks the hash of the body that S3 insists on.)
 *
 * Secrets: keys and tokens come in as spans and are never kept; what is derived from them is wiped. The
 * headers that come out are secret too: they belong into a request and nowhere else. `words` of a failure
 * name the hash of the canonical request at most. */
#ifndef SHARED_CLOUD_SIGV4_H
#define SHARED_CLOUD_SIGV4_H

#include <postern/kit.h>

struct cloud_aws_keys {
    postern_text access_key, secret_key;
    postern_text session_token; /* empty = lasting keys */
};

struct cloud_sigv4 {
    const struct cloud_aws_keys *keys;
    postern_text region, service; /* "eu-west-1", "s3" */
    const char *method;
    postern_text host; /* as in the URL: with the port, unless it is the scheme's own */
    /* As the receiver knows it, before any encoding. It is encoded once for S3 (service "s3") and twice for
     * all others; the URL has it encoded once (cloud_write_path). */
    postern_text path;
    const postern_pair *query; /* before encoding; in any order */
    size_t query_count;
    /* Headers of the request that are signed beside Host and those that come out; all x-amz-* and all that a
     * condition rests on belong here. Names in lower case, in any order. */
    const postern_pair *headers;
    size_t header_count; /* at most CLOUD_SIGV4_HEADERS */
    postern_text body;
    int64_t now_ms; /* of the receiver's clock */
};

#define CLOUD_SIGV4_HEADERS 16
#define CLOUD_SIGV4_ADDED   4 /* the most headers that come out */

/* The headers to add to the request: x-amz-date, x-amz-content-sha256, x-amz-security-token if there is one,
 * authorization. `added` has room for CLOUD_SIGV4_ADDED; the texts live in the arena. On failure `added` and
 * *count are untouched. */
postern_status cloud_sigv4_sign(const postern_host *host, postern_arena *arena,
                                const struct cloud_sigv4 *request, postern_pair *added, size_t *count,
                                postern_error *error);

/* What is hashed and compared at the receiver's, in hexadecimal: for words about a refused signature. Holds
 * no secret. */
postern_status cloud_sigv4_canonical_hash(const postern_host *host, postern_arena *arena,
                                          const struct cloud_sigv4 *request, char hex[65],
                                          postern_error *error);

#endif
