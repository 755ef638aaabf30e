-- Twelve fields under other names, as a map.
local map = postern.map
local field = map.field

return map {
  { "message_id", field "MsgId" },
  { "time",       field("datetime"):time() },
  { "direction",  field("Dir"):lower() },
  { "action",     field "Act" },
  { "sender",     field("Sender"):lower() },
  { "recipient",  field("Rcpt"):lower() },
  { "subject",    field "Subject" },
  { "source_ip",  field("IP"):ip() },
  { "score",      field("SpamScore"):integer() },
  { "country",    field "Geo" },
  { "size",       field("AttSize"):integer() },
  { "rejection",  field "RejType" },
}
