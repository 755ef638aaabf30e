"""What Mimecast sends: the fields of each source and log type, each with the kind of value that stands in it."""

# Of API 1.0, and of both where it is the same. Name:kind; the kinds are in values.py.
TABLE = {
    ("siem", "receipt"): """datetime:time aCode:code acc:code Sender:sender MsgId:message_id Act:word Dir:direction IP:ip headerFrom:header_from
        Rcpt:recipients Subject:subject SpamLimit:count SpamInfo:list_text SpamScore:count SpamProcessingDetail:detail TlsVer:tls Cphr:word
        Virus:prose RejType:prose RejCode:reply_code RejInfo:prose Error:prose SenderDomain:domain AttCnt:count AttSize:size Route:prose
        Helo:domain RcptCnt:count Geo:word Queue:code""",
    ("siem", "process"): """datetime:time aCode:code acc:code Sender:sender MsgId:message_id Act:word Hld:word Subject:subject MsgSize:size
        AttCnt:count AttSize:size AttNames:names IPInternalName:flag IPNewDomain:flag IPReplyMismatch:flag IPSimilarDomain:flag IPThreadDict:flag""",
    ("siem", "delivery"): """datetime:time aCode:code acc:code Sender:sender MsgId:message_id Delivered:flag Dir:direction Route:prose IP:ip
        Rcpt:recipients Subject:subject AttCnt:count AttSize:size Snt:size Latency:count Attempt:count UseTls:yes_no TlsVer:tls Cphr:word
        ReceiptAck:prose RejType:prose RejCode:reply_code RejInfo:prose Err:prose""",
    ("siem", "jrnl"): """datetime:time aCode:code acc:code Sender:sender Dir:direction Rcpt:recipients RcptActType:word RcptHdrType:word""",
    ("siem", "av"): """datetime:time acc:code Sender:sender MsgId:message_id SenderDomain:domain Recipient:recipients IP:ip Route:direction
        Subject:subject SenderDomainInternal:flag Virus:prose fileName:file_name fileExt:extension fileMime:mime Size:size sha256:sha256
        sha1:sha1 md5:md5 MimecastIP:flag CustomerIP:flag""",
    ("siem", "spam"): """datetime:time aCode:code acc:code Sender:sender MsgId:message_id SenderDomain:domain Recipient:recipients SourceIP:ip
        Route:direction Subject:subject headerFrom:header_from reason:prose""",
    ("siem", "ttp-url"): """datetime:time acc:code sender:sender msgid:message_id senderDomain:domain recipient:recipients sourceIp:ip
        route:direction url:url urlCategory:prose action:word reason:prose subject:subject credentialTheft:detail""",
    ("siem", "ttp-attachment"): """datetime:time acc:code Sender:sender MsgId:message_id SenderDomain:domain Recipient:recipients IP:ip
        Route:direction Subject:subject fileName:file_name fileExt:extension fileMime:mime Size:size sha256:sha256 sha1:sha1 md5:md5""",
    ("siem", "impersonation"): """datetime:time aCode:code acc:code Sender:sender MsgId:message_id Recipient:recipients IP:ip Route:direction
        Subject:subject Definition:prose Hits:count Action:word TaggedExternal:flag TaggedMalicious:flag InternalName:flag CustomName:flag
        NewDomain:flag ReplyMismatch:flag SimilarInternalDomain:flag SimilarCustomExternalDomain:flag SimilarMimecastExternalDomain:flag
        ThreatDictionary:flag CustomThreatDictionary:flag""",
    ("siem", "iep"): """datetime:time aCode:code acc:code Sender:sender MsgId:message_id Recipient:recipients Route:direction UrlCategory:prose
        URL:url ScanResultInfo:prose Subject:subject""",
    ("audit", ""): "id:code auditType:audit_type user:address eventTime:time eventInfo:event_info category:word",
    ("ttp-url", ""): """userEmailAddress:recipients fromUserEmailAddress:address url:url ttpDefinition:prose subject:subject action:word
        actions:prose adminOverride:word userOverride:word userAwarenessAction:word scanResult:result category:prose sendingIp:ip date:time
        route:direction creationMethod:prose emailPartsDescription:words messageId:message_id tagMap:object advancedPhishingResult:object""",
    ("ttp-attachment", ""): """senderAddress:address recipientAddress:recipients fileName:file_name fileType:mime result:result
        actionTriggered:prose date:time details:prose route:direction messageId:message_id subject:subject fileHash:sha256 definition:prose""",
    ("ttp-impersonation", ""): """id:code senderAddress:address recipientAddress:recipients subject:subject definition:prose hits:count
        identifiers:words action:word taggedExternal:flag taggedMalicious:flag senderIpAddress:ip eventTime:time
        impersonationResults:results messageId:message_id""",
    ("held-release", "held-release"): """id:code released:time status:word route:direction size:size subject:subject spamScore:count
        detectionLevel:word attachments:flag policy:prose heldReason:prose heldGroup:prose messageInfo:prose rejectReason:prose
        operator:mailbox_or_text fromEnv:mailbox fromHdr:mailbox to:mailboxes spamProcessingDetail:spam_detail""",
    ("rejections", "rejections"): """rejected:time type:prose info:prose remoteIp:ip route:direction subject:subject from:mailbox
        fromHeader:mailbox to:mailboxes messageId:message_id""",
    ("hold-queue", "hold-queue"): """id:code reason:prose reasonId:word reasonCode:word policyInfo:prose from:mailbox fromHeader:mailbox
        to:mailbox subject:subject route:direction hasAttachments:flag size:size dateReceived:time""",
    ("hold-queue", "hold-queue-left"): """id:code reason:prose reasonId:word reasonCode:word policyInfo:prose from:mailbox fromHeader:mailbox
        to:mailbox subject:subject route:direction hasAttachments:flag size:size dateReceived:time""",
    ("archive-search", "archive-search"): """createTime:time emailAddr:sender source:prose searchText:subject searchReason:prose searchPath:prose
        isAdmin:flag museQuery:prose description:prose""",
    ("archive-view", "archive-view"): """viewer:address source:prose viewed:time from:sender to:sender subject:subject messageDate:time
        discoveryCase:prose contentViewed:flag""",
    ("remediation", "remediation"): """id:code code:code type:word reason:prose create:time modified:time identified:count successful:count
        failed:count restored:count searchCriteria:criteria""",
    ("threat-intel", "indicator"): """type:indicator id:code created:time modified:time labels:words description:provided valid_from:time
        pattern:pattern""",
    ("threat-intel", "malware"): "type:other_object id:code created:time modified:time labels:words name:prose",
    ("threat-intel", "observed-data"): """type:other_object id:code created:time modified:time first_observed:time number_observed:count
        objects:object""",
    ("reported-emails", "reported-emails"): "message:reported threatAnalysis:analysis threatReports:prose",
    ("threat-events", "threat-events"): """id:code timestamp:time source:word analysis:threat status:word direction:direction
        messageId:message_id subject:subject senderEnvelope:sender recipients:recipients senderIp:ip url:url sha256:sha256""",
    ("siem-ci", "ci-entities"): """timestamp:epoch accountId:code aggregateId:aggregate processingId:code type:word subtype:word source:word
        direction:direction messageId:message_id subject:subject senderIp:ip senderEnvelope:sender senderHeader:header_from
        recipients:recipients attachments:ci_files historicalMail:flag policiesApplied:ci_policies tags:words threatState:word
        threatType:word""",
    ("siem-ci", "ci-mailflow"): """timestamp:epoch accountId:code aggregateId:aggregate processingId:code type:word messageId:message_id
        authResults:ci_results attempt:count""",
    ("siem-ci", "ci-urlclick"): """timestamp:epoch accountId:code aggregateId:aggregate processingId:code type:word messageId:message_id
        senderHeader:header_from recipients:recipients url:url action:word clickSource:word""",
    ("dlp", ""): """senderAddress:address recipientAddress:recipients subject:subject eventTime:time route:direction policy:prose action:word
        messageId:message_id""",
}

# The records of siem that API 2.0 gives. What lies in the vendor's queue beside them (_offset, _partition) the mapping drops.
MAIL_2 = "timestamp:epoch aggregateId:aggregate processingId:code accountId:code type:wire_type subtype:word "
TABLE_2 = {
    ("siem", "receipt"): MAIL_2 + """action:word senderEnvelope:sender senderHeader:header_from recipients:recipients messageId:message_id
        subject:subject senderIp:ip direction:direction numberAttachments:count rejectionType:prose rejectionCode:reply_code rejectionInfo:prose
        receiptErrors:prose virusFound:prose tlsVersion:tls tlsCipher:word spamInfo:list_text spamScore:count spamDetectionLevel:count
        spamProcessingDetail:detail""",
    ("siem", "process"): MAIL_2 + """action:word senderEnvelope:sender messageId:message_id subject:subject holdReason:word
        numberAttachments:count totalSizeAttachments:size attachments:names emailSize:size""",
    ("siem", "delivery"): MAIL_2 + """senderEnvelope:sender recipients:recipients messageId:message_id subject:subject delivered:flag
        destinationIp:ip Hostname:domain direction:direction route:prose deliveryAttempts:count deliveryTime:count deliveryErrors:prose
        rejectionType:prose rejectionCode:reply_code rejectionInfo:prose tlsUsed:yes_no tlsVersion:tls tlsCipher:word emailSize:size
        numberAttachments:count totalSizeAttachments:size""",
    ("siem", "jrnl"): MAIL_2 + "senderEnvelope:sender recipients:recipients direction:direction",
    ("siem", "av"): MAIL_2 + """senderEnvelope:sender senderDomain:domain senderDomainInternal:flag senderIp:ip recipients:recipients
        messageId:message_id subject:subject route:direction virusFound:prose fileName:file_name fileExtension:extension sha256:sha256 sha1:sha1
        md5:md5 emailSize:size""",
    ("siem", "spam"): MAIL_2 + """senderEnvelope:sender senderHeader:header_from senderDomain:domain senderIp:ip recipients:recipients
        messageId:message_id subject:subject route:direction""",
    ("siem", "ttp-url"): MAIL_2 + """action:word url:url urlCategory:prose blockReason:prose analysis:detail sourceIp:ip senderDomain:domain
        senderEnvelope:sender recipients:recipients messageId:message_id subject:subject route:direction""",
    ("siem", "ttp-attachment"): MAIL_2 + """senderEnvelope:sender senderDomain:domain senderIp:ip recipient:recipients messageId:message_id
        subject:subject route:direction fileName:file_name fileExtension:extension fileMime:mime sizeAttachment:size sha256:sha256 sha1:sha1
        md5:md5""",
    ("siem", "impersonation"): MAIL_2 + """action:word senderEnvelope:sender senderIp:ip recipients:recipients messageId:message_id
        subject:subject route:direction policyDefinition:prose itemsDetected:count taggedExternal:flag taggedMalicious:flag
        internalUserName:flag newDomain:flag replyMismatch:flag similarInternalDomain:flag similarCustomExternalDomain:flag
        similarMimecastExternalDomain:flag customNameMatch:flag mimecastThreatDictionary:flag customThreatDictionary:flag""",
    ("siem", "iep"): MAIL_2 + """senderEnvelope:sender recipients:recipients messageId:message_id subject:subject route:direction
        urlCategory:prose scanResults:prose monitoredDomainSource:prose similarDomain:domain""",
    # Nobody has shown a record: these are names that Mimecast has elsewhere.
    ("rejections", "rejections"): """rejectTime:time rejectionType:prose rejectionInfo:prose rejectionCode:reply_code senderIp:ip
        senderAddress:address recipientAddress:recipients subject:subject direction:direction""",
}
STREAMS = {"threat-intel": "threat-intel-malware-customer"} # of the others the source

# Source, log type, fields with their kinds.
KINDS = [(*key, [tuple(pair.split(":")) for pair in text.split()]) for table in (TABLE, TABLE_2) for key, text in table.items()]

# What the packaged mapping itself writes under mimecast., or might: an event may have such a field of its own.
OUR_NAMES = ("log_type search_details application method 2FA unparsed headerFrom mimecast event @timestamp ecs tags postern event.kind source client user "
             "email related rule organization observer url file data_stream error message labels eventInfo_text").split()

DOCUMENTED = {name for *_, pairs in KINDS for name, _ in pairs} | {"log_type", "application", "method", "2FA", "unparsed"}
