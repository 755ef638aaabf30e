#include "siem_keys.h"

/* In lower case and in the order of their bytes. */
static const struct {
    const char *name;
    enum siem_author author;
} known_keys[] = {
    {"acc", AUTHOR_MIMECAST},
    {"acode", AUTHOR_MIMECAST},
    {"act", AUTHOR_MIMECAST},
    {"action", AUTHOR_MIMECAST},
    {"attcnt", AUTHOR_MIMECAST},
    {"attempt", AUTHOR_MIMECAST},
    {"attnames", AUTHOR_OUTSIDERS},
    {"attsize", AUTHOR_MIMECAST},
    {"cphr", AUTHOR_MIMECAST},
    {"credentialtheft", AUTHOR_OUTSIDERS},
    {"customerip", AUTHOR_MIMECAST},
    {"customname", AUTHOR_MIMECAST},
    {"customthreatdictionary", AUTHOR_MIMECAST},
    {"datetime", AUTHOR_MIMECAST},
    {"definition", AUTHOR_OUTSIDERS},
    {"delivered", AUTHOR_MIMECAST},
    {"dir", AUTHOR_MIMECAST},
    {"err", AUTHOR_OUTSIDERS},
    {"error", AUTHOR_OUTSIDERS},
    {"fileext", AUTHOR_OUTSIDERS},
    {"filemime", AUTHOR_OUTSIDERS},
    {"filename", AUTHOR_OUTSIDERS},
    {"headerfrom", AUTHOR_OUTSIDERS},
    {"hits", AUTHOR_MIMECAST},
    {"hld", AUTHOR_MIMECAST},
    {"internalname", AUTHOR_MIMECAST},
    {"ip", AUTHOR_MIMECAST},
    {"ipinternalname", AUTHOR_MIMECAST},
    {"ipnewdomain", AUTHOR_MIMECAST},
    {"ipreplymismatch", AUTHOR_MIMECAST},
    {"ipsimilardomain", AUTHOR_MIMECAST},
    {"ipthreaddict", AUTHOR_MIMECAST},
    {"latency", AUTHOR_MIMECAST},
    {"md5", AUTHOR_MIMECAST},
    {"mimecastip", AUTHOR_MIMECAST},
    {"msgid", AUTHOR_OUTSIDERS},
    {"msgsize", AUTHOR_MIMECAST},
    {"newdomain", AUTHOR_MIMECAST},
    {"rcpt", AUTHOR_ENVELOPE},
    {"rcptacttype", AUTHOR_MIMECAST},
    {"rcpthdrtype", AUTHOR_MIMECAST},
    {"reason", AUTHOR_MIMECAST},
    {"receiptack", AUTHOR_OUTSIDERS},
    {"recipient", AUTHOR_ENVELOPE},
    {"rejcode", AUTHOR_MIMECAST},
    {"rejinfo", AUTHOR_OUTSIDERS},
    {"rejtype", AUTHOR_OUTSIDERS},
    {"replymismatch", AUTHOR_MIMECAST},
    {"route", AUTHOR_MIMECAST},
    {"scanresultinfo", AUTHOR_MIMECAST},
    {"sender", AUTHOR_ENVELOPE},
    {"senderdomain", AUTHOR_MIMECAST},
    {"senderdomaininternal", AUTHOR_MIMECAST},
    {"sha1", AUTHOR_MIMECAST},
    {"sha256", AUTHOR_MIMECAST},
    {"similarcustomexternaldomain", AUTHOR_MIMECAST},
    {"similarinternaldomain", AUTHOR_MIMECAST},
    {"similarmimecastexternaldomain", AUTHOR_MIMECAST},
    {"size", AUTHOR_MIMECAST},
    {"snt", AUTHOR_MIMECAST},
    {"sourceip", AUTHOR_MIMECAST},
    {"spaminfo", AUTHOR_MIMECAST},
    {"spamlimit", AUTHOR_MIMECAST},
    {"spamprocessingdetail", AUTHOR_MIMECAST},
    {"spamscore", AUTHOR_MIMECAST},
    {"subject", AUTHOR_OUTSIDERS},
    {"taggedexternal", AUTHOR_MIMECAST},
    {"taggedmalicious", AUTHOR_MIMECAST},
    {"threatdictionary", AUTHOR_MIMECAST},
    {"tlsver", AUTHOR_MIMECAST},
    {"url", AUTHOR_OUTSIDERS},
    {"urlcategory", AUTHOR_MIMECAST},
    {"usetls", AUTHOR_MIMECAST},
    {"virus", AUTHOR_OUTSIDERS},
};

_Static_assert(sizeof known_keys / sizeof *known_keys <= SIEM_KEYS_MAX, "SIEM_KEYS_MAX is too small");

/* As strcmp, whatever the case of `key`. */
static int compare(postern_text key, const char *name)
{
    for (size_t i = 0; i < key.size; i++) {
        int difference = (unsigned char)kit_lower(key.data[i]) - (unsigned char)name[i];
        if (difference || !name[i]) return difference;
    }
    return name[key.size] ? -1 : 0;
}

int siem_key(postern_text key)
{
    int low = 0, high = (int)(sizeof known_keys / sizeof *known_keys);
    while (low < high) {
        int middle = (low + high) / 2, order = compare(key, known_keys[middle].name);
        if (order == 0) return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

enum siem_author siem_key_author(int key)
{
    return key < 0 ? AUTHOR_MIMECAST : known_keys[key].author;
}
