"""One happening as API 1.0 and as API 2.0 tell it: pairs of siem records, and how their mapped documents are compared.

What the maps make must be equal. What Mimecast calls by two names keeps its own under `mimecast.` and is compared by NAMES; what only one
of the APIs tells is in EXCEPTIONS."""
import json

# Under mimecast.: API 1.0's name = API 2.0's.
NAMES = dict(pair.split("=") for pair in """acc=accountId Sender=senderEnvelope headerFrom=senderHeader Rcpt=recipients Recipient=recipients
    AttSize=totalSizeAttachments SpamScore=spamScore SpamLimit=spamDetectionLevel AttCnt=numberAttachments MsgSize=emailSize Attempt=deliveryAttempts Latency=deliveryTime
    Route=route UrlCategory=urlCategory ScanResultInfo=scanResults Hits=itemsDetected SenderDomainInternal=senderDomainInternal
    TaggedExternal=taggedExternal TaggedMalicious=taggedMalicious InternalName=internalUserName CustomName=customNameMatch NewDomain=newDomain
    ReplyMismatch=replyMismatch SimilarInternalDomain=similarInternalDomain SimilarCustomExternalDomain=similarCustomExternalDomain
    SimilarMimecastExternalDomain=similarMimecastExternalDomain ThreatDictionary=mimecastThreatDictionary
    CustomThreatDictionary=customThreatDictionary""".split())

ONE, TWO = "API 1.0", "API 2.0"
# Of which log type ("" = of all), which field, which API has it alone, and why. A row that no pair needs fails the test.
EXCEPTIONS = {
    ("", "mimecast.processingId", TWO): "API 1.0 has no such id",
    ("", "mimecast.aggregateId", TWO): "with the time behind it; email.local_id is equal",
    ("", "mimecast.subtype", TWO): "API 1.0 has one type only",
    ("", "mimecast.subType", TWO): "likewise, as older records spell it",
    ("receipt", "mimecast.numberAttachments", TWO): "not every receipt of API 1.0 counts them",
    ("receipt", "source.domain", ONE): "a receipt of API 2.0 has the sender's address only",
    ("receipt", "related.hosts", ONE): "likewise",
    ("receipt", "mimecast.totalSizeAttachments", ONE): "a receipt of API 2.0 has no sizes",
    ("receipt", "mimecast.route", ONE): "a receipt of API 2.0 has the direction only",
    ("receipt", "mimecast.Helo", ONE): "seen in API 1.0 only",
    ("receipt", "mimecast.RcptCnt", ONE): "seen in API 1.0 only",
    ("receipt", "mimecast.Geo", ONE): "seen in API 1.0 only",
    ("receipt", "mimecast.Queue", ONE): "seen in API 1.0 only",
    ("process", "mimecast.IP*", ONE): "the checks of impersonation are not in API 2.0's process records",
    ("delivery", "destination.domain", TWO): "API 1.0 does not name the server that a mail went to",
    ("delivery", "related.hosts", TWO): "likewise",
    ("delivery", "mimecast.Hostname", TWO): "likewise",
    ("delivery", "mimecast.emailSize", TWO): "API 1.0 has the bytes that were sent (Snt) instead",
    ("delivery", "mimecast.Snt", ONE): "API 2.0 has the size of the mail (emailSize) instead",
    ("delivery", "mimecast.ReceiptAck", ONE): "what the other server said is not in API 2.0",
    ("jrnl", "mimecast.RcptActType", ONE): "not in API 2.0",
    ("jrnl", "mimecast.RcptHdrType", ONE): "not in API 2.0",
    ("av", "email.local_id", TWO): "API 1.0's records of files and links do not say of which mail they are",
    ("ttp-attachment", "email.local_id", TWO): "likewise",
    ("ttp-url", "email.local_id", TWO): "likewise",
    ("av", "email.attachments.file.mime_type", ONE): "API 2.0's virus records have neither the type nor the size of the file",
    ("av", "email.attachments.file.size", ONE): "likewise",
    ("av", "mimecast.emailSize", TWO): "API 1.0 has the size of the file instead",
    ("av", "mimecast.MimecastIP", ONE): "not in API 2.0",
    ("av", "mimecast.CustomerIP", ONE): "not in API 2.0",
    ("ttp-url", "mimecast.analysis.*", TWO): "what was found behind the link stands in a field of API 2.0's own",
    ("ttp-url", "mimecast.credentialTheft.*", ONE): "API 2.0 has it in what was found behind the link (analysis)",
    ("iep", "mimecast.monitoredDomainSource", TWO): "not in API 1.0",
    ("iep", "mimecast.similarDomain", TWO): "not in API 1.0",
    ("iep", "url.*", ONE): "API 2.0 does not say which link it was",
    ("iep", "related.hosts", ONE): "likewise",
}


def line(log_type, record, stream="siem"):
    about = {"account": "acme", "source": "siem", "stream": stream, "type": log_type, "id": f"{7:032x}", "received": 1767225900000}
    return json.dumps({"postern": about, "event": record}, ensure_ascii=False).encode()


def flat(value, path=""):
    """Path → value; the members of lists of objects are those of the list."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from flat(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value) and not path.startswith("mimecast."):
        members = [dict(flat(one, path)) for one in value]
        for name in {name: None for one in members for name in one}:
            yield name, [one.get(name) for one in members]
    else:
        yield path, value


def fields_of(document):
    """As API 2.0 names them."""
    found = {}
    for path, value in flat(document):
        name = path.removeprefix("mimecast.")
        found["mimecast." + NAMES.get(name, name) if path != name else path] = value
    found["@timestamp"] = found["@timestamp"][:19] # API 1.0 has whole seconds
    return found


def is_excepted(log_type, path, api, used):
    for key in EXCEPTIONS:
        of, name, has_it = key
        same = path.startswith(name[:-1]) if name.endswith("*") else path == name
        if same and has_it == api and of in ("", log_type):
            used.add(key)
            return True
    return False


def without(more, fewer):
    """The list `more` without what `fewer` lacks; its order stays."""
    return [one for one in more if one in fewer]


def differences(log_type, first, second, used):
    """What is not equal in the documents of the two APIs, and no exception; `used` gathers the exceptions that were needed."""
    one, two = fields_of(first), fields_of(second)
    for path in {**one, **two}:
        if one.get(path) == two.get(path):
            continue
        lists = isinstance(one.get(path), list) and isinstance(two.get(path), list)
        if path not in two or lists and without(one[path], two[path]) == two[path]:
            api = ONE
        elif path not in one or lists and without(two[path], one[path]) == one[path]:
            api = TWO
        else:
            api = None
        if not api or not is_excepted(log_type, path, api, used):
            yield (log_type, path), f"{one.get(path)!r} of {ONE} and {two.get(path)!r} of {TWO}"


# ---- By hand ----

MAIL_1 = {"aCode": "k3vXq9", "acc": "C0A0", "datetime": "2026-01-01T01:00:00+0100", "MsgId": "<1@s.example>", "Subject": "Gr\u00fc\u00dfe, a|b=c"}
MAIL_2 = {"aggregateId": "k3vXq9", "processingId": "p7Zk_1767225600", "accountId": "C0A0", "timestamp": 1767225600123, "messageId": "<1@s.example>",
          "subject": "Gr\u00fc\u00dfe, a|b=c", "_offset": 1825747, "_partition": 53, "subtype": None}
SPAM_DETAIL = {"spf": {"info": "SPF_PASS", "allow": True}, "dkim": {"info": "DKIM_UNKNOWN", "allow": False}}
HASHES = {"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
          "md5": "d41d8cd98f00b204e9800998ecf8427e"}


def pick(source, *left_out):
    return {name: value for name, value in source.items() if name not in left_out}


FLAGS_1 = dict.fromkeys("""TaggedExternal InternalName ReplyMismatch SimilarInternalDomain SimilarCustomExternalDomain
    SimilarMimecastExternalDomain ThreatDictionary CustomThreatDictionary""".split(), "false")
FLAGS_2 = {NAMES[name]: value for name, value in FLAGS_1.items()}

# Log type, the record of API 1.0, that of API 2.0.
BY_HAND = [
    ("receipt", {**MAIL_1, "Act": "Acc", "Dir": "Inbound", "IP": "192.0.2.10", "Sender": "bounce@news.example", "headerFrom": "Ada Lo <ada@news.example>",
                 "Rcpt": ["bob@corp.example"], "SpamLimit": 28, "SpamInfo": "[]", "SpamScore": 1, "SpamProcessingDetail": SPAM_DETAIL,
                 "TlsVer": "TLSv1.3", "Cphr": "TLS_AES_256_GCM_SHA384", "Virus": None, "RejType": "", "RejCode": "", "RejInfo": "", "Error": None},
     {**MAIL_2, "type": "receipt", "aggregateId": "k3vXq9_1767225600", "action": "Acc", "direction": "Inbound", "senderIp": "192.0.2.10",
      "senderEnvelope": "bounce@news.example", "senderHeader": "Ada Lo <ada@news.example>", "recipients": "bob@corp.example", "spamDetectionLevel": "28",
      "spamInfo": "[]", "spamScore": "1", "spamProcessingDetail": json.dumps(json.dumps(SPAM_DETAIL)), "tlsVersion": "TLSv1.3",
      "tlsCipher": "TLS_AES_256_GCM_SHA384", "virusFound": None, "rejectionType": None, "rejectionCode": None, "rejectionInfo": None,
      "receiptErrors": None, "numberAttachments": "0"}),
    ("receipt", {**MAIL_1, "Act": "Rej", "Dir": "Inbound", "IP": "2001:db8::7", "Sender": "<>", "Rcpt": "bob@corp.example", "RejType": "Recipient Verification",
                 "RejCode": "550", "RejInfo": "Invalid Recipient", "Error": "gone", "Virus": "Eicar", "SpamProcessingDetail": json.dumps(SPAM_DETAIL)},
     {**pick(MAIL_2, "timestamp"), "TIMESTAMP": "1767225600000", "eventType": "Receipt", "subType": "Rej", "action": "Rej", "direction": "inbound",
      "senderIp": "2001:db8::7", "senderEnvelope": "<>", "recipients": ["bob@corp.example"], "rejectionType": "Recipient Verification", "rejectionCode": 550,
      "rejectionInfo": "Invalid Recipient", "receiptErrors": "gone", "virusFound": "Eicar", "spamProcessingDetail": SPAM_DETAIL}),
    ("process", {**MAIL_1, "Act": "Hld", "Hld": "Spm", "Sender": "a@s.example", "MsgSize": 4000, "AttCnt": 2, "AttSize": 3000,
                 "AttNames": ["agenda, v2.pdf", "logo.png"], "IPNewDomain": True, "IPInternalName": "false"},
     {**MAIL_2, "type": "process", "action": "Hld", "holdReason": "Spm", "senderEnvelope": "a@s.example", "emailSize": "4000", "numberAttachments": "2",
      "totalSizeAttachments": "3000", "attachments": "\"agenda, v2.pdf\", \"logo.png\""}),
    ("process", {**MAIL_1, "Act": "Acc", "Hld": None, "Sender": "a@s.example", "MsgSize": "90", "AttCnt": "1", "AttSize": "7", "AttNames": "\"a, b.pdf\","},
     {**MAIL_2, "Logtype": "email_process", "action": "Acc", "holdReason": None, "senderEnvelope": "a@s.example", "emailSize": 90, "numberAttachments": 1,
      "totalSizeAttachments": 7, "attachments": ["a, b.pdf"]}),
    ("delivery", {**MAIL_1, "Delivered": True, "Dir": "Outbound", "Route": "Exchange Online", "IP": "203.0.113.5", "Sender": "a@corp.example",
                  "Rcpt": "b@other.example", "UseTls": "Yes", "TlsVer": "TLSv1.2", "Cphr": "X", "Attempt": 1, "Latency": 300, "Snt": 5000,
                  "ReceiptAck": "250 2.6.0 queued", "AttCnt": 0, "AttSize": 0, "AttNames": None},
     {**MAIL_2, "type": "delivery", "delivered": "true", "direction": "Outbound", "route": "Exchange Online", "destinationIp": "203.0.113.5",
      "Hostname": "mx.other.example", "senderEnvelope": "a@corp.example", "recipients": ["b@other.example"], "tlsUsed": "true", "tlsVersion": "TLSv1.2",
      "tlsCipher": "X", "deliveryAttempts": "1", "deliveryTime": "300", "emailSize": "5123", "numberAttachments": "0", "totalSizeAttachments": "0"}),
    ("delivery", {**MAIL_1, "Delivered": "false", "Dir": "Outbound", "IP": "203.0.113.5", "Sender": "a@corp.example", "Rcpt": "b@other.example, c@other.example",
                  "UseTls": "No", "RejType": "Remote Server Rejected", "RejCode": 450, "RejInfo": "4.7.1 Greylisted", "Err": "timed out"},
     {**MAIL_2, "mcType": "email_delivery", "delivered": False, "direction": "OUTBOUND", "destinationIp": "203.0.113.5", "senderEnvelope": "a@corp.example",
      "recipients": "b@other.example,c@other.example", "tlsUsed": "No", "rejectionType": "Remote Server Rejected", "rejectionCode": "450",
      "rejectionInfo": "4.7.1 Greylisted", "deliveryErrors": "timed out"}),
    ("jrnl", {**pick(MAIL_1, "MsgId", "Subject"), "Sender": "a@x.example", "Rcpt": ["b@x.example", "c@x.example"], "Dir": "Internal", "RcptActType": "Jnl",
              "RcptHdrType": "Unknown"},
     {**pick(MAIL_2, "messageId", "subject"), "type": "journal", "senderEnvelope": "a@x.example", "recipients": ["b@x.example", "c@x.example"],
      "direction": "Internal"}),
    ("av", {**MAIL_1, **HASHES, "Sender": "a@bad.example", "SenderDomain": "bad.example", "SenderDomainInternal": "false", "Recipient": "b@x.example",
            "IP": "192.0.2.1", "Route": "Inbound", "Virus": "Eicar", "fileName": "\"Invoice 1.zip\"", "fileExt": "zip", "fileMime": "application/zip",
            "Size": 184, "MimecastIP": "false", "CustomerIP": "true"},
     {**MAIL_2, **HASHES, "type": "av", "senderEnvelope": "a@bad.example", "senderDomain": "bad.example", "senderDomainInternal": False,
      "recipients": "b@x.example", "senderIp": "192.0.2.1", "route": "inbound", "virusFound": "Eicar", "fileName": "Invoice 1.zip", "fileExtension": "zip",
      "emailSize": "900"}),
    ("spam", {**MAIL_1, "Sender": "a@s.example", "SenderDomain": "s.example", "SourceIP": "2001:db8::1", "headerFrom": "a@s.example",
              "Recipient": "b@x.example", "Route": "Inbound"},
     {**MAIL_2, "type": "spam", "senderEnvelope": "a@s.example", "senderDomain": "s.example", "senderIp": "2001:db8::1", "senderHeader": "a@s.example",
      "recipients": ["b@x.example"], "route": "Inbound"}),
    ("ttp-url", {**pick(MAIL_1, "aCode", "MsgId", "Subject"), "msgid": "<1@s.example>", "subject": "look", "sender": "a@s.example", "senderDomain": "s.example",
                 "recipient": "b@x.example", "sourceIp": "192.0.2.9", "route": "inbound", "url": "https://s.example:8443/a/track.php?u=1&next=%2Fa|b#top",
                 "urlCategory": "Phishing & Fraud", "action": "Block", "reason": "malicious", "credentialTheft": {"tags": ["A"]}},
     {**pick(MAIL_2, "aggregateId"), "type": "url protect", "subject": "look", "senderEnvelope": "a@s.example", "senderDomain": "s.example",
      "recipients": ["b@x.example"], "sourceIp": "192.0.2.9", "route": "inbound", "url": "https://s.example:8443/a/track.php?u=1&next=%2Fa|b#top",
      "urlCategory": "Phishing & Fraud", "action": "Block", "blockReason": "malicious", "analysis": "{\"credentialTheftTags\":[\"A\"]}"}),
    ("ttp-url", {**pick(MAIL_1, "aCode"), "Sender": "a@s.example", "Recipient": "b@x.example", "url": "N/A", "action": "N/A", "credentialTheft": None},
     {**pick(MAIL_2, "aggregateId"), "type": "url-protect", "senderEnvelope": "a@s.example", "recipient": "b@x.example", "url": "N/A", "action": "N/A",
      "analysis": "null"}),
    ("ttp-attachment", {**pick(MAIL_1, "aCode"), **HASHES, "Sender": "a@s.example", "SenderDomain": "s.example", "Recipient": "b@x.example",
                        "IP": "192.0.2.1", "Route": "Inbound", "fileName": "a.docm", "fileExt": "docm", "fileMime": "application/x", "Size": 7},
     {**pick(MAIL_2, "aggregateId"), **HASHES, "type": "attachment protect", "senderEnvelope": "a@s.example", "senderDomain": "s.example",
      "recipient": "b@x.example", "senderIp": "192.0.2.1", "route": "Inbound", "fileName": "a.docm", "fileExtension": "docm", "fileMime": "application/x",
      "sizeAttachment": "7"}),
    ("impersonation", {**MAIL_1, **FLAGS_1, "Sender": "a@s.example", "Recipient": "b@x.example", "IP": "192.0.2.1", "Route": "Inbound",
                       "Definition": "Default", "Hits": 2, "Action": "Hold", "TaggedMalicious": "true", "NewDomain": "new.example", "CustomName": True},
     {**MAIL_2, **FLAGS_2, "type": "impersonation protect", "senderEnvelope": "a@s.example", "recipients": "b@x.example", "senderIp": "192.0.2.1",
      "route": "inbound", "policyDefinition": "Default", "itemsDetected": "2", "action": "Hold", "taggedMalicious": True, "newDomain": "new.example",
      "customNameMatch": "true"}),
    ("iep", {**MAIL_1, "Sender": "a@x.example", "Recipient": "b@x.example", "Route": "Internal", "UrlCategory": "Phishing", "URL": "http://s.example/1",
             "ScanResultInfo": "Blocked URL Category"},
     {**MAIL_2, "type": "internal email protect", "senderEnvelope": "a@x.example", "recipients": ["b@x.example"], "route": "Internal",
      "urlCategory": "Phishing", "scanResults": "Blocked URL Category", "monitoredDomainSource": "internal", "similarDomain": "x-corp.example"}),
]
