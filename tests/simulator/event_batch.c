/* A mail event as API 2.0 writes it: the same happening as API 1.0's record, with the same marker and the
 * same values, under long names and mostly as texts. Made from that record, so that the two cannot differ. */
#include "mail.h"
#include "times.h"
#include <stdio.h>
#include <string.h>

enum value_form {
    KEPT,       /* as API 1.0 has it */
    TEXT_FORM,  /* numbers and booleans as texts */
    RECIPIENTS, /* a text or a list */
    RECIPIENT,  /* under its name in the plural or the singular */
    NULL_BLANK, /* an empty text as null */
    DETAIL,     /* what may come encoded several times */
    NEW_VALUE   /* API 1.0 does not have it: `from` is the value */
};

/* `from` is a member of API 1.0's record. */
struct renamed {
    const char *name, *from;
    enum value_form form;
};

#define MESSAGE                                                                                              \
    {"messageId", "MsgId", KEPT},                                                                            \
    {                                                                                                        \
        "subject", "Subject", KEPT                                                                           \
    }
#define TLS_MEMBERS                                                                                          \
    {"tlsVersion", "TlsVer", KEPT},                                                                          \
    {                                                                                                        \
        "tlsCipher", "Cphr", KEPT                                                                            \
    }
#define REJECTION                                                                                            \
    {"rejectionType", "RejType", KEPT}, {"rejectionCode", "RejCode", KEPT},                                  \
    {                                                                                                        \
        "rejectionInfo", "RejInfo", KEPT                                                                     \
    }
#define HASHES                                                                                               \
    {"sha256", "sha256", KEPT}, {"sha1", "sha1", KEPT},                                                      \
    {                                                                                                        \
        "md5", "md5", KEPT                                                                                   \
    }
#define SENDER                                                                                               \
    {                                                                                                        \
        "senderEnvelope", "Sender", KEPT                                                                     \
    }
#define END                                                                                                  \
    {                                                                                                        \
        NULL, NULL, KEPT                                                                                     \
    }

enum { MOST_MEMBERS = 24 };

static const struct renamed members[SIEM_TYPES][MOST_MEMBERS] = {
    [RECEIPT] = {{"action", "Act", KEPT},
                 SENDER,
                 {"senderHeader", "headerFrom", KEPT},
                 {"recipients", "Rcpt", RECIPIENTS},
                 MESSAGE,
                 {"senderIp", "IP", KEPT},
                 {"direction", "Dir", KEPT},
                 {"numberAttachments", "AttCnt", TEXT_FORM},
                 REJECTION,
                 {"receiptErrors", "Error", KEPT},
                 {"virusFound", "Virus", KEPT},
                 TLS_MEMBERS,
                 {"spamInfo", "SpamInfo", KEPT},
                 {"spamScore", "SpamScore", TEXT_FORM},
                 {"spamDetectionLevel", "SpamLimit", TEXT_FORM},
                 {"spamProcessingDetail", "SpamProcessingDetail", DETAIL},
                 END},
    [PROCESS] = {{"action", "Act", KEPT},
                 SENDER,
                 MESSAGE,
                 {"holdReason", "Hld", NULL_BLANK},
                 {"numberAttachments", "AttCnt", TEXT_FORM},
                 {"totalSizeAttachments", "AttSize", TEXT_FORM},
                 {"attachments", "AttNames", KEPT},
                 {"emailSize", "MsgSize", TEXT_FORM},
                 END},
    [DELIVERY] = {SENDER,
                  {"recipients", "Rcpt", RECIPIENTS},
                  MESSAGE,
                  {"delivered", "Delivered", TEXT_FORM},
                  {"destinationIp", "IP", KEPT},
                  {"Hostname", "\"mail-gateway.example\"", NEW_VALUE},
                  {"direction", "Dir", KEPT},
                  {"route", "Route", KEPT},
                  {"deliveryAttempts", "Attempt", TEXT_FORM},
                  {"deliveryTime", "Latency", TEXT_FORM},
                  {"deliveryErrors", "Err", KEPT},
                  REJECTION,
                  {"tlsUsed", "UseTls", KEPT},
                  TLS_MEMBERS,
                  {"emailSize", "Snt", TEXT_FORM},
                  {"numberAttachments", "AttCnt", TEXT_FORM},
                  {"totalSizeAttachments", "AttSize", TEXT_FORM},
                  END},
    [JOURNAL] = {SENDER, {"recipients", "Rcpt", RECIPIENTS}, {"direction", "Dir", KEPT}, END},
    [ANTIVIRUS] = {SENDER,
                   {"senderDomain", "SenderDomain", KEPT},
                   {"senderDomainInternal", "SenderDomainInternal", TEXT_FORM},
                   {"senderIp", "IP", KEPT},
                   {"recipients", "Recipient", RECIPIENTS},
                   MESSAGE,
                   {"route", "Route", KEPT},
                   {"virusFound", "Virus", KEPT},
                   {"fileName", "fileName", KEPT},
                   {"fileExtension", "fileExt", KEPT},
                   HASHES,
                   {"emailSize", "Size", TEXT_FORM},
                   END},
    [SPAM] = {SENDER,
              {"senderHeader", "headerFrom", KEPT},
              {"senderDomain", "SenderDomain", KEPT},
              {"senderIp", "SourceIP", KEPT},
              {"recipients", "Recipient", RECIPIENTS},
              MESSAGE,
              {"route", "Route", KEPT},
              END},
    [URL_PROTECT] = {{"action", "action", KEPT},
                     {"url", "url", KEPT},
                     {"urlCategory", "urlCategory", KEPT},
                     {"blockReason", "reason", KEPT},
                     {"analysis", "\"null\"", NEW_VALUE},
                     {"sourceIp", "sourceIp", KEPT},
                     {"senderDomain", "senderDomain", KEPT},
                     {"senderEnvelope", "sender", KEPT},
                     {"recipients", "recipient", RECIPIENTS},
                     {"messageId", "msgid", KEPT},
                     {"subject", "subject", KEPT},
                     {"route", "route", KEPT},
                     END},
    [ATTACHMENT_PROTECT] = {SENDER,
                            {"senderDomain", "SenderDomain", KEPT},
                            {"senderIp", "IP", KEPT},
                            {"recipient", "Recipient", RECIPIENT},
                            MESSAGE,
                            {"route", "Route", KEPT},
                            {"fileName", "fileName", KEPT},
                            {"fileExtension", "fileExt", KEPT},
                            {"fileMime", "fileMime", KEPT},
                            {"sizeAttachment", "Size", TEXT_FORM},
                            HASHES,
                            END},
    [IMPERSONATION] = {{"action", "Action", KEPT},
                       SENDER,
                       {"senderIp", "IP", KEPT},
                       {"recipients", "Recipient", RECIPIENTS},
                       MESSAGE,
                       {"route", "Route", KEPT},
                       {"policyDefinition", "Definition", KEPT},
                       {"itemsDetected", "Hits", TEXT_FORM},
                       {"taggedExternal", "TaggedExternal", KEPT},
                       {"taggedMalicious", "TaggedMalicious", KEPT},
                       {"internalUserName", "InternalName", KEPT},
                       {"newDomain", "NewDomain", KEPT},
                       {"replyMismatch", "ReplyMismatch", KEPT},
                       {"similarInternalDomain", "SimilarInternalDomain", KEPT},
                       {"similarCustomExternalDomain", "SimilarCustomExternalDomain", KEPT},
                       {"customNameMatch", "CustomName", KEPT},
                       {"mimecastThreatDictionary", "ThreatDictionary", KEPT},
                       {"customThreatDictionary", "CustomThreatDictionary", KEPT},
                       END},
    [INTERNAL_PROTECT] = {SENDER,
                          {"recipients", "Recipient", RECIPIENTS},
                          MESSAGE,
                          {"route", "Route", KEPT},
                          {"urlCategory", "UrlCategory", KEPT},
                          {"scanResults", "ScanResultInfo", KEPT},
                          {"monitoredDomainSource", "null", NEW_VALUE},
                          {"similarDomain", "null", NEW_VALUE},
                          END},
};

const char *batch_type_name(enum siem_type type)
{
    static const char *const names[SIEM_TYPES] = {"receipt",
                                                  "process",
                                                  "delivery",
                                                  "journal",
                                                  "av",
                                                  "spam",
                                                  "url protect",
                                                  "attachment protect",
                                                  "impersonation protect",
                                                  "internal email protect"};
    return names[type];
}

enum { RECORD_MEMBERS = 40 };

/* API 1.0's record, taken apart: names and the texts of their values. */
struct taken_apart {
    struct {
        const char *name, *value;
        size_t name_size, value_size;
    } members[RECORD_MEMBERS];
    size_t count;
};

static const char *end_of_value(const char *at, const char *end)
{
    int depth = 0;
    for (bool quoted = false; at < end && (quoted || depth || (*at != ',' && *at != '}')); at++) {
        if (quoted && *at == '\\')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
    }
    return at;
}

static void take_apart(const struct text *json, struct taken_apart *record)
{
    const char *at = json->data + 1, *end = json->data + json->size;
    record->count = 0;
    while (at < end && *at == '"' && record->count < RECORD_MEMBERS) {
        const char *name = ++at;
        at += strcspn(at, "\"");
        const char *value = at + 2;
        record->members[record->count].name = name;
        record->members[record->count].name_size = (size_t)(at - name);
        at = end_of_value(value, end);
        record->members[record->count].value = value;
        record->members[record->count++].value_size = (size_t)(at - value);
        at++;
    }
}

/* The text of the value of a member; an empty one if it is not there. */
static struct text value_of(const struct taken_apart *record, const char *name)
{
    struct text value = {0};
    size_t size = strlen(name);
    for (size_t i = 0; i < record->count && !value.size; i++)
        if (record->members[i].name_size == size && memcmp(record->members[i].name, name, size) == 0)
            text_append(&value, record->members[i].value, record->members[i].value_size);
    return value;
}

static void encode_once(struct text *value)
{
    struct text encoded = {0};
    text_json(&encoded, value->data, value->size);
    text_free(value);
    *value = encoded;
}

static void write_member(struct object *object, const struct renamed *member,
                         const struct taken_apart *record, bool varied, struct random *random)
{
    unsigned chance = (unsigned)random_below(random, 1000);
    if (member->form == NEW_VALUE) {
        object_raw(object, member->name, member->from);
        return;
    }
    struct text value = value_of(record, member->from);
    const char *name = member->name;
    bool is_text = value.size && value.data[0] == '"',
         is_null = value.size && strcmp(value.data, "null") == 0;
    switch (member->form) {
    case TEXT_FORM:
        if (!is_text && !is_null) encode_once(&value);
        break;
    case RECIPIENT:
        if (varied && chance < 500) name = "recipients";
        break;
    case RECIPIENTS:
        if (varied && is_text && chance < 200) {
            struct text list = {0};
            text_printf(&list, "[%s]", value.data);
            text_free(&value);
            value = list;
        }
        break;
    case NULL_BLANK:
        if (value.size == 2) {
            text_clear(&value);
            text_puts(&value, "null");
        }
        break;
    case DETAIL:
        for (unsigned more = !varied || is_text ? 0 : chance / 334; more; more--)
            encode_once(&value);
        break;
    case KEPT:
    case NEW_VALUE:
        break;
    }
    if (value.size) object_raw(object, name, value.data);
    text_free(&value);
}

static void write_common(struct object *object, const struct event_style *style, const struct event *event,
                         const struct taken_apart *record, struct random *random)
{
    bool varied = style->varied, other_names = varied && random_chance(random, 200);
    struct mail mail = mail_of(style, event);
    if (varied && random_chance(random, 400)) {
        object_integer(object, "_offset", (int64_t)random_below(random, 1000000));
        object_integer(object, "_partition", (int64_t)random_below(random, 12));
    }
    int64_t fraction_ms = style->nasty ? (int64_t)(event->sequence % SECOND) : 0;
    object_integer(object, "timestamp", event->event_ms + fraction_ms);
    /* Both ids may end in a time; events of one mail share the first. */
    uint64_t bits = mix2(style->seed ^ style->account, event->message);
    char ending[24] = "";
    if (varied && bits % 10 < 3) snprintf(ending, sizeof ending, "_%u", 1767225600u + event->message);
    object_format(object, "aggregateId", "%s%s", mail.code, ending);
    object_format(object, "processingId", "%016llx%08x%s", (unsigned long long)bits, event->type, ending);
    object_text(object, "accountId", style->account_code);
    object_text(object, other_names ? "eventType" : "type", batch_type_name(event->type));
    struct text subtype = value_of(record, event->type == DELIVERY      ? "Delivered"
                                           : event->type == URL_PROTECT ? "action"
                                                                        : "Act");
    if (subtype.size && subtype.data[0] != '"') encode_once(&subtype);
    object_raw(object, other_names ? "subType" : "subtype", subtype.size ? subtype.data : "null");
    text_free(&subtype);
}

void event_write_batch(struct text *out, const struct event_style *style, const struct event *event)
{
    struct text first_form = {0};
    struct taken_apart record;
    event_write_siem(&first_form, style, event);
    take_apart(&first_form, &record);
    struct random random = {mix2(event_random(style, event).state, 3)};
    struct object object;
    object_begin(&object, out, false);
    write_common(&object, style, event, &record, &random);
    for (const struct renamed *member = members[event->type]; member->name; member++)
        write_member(&object, member, &record, style->varied, &random);
    object_end(&object);
    text_free(&first_form);
}
