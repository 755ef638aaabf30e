/* The ten MTA log types. The event's marker is in Sender (an address that takes replies apart, as bulk
 * senders use), or in MsgId where Sender is empty. */
#include "mail.h"
#include "times.h"
#include <stdio.h>

struct writer {
    const struct event_style *style;
    const struct event *event;
    struct object object;
    struct random random;
    struct mail mail;
    bool blank_sender;
    char marker[MARKER_SIZE];
};

#define MEMBERS(writer) (&(writer)->object)

/* Numbers and other values that must come through as they were written. */
static const char *const odd_values[] = {"1.0",  "1e5",  "12345678901234567890", "null", "[]", "{}", "true",
                                         "-0.0", "\"\"", "[null,{\"a\":[]}]",    "\"7\""};

static void number_or_odd(struct writer *w, const char *key, uint64_t limit)
{
    if (w->style->nasty && random_chance(&w->random, 15))
        object_raw(MEMBERS(w), key, PICK(&w->random, odd_values));
    else
        object_integer(MEMBERS(w), key, (int64_t)random_below(&w->random, limit));
}

static void write_time(struct writer *w)
{
    static const int offsets[] = {-240, 60, 0, 600, -300, 330}; /* the account's, in minutes */
    if (w->style->nasty && random_chance(&w->random, 4)) return;
    struct text time = {0};
    time_iso(&time, w->event->event_ms, offsets[w->style->account % 6],
             w->style->nasty && random_chance(&w->random, 10));
    if (w->style->nasty && random_chance(&w->random, 3)) time.data[time.size - 5] = '\0'; /* no offset */
    object_text(MEMBERS(w), "datetime", time.data);
    text_free(&time);
}

static void write_sender(struct writer *w, const char *key)
{
    if (w->blank_sender)
        object_text(MEMBERS(w), key, "<>");
    else
        object_format(MEMBERS(w), key, "bounce+%s@%s", w->marker, w->mail.sender_domain);
}

static void write_message_id(struct writer *w, const char *key)
{
    if (w->blank_sender)
        object_format(MEMBERS(w), key, "<%s@%s>", w->marker, w->mail.sender_domain);
    else
        object_text(MEMBERS(w), key, w->mail.blank_id ? "" : w->mail.message_id);
}

static void write_recipient(struct writer *w, const char *key)
{
    if (w->event->variant) {
        object_format(MEMBERS(w), key, "team%u@%s", w->event->variant, w->mail.domain);
    } else if (w->style->nasty && random_chance(&w->random, 60)) {
        struct text list = {0};
        text_printf(&list, "[\"%s\",\"archive@%s\"]", w->mail.recipient, w->mail.domain);
        object_raw(MEMBERS(w), key, list.data);
        text_free(&list);
    } else {
        object_text(MEMBERS(w), key, w->mail.recipient);
    }
}

static void write_subject(struct writer *w, const char *key)
{
    object_text(MEMBERS(w), key, w->mail.subject);
}

static void write_header_from(struct writer *w)
{
    object_format(MEMBERS(w), "headerFrom", "%s %s <news@%s>", w->mail.first_name, w->mail.last_name,
                  w->mail.sender_domain);
}

static void write_tls(struct writer *w)
{
    bool modern = random_chance(&w->random, 800);
    object_text(MEMBERS(w), "TlsVer", modern ? "TLSv1.3" : "TLSv1.2");
    object_text(MEMBERS(w), "Cphr",
                modern ? "TLS_AES_256_GCM_SHA384" : "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
}

static void write_hashes(struct writer *w)
{
    static const struct {
        const char *key;
        size_t digits;
    } hashes[] = {{"sha256", 64}, {"sha1", 40}, {"md5", 32}};
    for (size_t i = 0; i < 3; i++) {
        char hex[65];
        random_hex(&w->random, hex, hashes[i].digits);
        object_text(MEMBERS(w), hashes[i].key, hex);
    }
}

/* An object, its JSON as a text, or that text encoded once more. */
static void write_spam_detail(struct writer *w)
{
    static const char *const results[] = {"SPF_PASS", "SPF_FAIL", "SPF_SOFTFAIL", "ALLOW"};
    struct text json = {0};
    text_printf(&json,
                "{\"spf\":{\"info\":\"%s\",\"allow\":%s},\"dkim\":{\"info\":\"DKIM_UNKNOWN\",\"allow\":true},"
                "\"dmarc\":{\"info\":\"DMARC_NONE\",\"allow\":true},"
                "\"greyEmail\":%s}",
                PICK(&w->random, results), random_chance(&w->random, 800) ? "true" : "false",
                random_chance(&w->random, 100) ? "true" : "false");
    unsigned encodings = w->style->plain_detail || random_chance(&w->random, 600) ? 0
                         : random_chance(&w->random, 800)                         ? 1
                                                                                  : 2;
    for (; encodings; encodings--) {
        struct text encoded = {0};
        text_json(&encoded, json.data, json.size);
        text_free(&json);
        json = encoded;
    }
    object_raw(MEMBERS(w), "SpamProcessingDetail", json.data);
    text_free(&json);
}

static void write_receipt(struct writer *w)
{
    bool rejected = random_chance(&w->random, 40);
    object_text(MEMBERS(w), "Act", rejected ? "Rej" : random_chance(&w->random, 10) ? "Ign" : "Acc");
    object_text(MEMBERS(w), "Dir", w->mail.direction);
    object_text(MEMBERS(w), "IP", w->mail.address);
    write_header_from(w);
    write_recipient(w, "Rcpt");
    write_subject(w, "Subject");
    number_or_odd(w, "SpamLimit", 29);
    object_text(MEMBERS(w), "SpamInfo", "[]");
    number_or_odd(w, "SpamScore", 50);
    write_spam_detail(w);
    write_tls(w);
    object_raw(MEMBERS(w), "Virus", "null");
    object_text(MEMBERS(w), "RejType", rejected ? "Recipient Verification" : "");
    object_text(MEMBERS(w), "RejCode", rejected ? "550" : "");
    object_text(MEMBERS(w), "RejInfo", rejected ? "Invalid Recipient - 'user unknown'" : "");
    object_raw(MEMBERS(w), "Error", "null");
    object_text(MEMBERS(w), "SenderDomain", w->mail.sender_domain);
    number_or_odd(w, "AttCnt", 4);
    number_or_odd(w, "AttSize", 900000);
    object_text(MEMBERS(w), "Route", "Default Route");
    object_format(MEMBERS(w), "Helo", "mx%u.example", (unsigned)random_below(&w->random, 9));
    object_integer(MEMBERS(w), "RcptCnt", 1 + (int64_t)random_below(&w->random, 3));
    object_text(MEMBERS(w), "Geo", "NL");
    object_format(MEMBERS(w), "Queue", "q-%08x", (unsigned)random_next(&w->random));
}

static void write_process(struct writer *w)
{
    bool held = random_chance(&w->random, 60);
    object_text(MEMBERS(w), "Act", held ? "Hld" : "Acc");
    object_text(MEMBERS(w), "Hld", held ? "Spm" : "");
    write_subject(w, "Subject");
    number_or_odd(w, "MsgSize", 4000000);
    number_or_odd(w, "AttCnt", 3);
    number_or_odd(w, "AttSize", 3000000);
    if (random_chance(&w->random, 400))
        object_text(MEMBERS(w), "AttNames", "\"agenda, v2.pdf\", \"logo.png\",");
    else
        object_raw(MEMBERS(w), "AttNames", "null");
    static const char *const checks[] = {"IPInternalName", "IPNewDomain", "IPReplyMismatch",
                                         "IPSimilarDomain", "IPThreadDict"};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        object_raw(MEMBERS(w), checks[i], random_chance(&w->random, 50) ? "true" : "null");
}

static void write_delivery(struct writer *w)
{
    bool delivered = random_chance(&w->random, 950);
    object_raw(MEMBERS(w), "Delivered", delivered ? "true" : "false");
    object_text(MEMBERS(w), "Dir", w->mail.direction);
    object_text(MEMBERS(w), "Route", "Exchange Online");
    object_format(MEMBERS(w), "IP", "203.0.113.%u", (unsigned)random_below(&w->random, 254) + 1);
    write_recipient(w, "Rcpt");
    write_subject(w, "Subject");
    number_or_odd(w, "AttCnt", 3);
    number_or_odd(w, "AttSize", 3000000);
    number_or_odd(w, "Snt", 5000000);
    number_or_odd(w, "Latency", 90000);
    object_integer(MEMBERS(w), "Attempt", 1 + w->event->variant);
    object_text(MEMBERS(w), "UseTls", "Yes");
    write_tls(w);
    if (delivered)
        object_format(MEMBERS(w), "ReceiptAck", "250 2.6.0 %s [InternalId=%u] Queued mail for delivery",
                      w->mail.message_id, (unsigned)random_below(&w->random, 100000000));
    else
        object_raw(MEMBERS(w), "ReceiptAck", "null");
    object_text(MEMBERS(w), "RejType", delivered ? "" : "Remote Server Rejected");
    object_text(MEMBERS(w), "RejCode", delivered ? "" : "450");
    object_text(MEMBERS(w), "RejInfo", delivered ? "" : "4.7.1 Greylisted | try=later");
    object_raw(MEMBERS(w), "Err", delivered ? "null" : "\"Connection timed out\"");
}

static void write_journal(struct writer *w)
{
    object_text(MEMBERS(w), "Dir", w->mail.direction);
    write_recipient(w, "Rcpt");
    object_text(MEMBERS(w), "RcptActType", "Jnl");
    object_text(MEMBERS(w), "RcptHdrType", "Unknown");
}

static void write_file(struct writer *w)
{
    static const char *const extensions[] = {"docm", "zip", "js", "pdf", "xlsx"};
    const char *extension = PICK(&w->random, extensions);
    object_format(MEMBERS(w), "fileName", "Invoice %u.%s", (unsigned)random_below(&w->random, 9999),
                  extension);
    object_text(MEMBERS(w), "fileExt", extension);
    object_text(MEMBERS(w), "fileMime", "application/octet-stream");
    number_or_odd(w, "Size", 2000000);
    write_hashes(w);
}

static void write_threat_mail(struct writer *w, const char *address_key)
{
    object_text(MEMBERS(w), "SenderDomain", w->mail.sender_domain);
    write_recipient(w, "Recipient");
    object_text(MEMBERS(w), address_key, w->mail.address);
    object_text(MEMBERS(w), "Route", w->mail.direction);
    write_subject(w, "Subject");
}

static void write_antivirus(struct writer *w)
{
    write_threat_mail(w, "IP");
    object_raw(MEMBERS(w), "SenderDomainInternal", "false");
    object_text(MEMBERS(w), "Virus", "Possible Eicar-Test-Signature; file=a|b.com");
    write_file(w);
    object_text(MEMBERS(w), "MimecastIP", "false");
    object_text(MEMBERS(w), "CustomerIP", "true");
}

static void write_spam(struct writer *w)
{
    write_threat_mail(w, "SourceIP");
    write_header_from(w);
}

static void write_url(struct writer *w)
{
    object_text(MEMBERS(w), "senderDomain", w->mail.sender_domain);
    write_recipient(w, "recipient");
    object_text(MEMBERS(w), "sourceIp", w->mail.address);
    object_text(MEMBERS(w), "route", w->mail.direction);
    object_format(MEMBERS(w), "url", "https://%s/track?u=%u&next=%%2Fa|b", w->mail.sender_domain,
                  (unsigned)random_next(&w->random));
    object_text(MEMBERS(w), "urlCategory", random_chance(&w->random, 300) ? "Phishing & Fraud" : "Business");
    object_text(MEMBERS(w), "action", random_chance(&w->random, 300) ? "Block" : "Allow");
    object_text(MEMBERS(w), "reason", "malicious");
    write_subject(w, "subject");
    object_raw(MEMBERS(w), "credentialTheft", "null");
}

static void write_attachment(struct writer *w)
{
    write_threat_mail(w, "IP");
    write_file(w);
}

static void write_impersonation(struct writer *w)
{
    write_recipient(w, "Recipient");
    object_text(MEMBERS(w), "IP", w->mail.address);
    object_text(MEMBERS(w), "Route", w->mail.direction);
    write_subject(w, "Subject");
    object_text(MEMBERS(w), "Definition", "Default Impersonation Definition");
    number_or_odd(w, "Hits", 4);
    object_text(MEMBERS(w), "Action", "Hold");
    static const char *const flags[] = {
        "TaggedExternal",   "TaggedMalicious",       "InternalName",          "CustomName",
        "NewDomain",        "ReplyMismatch",         "SimilarInternalDomain", "SimilarCustomExternalDomain",
        "ThreatDictionary", "CustomThreatDictionary"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        object_text(MEMBERS(w), flags[i], random_chance(&w->random, 200) ? "true" : "false");
}

static void write_internal(struct writer *w)
{
    write_recipient(w, "Recipient");
    object_text(MEMBERS(w), "Route", "Internal");
    object_text(MEMBERS(w), "UrlCategory", "Phishing & Fraud");
    object_format(MEMBERS(w), "URL", "http://%s/%u", w->mail.sender_domain,
                  (unsigned)random_next(&w->random));
    object_text(MEMBERS(w), "ScanResultInfo", "Blocked URL Category");
    write_subject(w, "Subject");
}

bool event_without_sender(const struct event_style *style, const struct event *event)
{
    struct random random = event_random(style, event); /* the writer's: this is what it draws first */
    return style->nasty && event->type != JOURNAL && random_chance(&random, 10);
}

void event_write_siem(struct text *out, const struct event_style *style, const struct event *event)
{
    static void (*const bodies[SIEM_TYPES])(struct writer *) = {
        write_receipt, write_process, write_delivery,   write_journal,       write_antivirus,
        write_spam,    write_url,     write_attachment, write_impersonation, write_internal};
    struct writer w = {
        .style = style, .event = event, .random = event_random(style, event), .mail = mail_of(style, event)};
    event_marker(style, event, w.marker);
    bool camel = event->type == URL_PROTECT, journal = event->type == JOURNAL;
    bool has_code = event->type != ANTIVIRUS && !camel && event->type != ATTACHMENT_PROTECT;
    w.blank_sender = style->nasty && !journal && random_chance(&w.random, 10);

    object_begin(MEMBERS(&w), out, random_chance(&w.random, 100));
    write_time(&w);
    if (has_code) object_text(MEMBERS(&w), "aCode", w.mail.code);
    object_text(MEMBERS(&w), "acc", style->account_code);
    write_sender(&w, camel ? "sender" : "Sender");
    if (!journal) write_message_id(&w, camel ? "msgid" : "MsgId");
    bodies[event->type](&w);
    object_end(MEMBERS(&w));
}
