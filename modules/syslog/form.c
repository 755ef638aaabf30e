/* What a message looks like, out of the options. */
#include "message.h"
#include "priority.h"
#include <unistd.h>

/* Printable ASCII without the characters that end a name. */
static bool is_name(postern_text name, size_t most)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] < 33 || name.data[i] > 126 || strchr("=]\"", name.data[i])) return false;
    return name.size > 0 && name.size <= most;
}

static postern_status check_structured_data(const struct message_form *form, postern_error *error)
{
    postern_pair pair;
    size_t count = 0;
    if (!is_name(form->sd_id, 32))
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "sd_id must be 1 to 32 printable characters without blanks, =, ] and \"");
    for (; form->host->option_pair(form->host, "structured_data", count, &pair); count++)
        if (!is_name(pair.name, 32))
            return kit_fail(error, POSTERN_E_CONFIG, NULL,
                            "structured_data: \"%.*s\" cannot be the name of a parameter: 1 to 32 printable "
                            "characters without blanks, =, ] and \"",
                            (int)pair.name.size, pair.name.data);
    if (count > MOST_STRUCTURED_DATA)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "structured_data holds more than %d parameters",
                        MOST_STRUCTURED_DATA);
    return POSTERN_OK;
}

static postern_status check_severity_map(const struct message_form *form, postern_error *error)
{
    postern_pair pair;
    for (size_t i = 0; form->host->option_pair(form->host, "severity_map", i, &pair); i++)
        if (severity_of(pair.value) < 0)
            return kit_fail(error, POSTERN_E_CONFIG, NULL, "severity_map: \"%.*s\" is no severity",
                            (int)pair.value.size, pair.value.data);
    if (form->host->option_pair(form->host, "severity_map", 0, &pair) && !form->severity_field.size)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "severity_map needs severity_field");
    return POSTERN_OK;
}

/* This machine's name, unless the user gives one. */
static postern_text name_of_machine(struct message_form *form)
{
    postern_text given = kit_option_text(form->host, "host");
    if (given.size) return given;
    bool named = gethostname(form->machine, sizeof form->machine - 1) == 0;
    return named ? kit_text(form->machine) : KIT_TEXT("-");
}

postern_status message_form_read(const postern_host *host, struct message_form *form, postern_error *error)
{
    int64_t limit = 0, bom = 0;
    host->option_integer(host, "max_size", &limit);
    host->option_integer(host, "bom", &bom);
    *form = (struct message_form){
        .host = host,
        .is_5424 = kit_is(kit_option_text(host, "format"), "rfc5424"),
        .bom = bom != 0,
        .truncates = kit_is(kit_option_text(host, "too_long"), "truncate"),
        .facility = facility_of(kit_option_text(host, "facility")),
        .severity = severity_of(kit_option_text(host, "severity")),
        .app = kit_option_text(host, "app"),
        .procid = kit_option_text(host, "procid"),
        .msgid = kit_option_text(host, "msgid"),
        .prefix = kit_option_text(host, "prefix"),
        .message = kit_option_text(host, "message"),
        .sd_id = kit_option_text(host, "sd_id"),
        .severity_field = kit_option_text(host, "severity_field"),
        .limit = (size_t)limit,
    };
    form->host_name = name_of_machine(form);
    postern_status status = check_structured_data(form, error);
    return status < 0 ? status : check_severity_map(form, error);
}
