-- Nested objects, lists, choices, a part of a text, and the rest, as a map.
local map = postern.map
local field, list, when = map.field, map.list, map.when

return map {
  { "@timestamp",         field("datetime"):time() },
  { "event.kind",         when(field "RejType", "alert", "event") },
  { "event.outcome",      field("Act"):enum({ Acc = "success", Rej = "failure" }, "unknown") },
  { "event.action",       field("Act"):lower() },
  { "email.direction",    field("Dir"):lower() },
  { "email.subject",      field "Subject" },
  { "email.message_id",   field("MsgId"):after("<"):before(">") },
  { "email.from.address", list(field("headerFrom"):email "address", field("Sender"):email "address") },
  { "email.to.address",   list(field("Rcpt"):email "address") },
  { "source.ip",          field("IP"):ip() },
  { "source.domain",      field("SenderDomain"):lower() },
  { "tls.version",        field("TlsVer"):after "TLSv" },
  { "tls.cipher",         field "Cphr" },
  { "mimecast",           map.rest() },
}
