-- Inputs are events as Mimecast writes them, one of each log.
local function siem(type) return { account = "acme", source = "siem", type = type } end
local function of(source) return { account = "acme", source = source, type = source } end
local CEF = "CEF:0|Mimecast|Email Security|1.0|"

return {
  { name = "siem: a subject that would write fields of its own", ctx = siem "receipt",
    input = [[{"datetime":"2026-11-27T10:00:00+0100","aCode":"a1","acc":"C0A0","IP":"192.0.2.1","Dir":"Inbound","MsgId":"<1@partner.example>",
      "Subject":"a|b \\ src=192.0.2.9\r\nCEF:0|x","headerFrom":"Ann Lee <Ann@Partner.example>","Sender":"<>",
      "Rcpt":["Bo@Acme.example","cy@acme.example"],"Act":"Acc"}]],
    line = CEF .. "siem:receipt|siem:receipt accept|1|rt=1795770000000 deviceExternalId=C0A0 externalId=a1 act=accept deviceDirection=0 "
      .. "src=192.0.2.1 suser=ann@partner.example duser=bo@acme.example,cy@acme.example "
      .. [[msg=a|b \\ src\=192.0.2.9\nCEF:0|x cs1Label=messageId cs1=<1@partner.example>]] },
  { name = "the header is escaped, too", ctx = of "audit", input = { auditType = "a|b\\c\nd=e", eventTime = "2026-11-27T10:00:00Z" },
    line = CEF .. [[audit|a\|b\\c d=e|1|rt=1795773600000 deviceExternalId=acme]] },
  { name = "siem: a delivery, the names of API 2.0", ctx = siem "delivery",
    input = { timestamp = 1795770000123, aggregateId = "b1", delivered = "false", destinationIp = "198.51.100.7", recipients = "bo@acme.example",
      rejectionInfo = "full" },
    line = CEF .. "siem:delivery|siem:delivery fail|1|rt=1795770000123 deviceExternalId=acme externalId=b1 act=fail outcome=failure "
      .. "dst=198.51.100.7 duser=bo@acme.example reason=full" },
  { name = "siem: a virus", ctx = siem "av", input = { datetime = "2026-11-27T10:00:00Z", Virus = "Eicar", fileName = "x.zip", Size = 12, md5 = "ab" },
    line = CEF .. "siem:av|siem:av|9|rt=1795773600000 deviceExternalId=acme fname=x.zip fsize=12 fileHash=ab cs3Label=virus cs3=Eicar" },
  { name = "no time and no account: when Postern received it", ctx = { account = "", source = "dlp", type = "dlp", received = 1795780000000 },
    input = { eventTime = "yesterday", action = "hold" }, line = CEF .. "dlp|dlp hold|6|rt=1795780000000 act=hold" },
  { name = "audit", ctx = of "audit",
    input = { auditType = "Logon Authentication Failed", user = "Admin@Acme.example", eventTime = "2026-11-27T10:00:00Z", category = "c",
      eventInfo = "Failed, IP: 192.0.2.66, Application: Web" },
    line = CEF .. "audit|Logon Authentication Failed|3|rt=1795773600000 deviceExternalId=acme cat=c src=192.0.2.66 "
      .. "suser=admin@acme.example msg=Failed, IP: 192.0.2.66, Application: Web" },
  { name = "ttp-url", ctx = of "ttp-url",
    input = { date = "2026-11-27T10:00:00Z", url = "https://bad.example/a?u=1&v=2", action = "block", scanResult = "malicious",
      sendingIp = "Internal IP", userEmailAddress = "Cy@acme.example", fromUserEmailAddress = "x@bad.example" },
    line = CEF .. "ttp-url|ttp-url block|9|rt=1795773600000 deviceExternalId=acme act=block suser=x@bad.example duser=cy@acme.example "
      .. [[request=https://bad.example/a?u\=1&v\=2 cs4Label=result cs4=malicious]] },
  { name = "ttp-attachment", ctx = of "ttp-attachment",
    input = { date = "2026-11-27T10:00:00Z", fileName = "a=b|c.docm", result = "safe", actionTriggered = "hold, notification" },
    line = CEF .. [[ttp-attachment|ttp-attachment hold|6|rt=1795773600000 deviceExternalId=acme act=hold fname=a\=b|c.docm ]]
      .. "cs4Label=result cs4=safe" },
  { name = "ttp-impersonation", ctx = of "ttp-impersonation",
    input = { eventTime = "2026-11-27T10:00:00Z", action = "none", taggedMalicious = true, senderIpAddress = "203.0.113.9", definition = "CEO" },
    line = CEF .. "ttp-impersonation|ttp-impersonation none|9|rt=1795773600000 deviceExternalId=acme act=none src=203.0.113.9 "
      .. "cs2Label=policy cs2=CEO" },
  { name = "dlp", ctx = of "dlp", input = { eventTime = "2026-11-27T10:00:00Z", action = "notification", route = "outbound", policy = "Cards" },
    line = CEF .. "dlp|dlp notification|1|rt=1795773600000 deviceExternalId=acme act=notification deviceDirection=1 cs2Label=policy cs2=Cards" },
}
