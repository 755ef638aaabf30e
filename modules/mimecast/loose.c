#include "loose.h"
#include "records.h"

bool loose_is_json(postern_text text)
{
    text = kit_trim(text);
    while (text.size && (*text.data == ',' || kit_is_space(*text.data)))
        text = kit_span(text.data + 1, text.size - 1);
    return text.size && (*text.data == '{' || *text.data == '[');
}

/* What closes a list and the envelope around it. */
static bool only_closes(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!kit_is_space(text.data[i]) && text.data[i] != ']' && text.data[i] != '}') return false;
    return true;
}

static postern_status read_rest(const struct loose_records *loose, postern_text rest, const char *reason)
{
    return kit_trim(rest).size ? damaged(loose->reading, loose->name, rest, reason) : POSTERN_OK;
}

postern_status loose_read(const struct loose_records *loose, postern_text text)
{
    struct record_list list = records_set_aside(text);
    for (;;) {
        struct record record;
        postern_status status = POSTERN_OK;
        loose->begin(loose->context);
        switch (records_next(&list, &record, loose->member, loose->context)) {
        case RECORD:
            status = loose->record(loose->context, record.text);
            break;
        case RECORD_STRANGE:
            status = set_record_aside(loose->reading, loose->name, &record);
            break;
        case RECORD_BROKEN: /* without bytes: a line end stands in the place of the comma */
            if (record.text.size) status = damaged_record(loose->reading, loose->name, &record);
            break;
        case RECORDS_LOST:
            return read_rest(loose, record.text, record.reason);
        case RECORDS_END: {
            postern_text rest = kit_between(list.walk.at, list.walk.end);
            return only_closes(rest) ? POSTERN_OK : read_rest(loose, rest, "it stands behind the records");
        }
        }
        if (status < 0) return status;
    }
}
