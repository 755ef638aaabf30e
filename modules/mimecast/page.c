#include "page.h"
#include "failures.h"
#include "loose.h"

#define POSITION_LIMIT ((size_t)64 << 10)

/* ---- The next page ---- */

/* The endpoints end their lists with an empty page, whatever token it carries. No token is kept beyond the
 * pass. */
postern_status page_turn_to(const struct reading *reading, postern_text next, size_t records)
{
    bool more = next.size && records;
    if (more && next.size > POSITION_LIMIT)
        return kit_fail(reading->error, POSTERN_E_PROTOCOL, NULL,
                        "the token of the next page is longer than 64 KiB");
    reading->answer->position = more ? next : (postern_text){NULL, 0};
    bool nothing = records == 0 && reading->position.size == 0;
    reading->answer->outcome = more ? POSTERN_MORE : nothing ? POSTERN_NOTHING_NEW : POSTERN_END;
    return POSTERN_OK;
}

postern_status page_turn_by_token(const struct reading *reading, const struct envelope *envelope,
                                  const struct envelope_meta *meta, size_t records)
{
    (void)envelope;
    return page_turn_to(reading, meta->next, records);
}

/* ---- Pages ---- */

static postern_status read_meta(const struct reading *reading, const struct envelope *envelope,
                                struct envelope_meta *meta)
{
    postern_status status = envelope_meta(reading, envelope, meta);
    if (status < 0) return status;
    return envelope_failed(envelope) || meta->status >= 400 ? failure_of_envelope(reading, envelope, meta)
                                                            : POSTERN_OK;
}

/* Why the next page is not asked for, although the records of this one are taken; NULL if it is. */
static const char *why_it_stays(const struct reading *reading, const struct envelope *envelope,
                                const struct envelope_meta *meta)
{
    if (meta->bad_next) return "the token of the next page is no text";
    bool lost = envelope->state == ENVELOPE_DAMAGED && (may_ask_again(reading) || envelope->meta.size == 0);
    return lost ? "the JSON text ends early or breaks off" : NULL;
}

static postern_text name_of(const struct reading *reading)
{
    return kit_text(reading->stream->name);
}

postern_status page_read(const struct reading *reading, const struct page_shape *shape, page_turn *turn)
{
    struct page_reader page = page_reader_of(reading, shape, name_of(reading));
    struct envelope envelope = page_envelope(shape, reading->response->body);
    struct envelope_meta meta;
    if (envelope.state == ENVELOPE_NONE) return failure_unreadable(reading, "it is no JSON object");
    postern_status status = read_meta(reading, &envelope, &meta);
    if (status < 0) return status;
    bool meta_seen = envelope.meta.size;
    if (!meta_seen && envelope.data.size == 0)
        return failure_unreadable(reading, "it has neither meta nor data");
    status = page_read_list(&page, &envelope);
    page.records += envelope.further.size > 0;
    if (status == POSTERN_OK) status = envelope_further(&envelope, reading, page.name);
    if (status == POSTERN_OK && !meta_seen && envelope.meta.size) /* it stood behind what is damaged */
        status = read_meta(reading, &envelope, &meta);
    if (status == POSTERN_OK && envelope.behind.size)
        status =
            set_aside(reading, page.name, envelope.behind, "these bytes stand behind the end of the page");
    if (status < 0) return status;
    const char *reason = why_it_stays(reading, &envelope, &meta);
    if (!reason) return turn(reading, &envelope, &meta, page.records);
    reading->answer->flags |= POSTERN_ANSWER_READ_ON;
    return failure_unreadable(reading, reason);
}

/* ---- What was set aside ---- */

postern_status page_read_set_aside(const struct reading *reading, const struct page_shape *shape,
                                   const postern_set_aside *what)
{
    struct page_reader page = page_reader_of(reading, shape, name_of(reading));
    if (page_is_container(&page, what->bytes)) return page_read_container(&page, what->bytes);
    struct envelope envelope = page_envelope(shape, what->bytes);
    if (envelope.state != ENVELOPE_NONE && envelope.meta.size && envelope.data.size) {
        postern_status status = page_read_list(&page, &envelope);
        if (status == POSTERN_OK) status = envelope_further(&envelope, reading, page.name);
        if (status < 0 || envelope.behind.size == 0) return status;
        return set_aside(reading, page.name, envelope.behind, "these bytes stand behind the end of the page");
    }
    if (!loose_is_json(what->bytes)) return set_aside(reading, page.name, what->bytes, "it is no JSON");
    return page_read_loose(&page, what->bytes);
}
