/* Targeted Threat Protection: clicks, attachments, impersonations. The marker is in the URL, the file name,
 * the sender's address. */
#include "mail.h"
#include "times.h"

static const char *lower_direction(const struct mail *mail)
{
    return mail->direction[0] == 'I' ? mail->direction[2] == 'b' ? "inbound" : "internal" : "outbound";
}

static void write_click(struct object *object, const struct event_style *style, const struct mail *mail,
                        struct random *random, const char *marker, const char *time)
{
    bool old = style->nasty && random_chance(random, 20); /* records of 2020 lack half of the fields */
    bool bad = random_chance(random, 200);
    object_text(object, "userEmailAddress", mail->recipient);
    if (!old) object_format(object, "fromUserEmailAddress", "news@%s", mail->sender_domain);
    object_format(object, "url", "https://%s/c/%s?a=1&b=%%7C", mail->sender_domain, marker);
    object_text(object, "ttpDefinition", "Inbound URL 'Aggressive' Definition");
    if (!old) object_text(object, "subject", mail->subject);
    object_text(object, "action", bad ? "block" : "allow");
    object_text(object, "adminOverride", "N/A");
    object_text(object, "userOverride", "None");
    object_text(object, "scanResult", bad ? "malicious" : "clean");
    object_text(object, "category", "Phishing & Fraud");
    if (!old) object_text(object, "sendingIp", random_chance(random, 50) ? "Internal IP" : mail->address);
    object_text(object, "userAwarenessAction", "N/A");
    object_text(object, "date", time);
    object_text(object, "actions", bad ? "Hold, None" : "Allow");
    object_text(object, "route", lower_direction(mail));
    if (!old) object_text(object, "creationMethod", random_chance(random, 500) ? "User Click" : "Entry Scan");
    object_raw(object, "emailPartsDescription",
               random_chance(random, 50) ? "\"Body\"" : "[\"Body\",\"Subject\"]");
    if (!old) object_text(object, "messageId", mail->blank_id ? "" : mail->message_id);
    if (random_chance(random, 100))
        object_raw(object, "tagMap",
                   "{\"UrlReputationScan\":{\"Status\":[\"Complete\"],\"Type\":[],\"UrlBlock\":[\"true\"]},"
                   "\"ContentCheck\":{}}");
}

static void write_attachment(struct object *object, const struct mail *mail, struct random *random,
                             const char *marker, const char *time)
{
    static const char *const results[] = {"safe", "safe", "safe", "malicious", "timeout", "error"};
    char hash[65];
    random_hex(random, hash, 64);
    object_format(object, "senderAddress", "billing@%s", mail->sender_domain);
    object_text(object, "recipientAddress", mail->recipient);
    object_format(object, "fileName", "Invoice-%s.docm", marker);
    object_text(object, "fileType", "application/vnd.ms-word.document.macroEnabled.12");
    object_text(object, "result", PICK(random, results));
    object_text(object, "actionTriggered", random_chance(random, 100) ? "user release, hold" : "none");
    object_text(object, "date", time);
    object_format(object, "details", "Time taken: 0 hrs, 0 min, %u sec", (unsigned)random_below(random, 60));
    object_text(object, "route", lower_direction(mail));
    object_text(object, "messageId", mail->message_id);
    object_text(object, "subject", mail->subject);
    object_text(object, "fileHash", hash);
    object_text(object, "definition", "Default Attachment Protect Definition");
}

static void write_impersonation(struct object *object, const struct event_style *style,
                                const struct mail *mail, struct random *random, const char *marker,
                                const char *time)
{
    struct text token = {0}, bytes = {0};
    text_printf(&bytes, "%016llx%s", (unsigned long long)style->token_nonce, marker);
    text_base64(&token, bytes.data, bytes.size, true);
    object_format(object, "id", "MTOKEN:eNpn%s", token.data);
    text_free(&token);
    text_free(&bytes);
    object_format(object, "senderAddress", "ceo+%s@%s", marker, mail->sender_domain);
    object_text(object, "recipientAddress", mail->recipient);
    object_text(object, "subject", mail->subject);
    object_text(object, "definition", "Default Impersonation Definition, \"strict\"");
    object_integer(object, "hits", 1 + (int64_t)random_below(random, 3));
    object_raw(object, "identifiers", "[\"similar_internal_domain\",\"reply_address_mismatch\"]");
    object_text(object, "action", random_chance(random, 300) ? "hold" : "none");
    object_raw(object, "taggedExternal", "false");
    object_raw(object, "taggedMalicious", random_chance(random, 700) ? "true" : "false");
    object_text(object, "senderIpAddress", mail->address);
    object_text(object, "eventTime", time);
    object_raw(object, "impersonationResults",
               random_chance(random, 100) ? "[]"
                                          : "[{\"impersonationDomainSource\":\"internal_user_name\","
                                            "\"stringSimilarToDomain\":\"J\\u00f3hn\"}]");
    object_text(object, "messageId", mail->blank_id ? "" : mail->message_id);
}

void event_write_ttp(struct text *out, const struct event_style *style, const struct event *event)
{
    struct random random = event_random(style, event);
    struct mail mail = mail_of(style, event);
    char marker[MARKER_SIZE];
    event_marker(style, event, marker);
    struct text time = {0};
    time_iso(&time, event->event_ms, 0, false);
    struct object object;
    object_begin(&object, out, random_chance(&random, 100));
    if (event->source == TTP_URL)
        write_click(&object, style, &mail, &random, marker, time.data);
    else if (event->source == TTP_ATTACHMENT)
        write_attachment(&object, &mail, &random, marker, time.data);
    else
        write_impersonation(&object, style, &mail, &random, marker, time.data);
    object_end(&object);
    text_free(&time);
}
