#include "siem_type.h"

/* The types, in the order in which hints decide: the surest first. */
enum siem_type {
    DELIVERY,
    RECEIPT,
    PROCESS,
    AV,
    IMPERSONATION,
    TTP_URL,
    IEP,
    JRNL,
    SPAM,
    TTP_ATTACHMENT,
    TYPES
};

const char *const siem_types[TYPES + 1] = {
    [DELIVERY] = "delivery",
    [RECEIPT] = "receipt",
    [PROCESS] = "process",
    [AV] = "av",
    [IMPERSONATION] = "impersonation",
    [TTP_URL] = "ttp-url",
    [IEP] = "iep",
    [JRNL] = "jrnl",
    [SPAM] = "spam",
    [TTP_ATTACHMENT] = "ttp-attachment",
};

/* In this order, since names such as "ttp_impersonation" hold more than one. */
static const struct {
    const char *part;
    enum siem_type type;
} name_parts[] = {
    {"impersonation", IMPERSONATION},
    {"spam", SPAM},
    {"ttp_url", TTP_URL},
    {"ttp_ap", TTP_ATTACHMENT},
    {"iep", IEP},
    {"av_tse", AV},
    {"antivirus", AV},
    {"jrnl", JRNL},
    {"journal", JRNL},
    {"receipt", RECEIPT},
    {"delivery", DELIVERY},
    {"process", PROCESS},
};

/* In lower case, with blanks between the words. */
static const struct {
    const char *wire;
    enum siem_type type;
} wire_names[] = {
    {"receipt", RECEIPT},
    {"process", PROCESS},
    {"delivery", DELIVERY},
    {"journal", JRNL},
    {"jrnl", JRNL},
    {"av", AV},
    {"antivirus", AV},
    {"spam", SPAM},
    {"url protect", TTP_URL},
    {"ttp url", TTP_URL},
    {"attachment protect", TTP_ATTACHMENT},
    {"ttp attachment", TTP_ATTACHMENT},
    {"ttp ap", TTP_ATTACHMENT},
    {"impersonation protect", IMPERSONATION},
    {"impersonation", IMPERSONATION},
    {"ttp impersonation", IMPERSONATION},
    {"ttp ip", IMPERSONATION},
    {"internal email protect", IEP},
    {"iep", IEP},
};

static const struct {
    const char *key; /* lower case: the case varies */
    enum siem_type type;
} telling_keys[] = {
    {"attempt", DELIVERY},
    {"delivered", DELIVERY},
    {"err", DELIVERY},
    {"latency", DELIVERY},
    {"receiptack", DELIVERY},
    {"snt", DELIVERY},
    {"usetls", DELIVERY},
    {"error", RECEIPT},
    {"spaminfo", RECEIPT},
    {"spamlimit", RECEIPT},
    {"spamscore", RECEIPT},
    {"spamprocessingdetail", RECEIPT},
    {"attnames", PROCESS},
    {"hld", PROCESS},
    {"msgsize", PROCESS},
    {"ipinternalname", PROCESS},
    {"ipnewdomain", PROCESS},
    {"ipreplymismatch", PROCESS},
    {"ipsimilardomain", PROCESS},
    {"ipthreaddict", PROCESS},
    {"customerip", AV},
    {"mimecastip", AV},
    {"senderdomaininternal", AV},
    {"definition", IMPERSONATION},
    {"hits", IMPERSONATION},
    {"taggedmalicious", IMPERSONATION},
    {"taggedexternal", IMPERSONATION},
    {"internalname", IMPERSONATION},
    {"customname", IMPERSONATION},
    {"newdomain", IMPERSONATION},
    {"replymismatch", IMPERSONATION},
    {"similarinternaldomain", IMPERSONATION},
    {"similarcustomexternaldomain", IMPERSONATION},
    {"similarmimecastexternaldomain", IMPERSONATION},
    {"threatdictionary", IMPERSONATION},
    {"customthreatdictionary", IMPERSONATION},
    {"reason", TTP_URL},
    {"scanresultinfo", IEP},
    {"rcptacttype", JRNL},
    {"rcpthdrtype", JRNL},
    {"filename", TTP_ATTACHMENT},
};

/* Only spam logs have both of these. */
#define HINT_SOURCE_IP   (UINT32_C(1) << TYPES)
#define HINT_HEADER_FROM (UINT32_C(1) << (TYPES + 1))

const char *siem_type_of_name(postern_text name)
{
    for (size_t i = 0; i < sizeof name_parts / sizeof *name_parts; i++)
        if (text_has_ignoring_case(name, name_parts[i].part)) return siem_types[name_parts[i].type];
    return NULL;
}

/* Blanks, dashes and underscores are the same, and so are the cases. */
static bool is_wire_name(postern_text value, const char *name)
{
    if (value.size != strlen(name)) return false;
    for (size_t i = 0; i < value.size; i++) {
        char c = kit_lower(value.data[i]);
        if ((c == '_' || c == '-' ? ' ' : c) != name[i]) return false;
    }
    return true;
}

const char *siem_type_of_wire(postern_text value)
{
    if (text_starts_ignoring_case(value, "email_")) value = kit_span(value.data + 6, value.size - 6);
    for (size_t i = 0; i < sizeof wire_names / sizeof *wire_names; i++)
        if (is_wire_name(value, wire_names[i].wire)) return siem_types[wire_names[i].type];
    return NULL;
}

const char *siem_ci_type_of_wire(postern_text value)
{
    static const char *const names[] = {"ci-entities", "ci-mailflow", "ci-urlclick"};
    if (text_starts_ignoring_case(value, "ci-")) value = kit_span(value.data + 3, value.size - 3);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_wire_name(value, names[i] + 3)) return names[i];
    return NULL;
}

void siem_type_hint(uint32_t *hints, postern_text key)
{
    for (size_t i = 0; i < sizeof telling_keys / sizeof *telling_keys; i++)
        if (text_may_be(key, telling_keys[i].key) && kit_is_ignoring_case(key, telling_keys[i].key))
            *hints |= UINT32_C(1) << telling_keys[i].type;
    if (kit_is_ignoring_case(key, "sourceip")) *hints |= HINT_SOURCE_IP;
    if (kit_is_ignoring_case(key, "headerfrom")) *hints |= HINT_HEADER_FROM;
}

const char *siem_type_of_hints(uint32_t hints)
{
    if (hints & HINT_SOURCE_IP && hints & HINT_HEADER_FROM) hints |= UINT32_C(1) << SPAM;
    for (int type = 0; type < TYPES; type++)
        if (hints & UINT32_C(1) << type) return siem_types[type];
    return "";
}
