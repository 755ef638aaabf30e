#include "exec_sink.h"
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define LOOK_UP_MS 100 /* how often a wait asks whether it shall stop */
#define AT_ONCE    ((size_t)64 << 10)
#define LAST_MS    1000 /* for what a program has still to say that ended, or reads no more */

struct exchange {
    struct exec_sink *sink;
    const postern_call *call;
    postern_result *result;
    postern_error *error;
    struct tally tally;
    size_t sent; /* events whose lines went out, or are on their way */
    bool end_sent;
    int64_t deadline_ms; /* monotonic: for the next sign of life */
    uint64_t answers;
    int64_t retry_after_ms;
    char retry_reason[256];
    const char *reject_reason;
    postern_status rejecting;
};

static postern_status ended(const struct program *program, postern_error *error)
{
    char words[64] = "has closed its output";
    int64_t until = monotonic_ms() + LAST_MS;
    while (!program_has_ended(program, words, sizeof words) && monotonic_ms() < until)
        poll(NULL, 0, LOOK_UP_MS / 10);
    return kit_fail(error, POSTERN_E_RETRY, "what it said before is in the log", "the program %s", words);
}

/* ---- Lines go out ---- */

static bool is_all_out(const struct exchange *exchange)
{
    return exchange->end_sent && exchange->sink->out_done == exchange->sink->out_size;
}

static bool fill(struct exchange *exchange)
{
    struct exec_sink *sink = exchange->sink;
    const postern_batch *batch = exchange->tally.batch;
    bool good = true;
    if (sink->out_done < sink->out_size) return true;
    sink->out_done = sink->out_size = 0;
    while (good && exchange->sent < batch->count && sink->out_size < AT_ONCE)
        good = line_out_event(sink, batch->events[exchange->sent++]);
    if (!good || exchange->sent < batch->count || exchange->end_sent) return good;
    exchange->end_sent = true;
    return line_out_end(sink, batch);
}

static void signs_of_life(struct exchange *exchange, int64_t more_ms)
{
    exchange->deadline_ms = monotonic_ms() + more_ms;
}

static postern_status send_lines(struct exchange *exchange)
{
    struct exec_sink *sink = exchange->sink;
    if (!fill(exchange)) return kit_no_memory(exchange->error);
    if (is_all_out(exchange)) return POSTERN_OK;
    ssize_t written = write(sink->program.input, sink->out + sink->out_done, sink->out_size - sink->out_done);
    if (written > 0) {
        sink->out_done += (size_t)written;
        signs_of_life(exchange, sink->timeout_ms);
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
        close(sink->program.input); /* it reads no more, but what it has answered counts */
        sink->program.input = -1;
        signs_of_life(exchange, LAST_MS);
    }
    return POSTERN_OK;
}

/* ---- Answers come in ---- */

static void reject(void *context, size_t index)
{
    struct exchange *exchange = context;
    if (exchange->rejecting >= 0)
        exchange->rejecting = exchange->result->reject(exchange->result, index, exchange->reject_reason);
}

static postern_status cannot_be(struct exchange *exchange, const char *why)
{
    return kit_fail(
        exchange->error, POSTERN_E_RETRY, "mend the program: the protocol is in modules/exec/protocol.md",
        "answer %llu of the program makes no sense: %s", (unsigned long long)exchange->answers, why);
}

static void copy_words(char *to, size_t size, postern_text from)
{
    snprintf(to, size, "%.*s", (int)(from.size < size ? from.size : size - 1), from.size ? from.data : "");
}

static postern_status stop(struct exchange *exchange, const struct reply *answer)
{
    char reason[400], remedy[300];
    copy_words(reason, sizeof reason, answer->reason);
    copy_words(remedy, sizeof remedy, answer->remedy);
    return kit_fail(exchange->error, POSTERN_E_CONFIG, remedy, "the program says: %s", reason);
}

static postern_status take_answer(struct exchange *exchange, postern_text line)
{
    struct exec_sink *sink = exchange->sink;
    struct reply answer;
    char reason[512];
    postern_error why = {.size = sizeof why};
    postern_status status = answer_read(sink->host, sink->json, exchange->call->arena, line, &answer, &why);
    if (status == POSTERN_E_PROTOCOL) return cannot_be(exchange, why.message);
    if (status < 0) return kit_no_memory(exchange->error);
    if (answer.kind == ANSWER_STOP) return stop(exchange, &answer);
    if (answer.is_for_all && answer.kind == ANSWER_OK && !is_all_out(exchange))
        return cannot_be(exchange, "\"all\" is said before the end of the batch");
    if (answer.kind == ANSWER_RETRY) {
        copy_words(exchange->retry_reason, sizeof exchange->retry_reason, answer.reason);
        if (answer.after_ms > exchange->retry_after_ms) exchange->retry_after_ms = answer.after_ms;
    }
    copy_words(reason, sizeof reason, answer.reason);
    exchange->reject_reason = reason;
    bool known = tally_take(&exchange->tally, &answer, exchange->sent, reject, exchange);
    exchange->reject_reason = NULL;
    return known ? exchange->rejecting : cannot_be(exchange, "it names no event that was sent");
}

static postern_status take_answers(struct exchange *exchange)
{
    struct lines *answers = &exchange->sink->program.answers;
    postern_text line;
    lines_read(answers);
    for (enum line_step step; (step = lines_next(answers, &line)) != LINE_NOT_YET;) {
        signs_of_life(exchange, exchange->sink->timeout_ms);
        exchange->answers++;
        if (step == LINE_TOO_LONG) return cannot_be(exchange, "it is longer than answer_limit");
        if (kit_trim(line).size == 0) continue;
        postern_status status = take_answer(exchange, line);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

/* ---- Both at once ---- */

static postern_status late(const struct exchange *exchange)
{
    const postern_sink_event *first = tally_first_open(&exchange->tally);
    if (exchange->sink->program.input < 0)
        return kit_fail(exchange->error, POSTERN_E_RETRY, NULL, "the program has closed its input");
    return kit_fail(exchange->error, POSTERN_E_RETRY, "if it needs longer, raise timeout",
                    "the program has not answered in time: %zu of %zu events are open, the first is %.*s",
                    exchange->tally.open, exchange->tally.batch->count, (int)(first ? first->id.size : 0),
                    first ? first->id.data : "");
}

static postern_status wait_for_any(struct exchange *exchange)
{
    struct program *program = &exchange->sink->program;
    const postern_host *host = exchange->sink->host;
    int64_t left = exchange->deadline_ms - monotonic_ms();
    if (host->stopping(host))
        return kit_fail(exchange->error, POSTERN_E_STOPPED, NULL, "Postern is stopping");
    if (left <= 0) return late(exchange);
    bool sends = !is_all_out(exchange);
    struct pollfd pipes[] = {{.fd = sends ? program->input : -1, .events = POLLOUT},
                             {.fd = program->answers.fd, .events = POLLIN},
                             {.fd = program->errors.at_end ? -1 : program->errors.fd, .events = POLLIN}};
    poll(pipes, 3, (int)(left < LOOK_UP_MS ? left : LOOK_UP_MS));
    return POSTERN_OK;
}

static postern_status exchange_all(struct exchange *exchange)
{
    struct exec_sink *sink = exchange->sink;
    postern_status status = POSTERN_OK;
    while (status >= 0 && (exchange->tally.open || (!is_all_out(exchange) && !exchange->tally.retries))) {
        if (sink->program.input >= 0) status = send_lines(exchange);
        if (status >= 0) status = wait_for_any(exchange);
        if (status >= 0) status = take_answers(exchange);
        chatter_log(sink);
        if (status >= 0 && sink->program.answers.at_end && (exchange->tally.open || !is_all_out(exchange)))
            status = ended(&sink->program, exchange->error);
    }
    return status;
}

static postern_status accept_answered(const struct exchange *exchange)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < exchange->tally.batch->count && status >= 0; i++)
        if (exchange->tally.standings[i] == STANDING_OK)
            status = exchange->result->accept(exchange->result, i);
    return status;
}

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct exec_sink *sink = self;
    struct exchange exchange = {.sink = sink, .call = call, .result = result, .error = error};
    postern_status status = tally_begin(&exchange.tally, sink->host, call->arena, batch);
    if (status < 0) return kit_no_memory(error);
    sink->out_size = sink->out_done = 0;
    signs_of_life(&exchange, sink->timeout_ms);
    status = exchange_all(&exchange);
    if (status >= 0 && exchange.tally.retries) {
        status =
            kit_fail(error, POSTERN_E_RETRY, NULL, "the program wants to have %zu of %zu events again: %s",
                     exchange.tally.retries, batch->count, exchange.retry_reason);
        error->retry_after_ms = exchange.retry_after_ms;
    }
    if (status < 0 && accept_answered(&exchange) < 0) return kit_no_memory(error);
    return status;
}

postern_status exchange_rest(struct exec_sink *sink, postern_error *error)
{
    struct lines *answers = &sink->program.answers;
    postern_text line;
    chatter_log(sink);
    lines_read(answers);
    for (enum line_step step; (step = lines_next(answers, &line)) != LINE_NOT_YET;)
        if (step == LINE_TOO_LONG || kit_trim(line).size)
            return kit_fail(error, POSTERN_E_RETRY,
                            "mend the program: the protocol is in modules/exec/protocol.md",
                            "the program answers though nothing was asked");
    return answers->at_end ? ended(&sink->program, error) : POSTERN_OK;
}
