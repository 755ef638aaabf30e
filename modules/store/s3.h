/* S3 and stores that speak as it does; Google's with HMAC keys is one of them. */
#ifndef STORE_S3_H
#define STORE_S3_H

#include "shared/cloud/sigv4.h"
#include "store.h"
#include <pthread.h>

/* Keys as they were found, NUL-terminated; wiped when they are let go of. */
struct s3_found_keys {
    char access_key[256], secret_key[256], session_token[CREDENTIAL_SIZE];
    int64_t expire_ms; /* by the store's clock; 0 = they last */
};

struct s3 {
    postern_text bucket, region;
    const char *create_header, *create_value; /* of a request that never overwrites */
    bool in_path;                             /* the bucket is in the path */
    int64_t multipart_size;
    /* Where keys come from: s3_credentials.c. */
    postern_text credentials;
    pthread_mutex_t lock;
    struct s3_found_keys found;
    bool has_found;
};

/* Makes store->own of these; `region` and the rest of it are the caller's to set. */
postern_status s3_new(struct store *store, postern_error *error);
void s3_free(struct store *store);
postern_status s3_put(struct store *store, const postern_call *call, const struct store_object *object,
                      postern_error *error);

/* ---- s3_request.c ---- */

/* One request about an object. `url` is made of the rest. */
struct s3_request {
    struct store_request base; /* method, body, shown, there_is_done are the caller's to set */
    postern_text key;
    const postern_pair *query;
    size_t query_count;
    postern_pair headers[HEADERS_LIMIT + 2];
    size_t header_count;
};
postern_status s3_ask(struct store *store, const postern_call *call, struct s3_request *request,
                      postern_http_response *response, postern_error *error);

/* ---- s3_multipart.c ---- */

postern_status s3_put_in_parts(struct store *store, const postern_call *call,
                               const struct store_object *object, postern_error *error);

/* ---- s3_probe.c: as store_kind says ---- */

postern_status s3_ask_question(struct store *store, const postern_call *call,
                               const struct store_question *question, postern_http_response *response,
                               postern_error *error);
postern_status s3_probe(struct store_probing *probing, postern_error *error);

/* ---- s3_credentials.c ---- */

/* The keys to sign with, in the call's arena. May ask for new ones and wait for them. */
postern_status s3_keys(struct store *store, const postern_call *call, struct cloud_aws_keys *keys,
                       postern_error *error);
/* What was found is looked for again; false if keys come from the options and there are no others. */
bool s3_keys_refused(struct store *store);
/* What the options say about keys fits together. */
postern_status s3_keys_check(const struct store *store, postern_error *error);

/* ---- s3_profile.c ---- */

/* Reads [profile] of a file of profiles. POSTERN_E_CONFIG with the file's name and what it lacks. */
postern_status s3_profile_read(postern_text path, postern_text profile, struct s3_found_keys *found,
                               postern_error *error);

#endif
