/* What the toy modules share: functions that do nothing and tables that are right. */
#include <postern/module.h>

static inline postern_status toy_next(const void *self, const postern_call *call,
                                      const postern_stream *stream, const postern_pass *pass,
                                      postern_text position, postern_request *request, postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)request, (void)error;
    return POSTERN_OK;
}

static inline postern_status toy_on_response(const void *self, const postern_call *call,
                                             const postern_stream *stream, const postern_pass *pass,
                                             postern_text position, const postern_response *response,
                                             postern_answer *answer, postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)response, (void)answer,
        (void)error;
    return POSTERN_OK;
}

static inline postern_status toy_on_push(const void *self, const postern_call *call,
                                         const postern_stream *stream, const postern_push_request *request,
                                         postern_answer *answer, postern_push_reply *reply,
                                         postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)request, (void)answer, (void)reply, (void)error;
    return POSTERN_OK;
}

static inline postern_status toy_open(void *self, const postern_call *call, const postern_pair *state,
                                      size_t count, postern_error *error)
{
    (void)self, (void)call, (void)state, (void)count, (void)error;
    return POSTERN_OK;
}

static inline postern_status toy_write(void *self, const postern_call *call, const postern_batch *batch,
                                       postern_result *result, postern_error *error)
{
    (void)self, (void)call, (void)batch, (void)result, (void)error;
    return POSTERN_OK;
}

#define TOY_HEAD(name_)                                                                                      \
    .size = sizeof(postern_module), .magic = POSTERN_MODULE_MAGIC, .abi_major = POSTERN_ABI_MAJOR,           \
    .abi_minor = POSTERN_ABI_MINOR, .name = (name_), .version = "1", .summary = "a toy"
