#include "answer.h"
#include <nats/nats.h>

struct verdict_row {
    int first, last;
    struct nats_verdict verdict;
};

#define REJECT                                                                                               \
    {                                                                                                        \
        BROKER_REJECTED, POSTERN_OK, NULL, false                                                             \
    }
#define RETRY(remedy)                                                                                        \
    {                                                                                                        \
        BROKER_FAILED, POSTERN_E_RETRY, remedy, false                                                        \
    }
#define CONFIG(remedy)                                                                                       \
    {                                                                                                        \
        BROKER_FAILED, POSTERN_E_CONFIG, remedy, false                                                       \
    }
#define MISSING                                                                                              \
    {                                                                                                        \
        BROKER_FAILED, POSTERN_E_RETRY, NULL, true                                                           \
    }

#define ROOM                                                                                                 \
    "the stream or the server has no room: raise its limits, let it discard old messages (discard: old), "   \
    "or "                                                                                                    \
    "free disk"

static const struct verdict_row codes[] = {
    {JSAccountResourcesExceededErr, JSAccountResourcesExceededErr, RETRY(ROOM)},
    {JSInsufficientResourcesErr, JSInsufficientResourcesErr, RETRY(ROOM)},
    {JSMemoryResourcesExceededErr, JSMemoryResourcesExceededErr, RETRY(ROOM)},
    {JSNoAccountErr, JSNoAccountErr, CONFIG("the account of this login has no JetStream")},
    {JSNotEnabledForAccountErr, JSNotEnabledForAccountErr,
     CONFIG("enable JetStream for the account of this login")},
    {JSStorageResourcesExceededErr, JSStorageResourcesExceededErr, RETRY(ROOM)},
    {JSStreamMessageExceedsMaximumErr, JSStreamMessageExceedsMaximumErr, REJECT},
    {JSStreamMismatchErr, JSStreamMismatchErr,
     CONFIG("another stream takes this subject: check stream and subject")},
    {JSStreamNotFoundErr, JSStreamNotFoundErr, MISSING},
    {JSStreamNotMatchErr, JSStreamNotMatchErr,
     CONFIG("another stream takes this subject: check stream and subject")},
    {JSNotEnabledErr, JSNotEnabledErr, MISSING}, /* also while a cluster has no leader */
    {JSStreamStoreFailedErr, JSStreamStoreFailedErr, RETRY(ROOM)},
    {JSStreamSealedErr, JSStreamSealedErr, CONFIG("the stream is sealed: name another one")},
    {JSNoLimitsErr, JSNoLimitsErr, CONFIG("the account of this login has no JetStream limits")},
    {JSStreamMaxStreamBytesExceededErr, JSStreamMaxStreamBytesExceededErr, RETRY(ROOM)},
};

static const struct verdict_row statuses[] = {
    {NATS_SECURE_CONNECTION_WANTED, NATS_SECURE_CONNECTION_WANTED,
     CONFIG("the server offers no TLS: configure it there, or set tls = false and send everything readable")},
    {NATS_SECURE_CONNECTION_REQUIRED, NATS_SECURE_CONNECTION_REQUIRED, CONFIG("set tls = true")},
    {NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED,
     CONFIG("check user, password, token, nkey or credentials_file")},
    {NATS_NOT_FOUND, NATS_NOT_FOUND, MISSING},
    {NATS_NO_RESPONDERS, NATS_NO_RESPONDERS, MISSING},
    {NATS_ADDRESS_MISSING, NATS_INVALID_ARG, CONFIG("check servers, subject and stream")},
    {NATS_MAX_PAYLOAD, NATS_MAX_PAYLOAD, REJECT},
    {NATS_SSL_ERROR, NATS_SSL_ERROR,
     CONFIG(
         "check ca_file, client_certificate and client_key, and that the server's certificate has its name")},
};

static struct nats_verdict judge(const struct verdict_row *rows, size_t count, int64_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= rows[i].first && code <= rows[i].last) return rows[i].verdict;
    return (struct nats_verdict)RETRY(NULL);
}

struct nats_verdict nats_judge_code(int64_t code)
{
    return judge(codes, sizeof codes / sizeof *codes, code);
}

struct nats_verdict nats_judge_status(int status)
{
    return judge(statuses, sizeof statuses / sizeof *statuses, status);
}

void nats_note_words(int status, char words[NATS_WORDS_SIZE])
{
    const char *more = status == NATS_OK ? NULL : nats_GetLastError(NULL);
    if (more && strcmp(more, natsStatus_GetText((natsStatus)status)) != 0)
        snprintf(words, NATS_WORDS_SIZE, "%s", more);
}
