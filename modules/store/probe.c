/* What `postern sink test` asks of a store: about the bucket, in the kind's own words, and what this identity
 * may do with an object, shown with one of its own that is removed again. */
#include "store.h"

#define NAME_SIZE      64
#define CLOCK_NOTE_MS  ((int64_t)60000)
#define OBJECT_CONTENT "Postern: sink test, not a real object; it may be removed\n"

postern_status probe_ask(struct store_probing *probing, const struct store_question *question,
                         postern_error *error)
{
    struct store *store = probing->store;
    probing->response = (postern_http_response){.size = sizeof probing->response};
    return store->kind->ask(store, probing->call, question, &probing->response, error);
}

/* What the store does not know, or does not say, is no trouble either. */
static bool is_closed(const postern_http_response *response)
{
    return answer_lacks_right(response) || response->status == 400 || response->status == 405 ||
           response->status == 501;
}

bool probe_may_ask(struct store_probing *probing, const struct store_question *question,
                   postern_status *status, postern_error *error)
{
    postern_error ignored = {.size = sizeof ignored};
    *status = probe_ask(probing, question, &ignored);
    if (*status >= 0) return true;
    if (!is_closed(&probing->response)) {
        *error = ignored;
        return false;
    }
    *status = POSTERN_OK;
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "%s: the store answers %d; delivery does not need it",
            question->shown, (int)probing->response.status);
    return false;
}

/* ---- An object of its own ---- */

static postern_status name_object(const struct store_probing *probing, postern_text *key,
                                  postern_error *error)
{
    const struct store *store = probing->store;
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "postern-test-%016llx", (unsigned long long)probing->call->random);
    struct kit_writer writer = kit_writer_in_arena(store->host, probing->call->arena);
    kit_write(&writer, key_fixed(store->key));
    kit_write_string(&writer, name);
    return kit_written(&writer, key, error);
}

static postern_status read_back(struct store_probing *probing, postern_text key, postern_error *error)
{
    const struct store_question question = {.method = "GET", .key = key, .shown = "reading an object back"};
    postern_status status = probe_ask(probing, &question, error);
    if (status < 0 && answer_lacks_right(&probing->response) && !probing->store->kind->appends) {
        kit_say(probing->report, POSTERN_LOG_WARNING, NULL,
                "it may not be read with these credentials: delivery does not need that, and what is stored "
                "was not compared");
        return POSTERN_OK;
    }
    if (status < 0) return status;
    if (!kit_is(probing->response.body, OBJECT_CONTENT))
        return kit_fail(error, POSTERN_E_PROTOCOL, "look what stands between Postern and the store",
                        "the store gives back other bytes than it was given");
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "it was read back: the same bytes");
    return POSTERN_OK;
}

static void remove_object(struct store_probing *probing, postern_text key)
{
    const struct store_question question = {.method = "DELETE", .key = key, .shown = "removing an object"};
    postern_error error = {.size = sizeof error};
    if (probe_ask(probing, &question, &error) >= 0)
        kit_say(probing->report, POSTERN_LOG_INFO, NULL, "it was removed");
    else if (answer_lacks_right(&probing->response))
        kit_say(probing->report, POSTERN_LOG_WARNING, "remove it with other credentials",
                "it may not be removed with these credentials and stays there: delivery does not need that "
                "right, and events are safer without it");
    else
        kit_say(probing->report, POSTERN_LOG_WARNING, "remove it if it is in the way",
                "it stays there: %.400s", error.message);
}

static postern_status try_object(struct store_probing *probing, postern_error *error)
{
    struct store_object object = {.body = KIT_TEXT(OBJECT_CONTENT), .content_type = "text/plain"};
    postern_status status = name_object(probing, &object.key, error);
    if (status >= 0) status = probing->store->kind->put(probing->store, probing->call, &object, error);
    if (status < 0) return status;
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "%.*s was created", (int)object.key.size,
            object.key.data);
    status = read_back(probing, object.key, error);
    remove_object(probing, object.key);
    return status;
}

postern_status store_probe(void *self, const postern_call *call, const postern_report *report,
                           postern_error *error)
{
    struct store *store = self;
    struct store_probing probing = {.store = store, .call = call, .report = report};
    postern_status status = store->kind->probe(&probing, error);
    return status >= 0 ? try_object(&probing, error) : status;
}
