-- Mails and what was found in them as OCSF 1.6.0 Email Activity (class_uid 4009, profile security_control). What has no place there
-- is kept under `unmapped`. Audit events and others that are no mails are dropped: give them a pipeline of their own.
local map = postern.map
local field, first, list, when, object, item = map.field, map.first, map.list, map.when, map.object, map.item

-- OCSF pairs each number with its caption: severity_id and severity.
local ACTIVITIES = { [1] = "Send", [2] = "Receive", [3] = "Scan", [5] = "MTA Relay" }
local DIRECTIONS = { [0] = "Unknown", [1] = "Inbound", [2] = "Outbound", [3] = "Internal" }
local SEVERITIES = { [1] = "Informational", [3] = "Medium", [4] = "High" }
local STATUSES = { [0] = "Unknown", [1] = "Success", [2] = "Failure" }
local ACTIONS = { [0] = "Unknown", [1] = "Allowed", [2] = "Denied", [3] = "Observed" }
local DISPOSITIONS = { [0] = "Unknown", [1] = "Allowed", [2] = "Blocked", [3] = "Quarantined", [5] = "Deleted", [15] = "Detected",
                       [17] = "Logged", [19] = "Alert" } -- beside 99 stands what Mimecast calls it
local OBSERVABLES = { [2] = "IP Address", [5] = "Email Address", [6] = "URL String", [7] = "File Name", [8] = "Hash" }

local function file_hash(name, id, caption)
  return name:each(object { { "algorithm_id", id }, { "algorithm", caption }, { "value", item() } })
end

local function observable(name, id, values)
  return values:each(object { { "name", name }, { "type_id", id }, { "type", OBSERVABLES[id] }, { "value", item() } })
end

-- What happened: the logs of the mail flow have types, all others tell of a scan.
local delivered = field("delivered"):boolean()
local delivery = map.any(map.meta("type"):equals "delivery", delivered:exists())
local activity = when(delivery, 1, map.meta("type"):enum({ receipt = 2, jrnl = 5 }, 3))
local direction = field("Dir", "direction", "route"):copy():lower():enum({ inbound = 1, outbound = 2, internal = 3 }, 0)

-- What was done about it. Several actions are a comma list (`hold, notification`), of which the first counts.
local action = field("action", "Act", "actionTriggered"):copy()
local done = first(action:before ",", action):lower()
local finding = map.any(field "virus", field "virusFound", map.meta("type"):one_of("av", "ttp-url", "ttp-attachment", "impersonation", "iep"),
  field("scanResult", "result"):one_of("malicious", "unsafe"), field("taggedMalicious"):boolean())
local disposition = first(
  done:enum { acc = 1, allow = 1, none = 1, rej = 2, reject = 2, block = 2, bnc = 2, bounce = 2, hld = 3, hold = 3, delete = 5,
              notification = 17, warn = 19 },
  when(done, 99), when(delivered:equals(true), 1), when(finding, 15), 0)
local control = disposition:enum { [0] = 0, [1] = 1, [2] = 2, [3] = 2, [5] = 2, [15] = 3, [17] = 3, [19] = 3, [99] = 99 }
local status = when(map.any(delivered:equals(false), disposition:one_of(2, 5)), 2,
  when(map.any(delivered:equals(true), disposition:equals(1)), 1, 0))
local severity = when(map.any(field "virus", field "virusFound", field("scanResult", "result"):one_of("malicious", "unsafe"),
  field("taggedMalicious"):boolean()), 4, when(map.any(finding, disposition:one_of(2, 3, 5, 19)), 3, 1))

-- Who and what. API 2.0 may put the time behind the id of a mail.
local mail_id = first(field "aCode", field("aggregateId"):match "^(.+)_%d%d%d%d%d%d%d%d%d%d$", field "aggregateId")
local envelope_from = field("senderEnvelope", "Sender", "senderAddress"):email("address"):lower()
local header_from = field("senderHeader", "headerFrom", "fromUserEmailAddress"):email("address"):lower()
local from = first(header_from, envelope_from)
local to = field("recipients", "Rcpt", "Recipient", "recipientAddress", "userEmailAddress"):email("address"):lower()
local ip = first(field("SourceIP", "senderIp", "sendingIp", "senderIpAddress"):ip(), field("IP"):ip())
local url = field("url"):trim():except "N/A" -- :trim() lets texts through only
local file_name = field("fileName"):trim()
local sha256 = field("sha256", "fileHash"):hash "sha256"
local scanned = object {
  { "name", file_name }, { "type_id", when(file_name, 1) }, { "type", when(file_name, "Regular File") },
  { "ext", field("fileExt", "fileExtension"):extension() }, { "mime_type", field("fileMime", "fileType") },
  { "size", field("Size", "sizeAttachment"):size() },
  { "hashes", list(file_hash(field("md5"):hash "md5", 1, "MD5"), file_hash(field("sha1"):hash "sha1", 2, "SHA-1"),
    file_hash(sha256, 3, "SHA-256")) },
}
local attached = when(field("AttCnt", "numberAttachments"):equals(1), field("AttNames", "attachments"):names "one",
  field("AttNames", "attachments"):names())

local ocsf = map {
  ignore_case = true,
  schema = postern.script "ocsf/fields",
  { "class_uid", 4009 }, { "class_name", "Email Activity" },
  { "category_uid", 4 }, { "category_name", "Network Activity" },
  { "activity_id", activity }, { "activity_name", activity:enum(ACTIVITIES) },
  { "type_uid", activity:enum { [1] = 400901, [2] = 400902, [3] = 400903, [5] = 400905 } },
  { "type_name", map.concat("Email Activity: ", activity:enum(ACTIVITIES)) },
  { "time", first(field("datetime", "timestamp", "date", "eventTime"):format "ms", map.meta "time", map.meta "received") },
  { "severity_id", severity }, { "severity", severity:enum(SEVERITIES) },
  { "status_id", status }, { "status", status:enum(STATUSES) },
  { "status_code", field("RejCode", "rejectionCode"):text() },
  { "status_detail", field("RejInfo", "rejectionInfo", "Err", "Error", "deliveryErrors", "receiptErrors", "Hld", "holdReason", "reason", "blockReason") },
  { "action_id", control }, { "action", first(control:enum(ACTIONS), action) },
  { "disposition_id", disposition }, { "disposition", first(disposition:enum(DISPOSITIONS), action) },
  { "direction_id", direction }, { "direction", direction:enum(DIRECTIONS) },
  { "protocol_name", when(map.meta("type"):one_of("receipt", "delivery"), "SMTP") },
  { "attempt", field("Attempt", "deliveryAttempts"):integer() },
  { "from", envelope_from },
  { "to", list(to) },
  { "message_trace_uid", mail_id },
  { "email.uid", mail_id },
  { "email.message_uid", field("MsgId", "messageId") },
  { "email.subject", field "subject" },
  { "email.size", field("MsgSize", "emailSize"):size() },
  { "email.from", from },
  { "email.to", list(to) },
  { "email.files", list(scanned, attached:each(object { { "name", item() }, { "type_id", 1 }, { "type", "Regular File" } })) },
  { "email.urls", list(url:each(object {
    { "url_string", item() }, { "scheme", item():url "scheme" }, { "hostname", item():url "domain" },
    { "domain", item():url "registered_domain" }, { "subdomain", item():url "subdomain" }, { "port", item():url "port" },
    { "path", item():url "path" }, { "query_string", item():url "query" } })) },
  { "src_endpoint.ip", when(map.none(delivery), ip) },
  { "dst_endpoint.ip", when(delivery, field("destinationIp", "IP"):ip()) },
  { "dst_endpoint.hostname", field("Hostname"):host() },
  { "observables", list(observable("email.from", 5, from), observable("email.to", 5, to),
    observable("src_endpoint.ip", 2, when(map.none(delivery), ip)), observable("email.urls.url_string", 6, url),
    observable("email.files.name", 7, list(file_name, attached)), observable("email.files.hashes.value", 8, sha256)) },
  { "metadata.version", "1.6.0" },
  { "metadata.product.name", "Email Security" },
  { "metadata.product.vendor_name", "Mimecast" },
  { "metadata.profiles", list "security_control" },
  { "metadata.uid", map.meta "id" },
  { "metadata.log_provider", map.meta "source" },
  { "metadata.log_name", map.meta "type" },
  { "metadata.tenant_uid", first(field("acc", "accountId"), map.meta "account") },
  { "metadata.logged_time", map.meta "received" },
  -- { "raw_data", map.original() },   -- doubles the size of each event; `unmapped` has all that the rest of the document lacks
  { "unmapped", map.rest() },
}

local NO_MAILS = { audit = true, ["archive-search"] = true, ["archive-view"] = true, ["threat-intel"] = true }

return function(event, ctx)
  local source = event.auditType and "audit" or ctx.source
  if NO_MAILS[source] then return nil, source .. " events are no mails" end
  return ocsf(event)
end
