-- Tests of siem: all ten log types.

local tests = postern.script "ecs/test_case"
local siem, whole, ABSENT = tests.siem, tests.whole, tests.ABSENT

local SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
local SHA1, MD5 = "da39a3ee5e6b4b0d3255bfef95601890afd80709", "d41d8cd98f00b204e9800998ecf8427e"

return {

  -------------------------------------------------------------------------------------------------------- each type

  whole(siem("receipt", "the whole document", [[{
    "datetime":"2026-01-01T04:00:44-0400","aCode":"7O7I7MvG","acc":"C0A0","Act":"Acc","Dir":"Inbound",
    "IP":"192.0.2.10","Sender":"bounce@news.example","headerFrom":"Ada Lovelace <ada@news.example>",
    "Rcpt":"bob@corp.example","Subject":"Grüße","MsgId":"<1@news.example>","SpamLimit":28,"SpamInfo":"[]","SpamScore":1,
    "SpamProcessingDetail":{"spf":{"info":"SPF_PASS","allow":true}},"TlsVer":"TLSv1.3","Cphr":"TLS_AES_256_GCM_SHA384",
    "Virus":null,"RejType":"","RejCode":"","RejInfo":"","Error":null}]]),
    [[{"@timestamp":"2026-01-01T08:00:44.000Z","ecs":{"version":"8.17.0"},"organization":{"id":"C0A0","name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.siem_logs","kind":"event","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"Acc","outcome":"unknown"},
    "email":{"local_id":"7O7I7MvG","message_id":"<1@news.example>","subject":"Grüße","direction":"inbound",
      "from":{"address":["ada@news.example","bounce@news.example"]},"to":{"address":["bob@corp.example"]}},
    "source":{"ip":"192.0.2.10"},
    "tls":{"cipher":"TLS_AES_256_GCM_SHA384","version":"1.3","version_protocol":"tls"},
    "related":{"user":["ada@news.example","bounce@news.example","bob@corp.example"],"ip":["192.0.2.10"]},
    "mimecast":{"log_type":"receipt","acc":"C0A0","headerFrom":"Ada Lovelace <ada@news.example>","SpamLimit":28,
      "SpamScore":1,"SpamInfo":"[]","SpamProcessingDetail":{"spf":{"info":"SPF_PASS","allow":true}}}}]]),

  siem("receipt", "a rejection is an alert with its reason", [[{"datetime":"2026-01-01T00:00:00+0000","Act":"Rej",
    "RejType":"Recipient Verification","RejCode":"550","RejInfo":"Invalid Recipient","Error":"gone"}]], {
    ["event.kind"] = "alert", ["event.action"] = "Rej", ["event.reason"] = "Invalid Recipient",
    ["error.code"] = "550", ["error.type"] = "Recipient Verification", ["error.message"] = "gone",
    ["mimecast.RejType"] = ABSENT, ["mimecast.RejInfo"] = ABSENT,
  }),

  siem("process", "a held mail, attachments by name", [[{"datetime":"2026-01-01T00:00:00+0000","aCode":"a","Act":"Hld",
    "Hld":"Spm","AttCnt":2,"AttSize":3000,"AttNames":"\"agenda, v2.pdf\", \"logo.png\",","MsgSize":4000,
    "IPNewDomain":true}]], {
    ["event.action"] = "Hld", ["event.reason"] = "Spm", ["event.kind"] = "event",
    ["email.attachments[1].file.name"] = "agenda, v2.pdf", ["email.attachments[2].file.name"] = "logo.png",
    ["email.attachments[3]"] = ABSENT,
    ["email.attachments[1].file.size"] = ABSENT, -- the size is that of all: it is no single file's
    ["mimecast.AttSize"] = 3000, ["mimecast.AttCnt"] = 2, ["mimecast.MsgSize"] = 4000, ["mimecast.IPNewDomain"] = true,
    ["mimecast.AttNames"] = ABSENT,
  }),
  siem("process", "one attachment has the size", [[{"AttCnt":1,"AttSize":"77","AttNames":"a.pdf"}]], {
    ["email.attachments[1].file.name"] = "a.pdf", ["email.attachments[1].file.size"] = 77,
    ["email.attachments[2]"] = ABSENT, ["mimecast.AttSize"] = ABSENT,
  }),

  siem("delivery", "IP is where the mail went", [[{"datetime":"2026-01-01T01:00:00+0100","aCode":"a","Delivered":true,
    "Dir":"Outbound","Route":"Exchange Online","IP":"203.0.113.5","Sender":"a@corp.example","Rcpt":"b@other.example",
    "UseTls":"Yes","TlsVer":"TLSv1.2","Cphr":"X","Attempt":1,"Latency":300,"Snt":5000,
    "ReceiptAck":"250 2.6.0 queued"}]], {
    ["@timestamp"] = "2026-01-01T00:00:00.000Z", ["event.outcome"] = "success", ["event.kind"] = "event",
    ["destination.ip"] = "203.0.113.5", ["source.ip"] = ABSENT, ["related.ip[1]"] = "203.0.113.5",
    ["email.direction"] = "outbound", ["mimecast.Route"] = "Exchange Online",
    ["tls.established"] = true, ["tls.version"] = "1.2", ["tls.cipher"] = "X",
    ["mimecast.Attempt"] = 1, ["mimecast.Latency"] = 300, ["mimecast.Snt"] = 5000,
    ["mimecast.ReceiptAck"] = "250 2.6.0 queued", ["mimecast.Delivered"] = ABSENT,
  }),
  siem("delivery", "a failed attempt", [[{"Delivered":false,"RejType":"Remote Server Rejected","RejCode":450,
    "RejInfo":"4.7.1 Greylisted | try=later","Err":"Connection timed out","UseTls":"No"}]], {
    ["event.outcome"] = "failure", ["event.kind"] = "alert", ["error.message"] = "Connection timed out",
    ["error.code"] = "450", ["event.reason"] = "4.7.1 Greylisted | try=later", ["tls.established"] = false,
  }),

  siem("jrnl", "a journal record", [[{"datetime":"2026-01-01T00:00:00+0000","aCode":"a","Sender":"a@x.example",
    "Rcpt":["b@x.example","c@x.example"],"Dir":"Internal","RcptActType":"Jnl","RcptHdrType":"Unknown"}]], {
    ["mimecast.log_type"] = "jrnl", ["email.to.address[2]"] = "c@x.example", ["email.direction"] = "internal",
    ["mimecast.RcptActType"] = "Jnl", ["related.user[3]"] = "c@x.example",
  }),

  siem("av", "a virus", [[{"datetime":"2026-01-01T00:00:00+0000","Sender":"a@bad.example","SenderDomain":"bad.example",
    "SenderDomainInternal":"false","Recipient":"b@x.example","IP":"192.0.2.1","Route":"Inbound","Virus":"Eicar",
    "fileName":"\"Invoice 1.zip\"","fileExt":"zip","fileMime":"application/zip","Size":184,
    "sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709","md5":"d41d8cd98f00b204e9800998ecf8427e","MimecastIP":"false","CustomerIP":"true"}]], {
    ["mimecast.log_type"] = "avlog", ["event.kind"] = "alert", ["email.direction"] = "inbound",
    ["email.attachments[1].file.name"] = "Invoice 1.zip", -- without its quotes
    ["email.attachments[1].file.extension"] = "zip", ["email.attachments[1].file.mime_type"] = "application/zip",
    ["email.attachments[1].file.size"] = 184, ["email.attachments[1].file.hash.sha256"] = SHA256,
    ["email.attachments[1].file.hash.sha1"] = SHA1, ["email.attachments[1].file.hash.md5"] = MD5,
    ["related.hash[1]"] = SHA256, ["related.hash[2]"] = SHA1, ["related.hash[3]"] = MD5,
    ["source.domain"] = "bad.example", ["source.ip"] = "192.0.2.1", ["related.hosts[1]"] = "bad.example",
    ["mimecast.SenderDomainInternal"] = false, ["mimecast.Virus"] = "Eicar", ["mimecast.CustomerIP"] = true,
    ["mimecast.Route"] = ABSENT,
  }),

  siem("spam", "a spam record", [[{"datetime":"2026-01-01T00:00:00+0000","aCode":"a","Sender":"a@s.example",
    "SenderDomain":"s.example","SourceIP":"2001:db8::1","headerFrom":"a@s.example","Recipient":"b@x.example",
    "Subject":"win","MsgId":"<m>","Route":"Inbound"}]], {
    ["source.ip"] = "2001:db8::1", ["email.from.address[1]"] = "a@s.example",
    ["email.from.address[2]"] = ABSENT, -- the header and the envelope name the same
    ["mimecast.headerFrom"] = ABSENT, ["email.direction"] = "inbound", ["related.ip[1]"] = "2001:db8::1",
  }),

  siem("ttp-url", "keys in camel case", [[{"datetime":"2026-01-01T00:00:00+0000","acc":"C0A0","sender":"a@s.example",
    "senderDomain":"s.example","recipient":"b@x.example","sourceIp":"192.0.2.9","route":"inbound",
    "url":"https://s.example:8443/a/track.php?u=1&next=%2Fa|b#top","urlCategory":"Phishing & Fraud","action":"Block",
    "reason":"malicious","subject":"look","msgid":"<m>","credentialTheft":null}]], {
    ["event.kind"] = "alert", ["event.action"] = "Block", ["event.reason"] = "malicious",
    ["mimecast.log_type"] = "url-protect",
    ["url.full"] = "https://s.example:8443/a/track.php?u=1&next=%2Fa|b#top",
    ["url.original"] = "https://s.example:8443/a/track.php?u=1&next=%2Fa|b#top", ["url.scheme"] = "https",
    ["url.domain"] = "s.example", ["url.port"] = 8443, ["url.path"] = "/a/track.php", ["url.extension"] = "php",
    ["url.query"] = "u=1&next=%2Fa|b", ["url.fragment"] = "top",
    ["email.from.address[1]"] = "a@s.example", ["email.to.address[1]"] = "b@x.example",
    ["email.message_id"] = "<m>", ["email.subject"] = "look", ["source.ip"] = "192.0.2.9",
    ["related.hosts[1]"] = "s.example", ["related.hosts[2]"] = ABSENT,
    ["mimecast.urlCategory"] = "Phishing & Fraud", ["mimecast.credentialTheft"] = ABSENT, ["mimecast.acc"] = "C0A0",
  }),

  siem("ttp-attachment", "an attachment", [[{"fileName":"a.docm","fileExt":"docm","fileMime":"application/x","Size":1,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "Sender":"a@s.example","SenderDomain":"s.example","Recipient":"b@x.example","IP":"192.0.2.1","Route":"Inbound"}]], {
    ["mimecast.log_type"] = "attachment-protect", ["event.kind"] = "alert",
    ["email.attachments[1].file.name"] = "a.docm", ["email.attachments[1].file.size"] = 1,
  }),

  siem("impersonation", "flags and definition", [[{"aCode":"a","Sender":"a@s.example","Recipient":"b@x.example",
    "IP":"192.0.2.1","Route":"Inbound","Definition":"Default","Hits":2,"Action":"Hold","TaggedExternal":"true",
    "TaggedMalicious":"true","NewDomain":"false","InternalName":"true"}]], {
    ["mimecast.log_type"] = "impersonation-protect", ["event.kind"] = "alert", ["event.action"] = "Hold",
    ["rule.name"] = "Default", ["mimecast.TaggedMalicious"] = true, ["mimecast.TaggedExternal"] = true,
    ["source.domain"] = ABSENT, ["mimecast.NewDomain"] = false, ["mimecast.Hits"] = 2,
    ["mimecast.InternalName"] = true,
  }),
  siem("impersonation", "a new domain that is one, nothing malicious", [[{"TaggedMalicious":"false",
    "NewDomain":"new.example"}]], {
    ["event.kind"] = "event", ["source.domain"] = "new.example", ["related.hosts[1]"] = "new.example",
    ["mimecast.TaggedMalicious"] = false,
  }),

  siem("iep", "internal email protect", [[{"aCode":"a","Sender":"a@x.example","Recipient":"b@x.example",
    "Route":"Internal","UrlCategory":"Phishing","URL":"http://s.example/1","ScanResultInfo":"Blocked URL Category"}]], {
    ["mimecast.log_type"] = "internal-email-protect", ["url.full"] = "http://s.example/1", ["event.kind"] = "alert",
    ["url.domain"] = "s.example", ["email.direction"] = "internal", ["mimecast.ScanResultInfo"] = "Blocked URL Category",
  }),

  ------------------------------------------------------------------------------- siem, mistakes not to repeat

  siem("delivery", "Delivered as a text is an outcome", [[{"Delivered":"true"}]], { ["event.outcome"] = "success" }),
  siem("delivery", "Delivered false as a text", [[{"Delivered":"false"}]], { ["event.outcome"] = "failure" }),
  siem("receipt", "without Delivered the outcome is unknown", [[{"Act":"Acc"}]], { ["event.outcome"] = "unknown" }),
  siem("receipt", "the TLS version arrives", [[{"TlsVer":"TLSv1"}]], { ["tls.version"] = "1.0", ["mimecast.TlsVer"] = ABSENT }),
  siem("receipt", "an unknown TLS version arrives as it is", [[{"TlsVer":"QUIC"}]], {
    ["tls.version"] = "QUIC", ["tls.version_protocol"] = ABSENT }),
  siem("delivery", "no attachment, no attachment of size 0", [[{"AttCnt":0,"AttSize":0,"AttNames":null}]], {
    ["email.attachments"] = ABSENT, ["mimecast.AttCnt"] = 0 }),
  siem("delivery", "a count and a size alone are no attachment", [[{"AttCnt":3,"AttSize":90000}]], {
    ["email.attachments"] = ABSENT, ["mimecast.AttSize"] = 90000, ["mimecast.AttCnt"] = 3 }),
  siem("receipt", "names beside addresses are kept", [[{"headerFrom":"Ann <a@x.example>","Sender":"Al <al@x.example>",
    "Rcpt":["Bob <b@x.example>","c@x.example"]}]], {
    ["email.from.address[1]"] = "a@x.example", ["email.from.address[2]"] = "al@x.example",
    ["email.to.address[1]"] = "b@x.example", ["mimecast.headerFrom"] = "Ann <a@x.example>",
    ["mimecast.Sender"] = "Al <al@x.example>", ["mimecast.Rcpt[1]"] = "Bob <b@x.example>" }),
  siem("process", "names as a JSON list", [[{"AttNames":["a, b.pdf","c.pdf"],"AttCnt":2,"AttSize":9}]], {
    ["email.attachments[1].file.name"] = "a, b.pdf", ["email.attachments[2].file.name"] = "c.pdf",
    ["email.attachments[3]"] = ABSENT, ["email.attachments[1].file.size"] = ABSENT, ["mimecast.AttSize"] = 9,
    ["mimecast.AttNames"] = ABSENT }),
  siem("process", "one name with a comma", [[{"AttNames":"Q3 report, final.pdf,","AttCnt":"1","AttSize":"4"}]], {
    ["email.attachments[1].file.name"] = "Q3 report, final.pdf", ["email.attachments[1].file.size"] = 4,
    ["email.attachments[2]"] = ABSENT, ["mimecast.AttSize"] = ABSENT }),
  siem("process", "one name of two attachments does not have the size of both", [[{"AttNames":"a.pdf","AttCnt":2,"AttSize":9}]], {
    ["email.attachments[1].file.name"] = "a.pdf", ["email.attachments[1].file.size"] = ABSENT, ["mimecast.AttSize"] = 9 }),
  siem("process", "quotes in quotes", [[{"AttNames":"\"say \"hi\".txt\", \"b.txt\"","AttCnt":2,"AttSize":5}]], {
    ["email.attachments[1].file.name"] = 'say "hi".txt', ["email.attachments[2].file.name"] = "b.txt",
    ["email.attachments[3]"] = ABSENT }),
  siem("process", "an empty list", [[{"AttNames":"[]","AttCnt":0,"AttSize":0}]], { ["email.attachments"] = ABSENT }),
  siem("process", "null as a text", [[{"AttNames":"null","AttCnt":0,"AttSize":0}]], { ["email.attachments"] = ABSENT }),
  siem("process", "names in brackets", [[{"AttNames":"[a.pdf, b.pdf]","AttCnt":2}]], {
    ["email.attachments[1].file.name"] = "a.pdf", ["email.attachments[2].file.name"] = "b.pdf" }),
  siem("process", "no count: a size of two is no one's", [[{"AttNames":"a.pdf, b.pdf","AttSize":987654}]], {
    ["email.attachments[1].file.size"] = ABSENT, ["mimecast.AttSize"] = 987654 }),
  siem("process", "as API 2.0 has them", [[{"attachments":[{"fileName":"a.pdf","size":"5"},{"name":"b.pdf"}],
    "numberAttachments":"2","totalSizeAttachments":"9"}]], {
    ["email.attachments[1].file.name"] = "a.pdf", ["email.attachments[1].file.size"] = 5,
    ["email.attachments[2].file.name"] = "b.pdf", ["mimecast.AttSize"] = 9 }),
  siem("ttp-attachment", "sizes that no file has", [[{"fileName":"x","Size":"99999999999999999999"}]], {
    ["email.attachments[1].file.name"] = "x", ["email.attachments[1].file.size"] = ABSENT,
    ["mimecast.Size"] = "99999999999999999999" }),
  siem("ttp-attachment", "a size below zero", [[{"fileName":"x","Size":-1}]], {
    ["email.attachments[1].file.size"] = ABSENT, ["mimecast.Size"] = -1 }),

  siem("receipt", "numbers and flags as texts", [[{"SpamScore":"12","SpamLimit":28,"Attempt":"1","CustomerIP":"false",
    "MimecastIP":true,"MsgSize":"many","TaggedExternal":"N/A","IPNewDomain":"no"}]], {
    ["mimecast.SpamScore"] = 12, ["mimecast.SpamLimit"] = 28, ["mimecast.Attempt"] = 1, ["mimecast.CustomerIP"] = false,
    ["mimecast.MimecastIP"] = true, ["mimecast.MsgSize"] = ABSENT, ["mimecast.MsgSize_text"] = "many",
    ["mimecast.TaggedExternal"] = ABSENT, ["mimecast.TaggedExternal_text"] = "N/A", ["mimecast.IPNewDomain"] = false }),
  siem("ttp-url", "an object", [[{"credentialTheft":{"tags":["A"]}}]], { ["mimecast.credentialTheft.tags[1]"] = "A" }),
  siem("ttp-url", "an object as JSON in a text", [[{"credentialTheft":" {\"tags\":[\"A\"]}"}]], {
    ["mimecast.credentialTheft.tags[1]"] = "A", ["mimecast.credentialTheft_text"] = ABSENT }),
  siem("receipt", "an object as JSON in a text in a text", [[{"SpamProcessingDetail":"\"{\\\"spf\\\":{\\\"allow\\\":true}}\""}]], {
    ["mimecast.SpamProcessingDetail.spf.allow"] = true, ["mimecast.SpamProcessingDetail_text"] = ABSENT }),
  siem("receipt", "an object that is cut", [[{"SpamProcessingDetail":"{\"spf\":{\"info\":\"SPF_FAIL\""}]], {
    ["mimecast.SpamProcessingDetail"] = ABSENT, ["mimecast.SpamProcessingDetail_text"] = '{"spf":{"info":"SPF_FAIL"' }),
  siem("receipt", "null where an object is meant", [[{"SpamProcessingDetail":"null","credentialTheft":["x"]}]], {
    ["mimecast.SpamProcessingDetail"] = ABSENT, ["mimecast.credentialTheft"] = ABSENT,
    ["mimecast.credentialTheft_text"] = '["x"]' }),
  siem("process", "names in quotes and commas only", [[{"AttNames":"\"\", ,,"}]], { ["email.attachments"] = ABSENT }),
  siem("process", "a quote that is never closed", [[{"AttNames":"\"a.pdf, b.pdf"}]], {
    ["email.attachments[1].file.name"] = '"a.pdf', ["email.attachments[2].file.name"] = "b.pdf" }),
  siem("receipt", "the source address is related", [[{"IP":"192.0.2.1"}]], { ["related.ip[1]"] = "192.0.2.1" }),
  siem("ttp-url", "N/A is no action", [[{"action":"N/A"}]], { ["event.action"] = ABSENT, ["mimecast.action"] = "N/A" }),
  siem("receipt", "a free text that is an object is a text", [[{"RejType":"x","RejInfo":{"a":[1,null]},"Error":["e"]}]], {
    ["event.reason"] = '{"a":[1,null]}', ["error.message"] = '["e"]' }),

  --------------------------------------------------------------------------------------- siem, nasty values

  siem("receipt", "no time: when it was received, and a tag", [[{"aCode":"a"}]], {
    ["@timestamp"] = "2026-01-01T00:05:00.000Z", ["tags[1]"] = "no_event_time" }),
  siem("receipt", "a time that is none is kept", [[{"datetime":"yesterday"}]], {
    ["@timestamp"] = "2026-01-01T00:05:00.000Z", ["mimecast.datetime"] = "yesterday" }),
  siem("receipt", "a time without an offset is UTC", [[{"datetime":"2026-01-01T00:00:01"}]], {
    ["@timestamp"] = "2026-01-01T00:00:01.000Z", ["tags"] = ABSENT }),
  siem("receipt", "a time with a one-digit hour", [[{"datetime":"2026-01-01T9:05:31+0000"}]], {
    ["@timestamp"] = "2026-01-01T09:05:31.000Z" }),
  siem("receipt", "addresses that are none stay", [[{"IP":"Internal IP","Sender":"<>","headerFrom":"undisclosed",
    "Rcpt":""}]], {
    ["source.ip"] = ABSENT, ["mimecast.IP"] = "Internal IP", ["mimecast.Sender"] = "<>",
    ["mimecast.headerFrom"] = "undisclosed", ["email.from"] = ABSENT, ["email.to"] = ABSENT, ["related"] = ABSENT,
    ["mimecast.Rcpt"] = ABSENT,
  }),
  siem("receipt", "one bad address does not hide the good ones", [[{"Rcpt":["a@x.example","<>","b@x.example"]}]], {
    ["email.to.address[1]"] = "a@x.example", ["email.to.address[2]"] = "b@x.example", ["email.to.address[3]"] = ABSENT }),
  siem("receipt", "a comma list of recipients", [[{"Rcpt":"a@x.example, \"Doe, Jo\" <b@x.example>,a@x.example"}]], {
    ["email.to.address[1]"] = "a@x.example", ["email.to.address[2]"] = "b@x.example", ["email.to.address[3]"] = ABSENT }),
  siem("receipt", "wrong shapes stay, objects as their JSON text", [[{"aCode":{"a":1},"IP":7,"Sender":{"x":[]},"MsgId":["m",null],
    "TlsVer":false,"sha256":{},"AttSize":[null,{"a":[]}],"UseTls":"maybe","Dir":{}}]], {
    ["mimecast.aCode"] = '{"a":1}', ["mimecast.IP"] = 7, ["mimecast.UseTls"] = "maybe", ["mimecast.TlsVer"] = false,
    ["email.local_id"] = ABSENT, ["source.ip"] = ABSENT, ["email.from"] = ABSENT, ["tls"] = ABSENT,
    ["email.attachments"] = ABSENT, ["email.direction"] = ABSENT,
  }),
  siem("receipt", "numbers keep their digits", [[{"SpamScore":1234567890123456789,"SpamLimit":1.0,"Snt":1e5}]], {
    ["mimecast.SpamScore"] = 1234567890123456789, ["mimecast.SpamLimit"] = 1.0, ["mimecast.Snt"] = 1e5 }),
  siem("receipt", "nulls and empty texts fall out", [[{"a":null,"b":"","c":0,"d":false}]], {
    ["mimecast.a"] = ABSENT, ["mimecast.b"] = ABSENT, ["mimecast.c"] = 0, ["mimecast.d"] = false }),
  siem("receipt", "spam details as a text of JSON", [[{"SpamProcessingDetail":"{\"spf\":{\"allow\":true}}"}]], {
    ["mimecast.SpamProcessingDetail.spf.allow"] = true }),
  siem("receipt", "spam details encoded twice", [[{"SpamProcessingDetail":"\"{\\\"spf\\\":{\\\"allow\\\":true}}\""}]], {
    ["mimecast.SpamProcessingDetail.spf.allow"] = true }),
  siem("receipt", "escapes come through", [[{"Subject":"\u00fc \"x\" \\ \ud83d\ude00 \u0000"}]], {
    ["email.subject"] = "ü \"x\" \\ 😀 \0" }),
  siem("receipt", "the route of a mail without Dir", [[{"Route":"Inbound"}]], { ["email.direction"] = "inbound",
    ["mimecast.Route"] = ABSENT }),
  siem(nil, "without a log type the fields tell", [[{"Delivered":true,"IP":"192.0.2.1"}]], {
    ["destination.ip"] = "192.0.2.1", ["mimecast.log_type"] = ABSENT }),
  siem("receipt", "an empty event", [[{}]], { ["event.dataset"] = "mimecast.siem_logs", ["mimecast.log_type"] = "receipt" }),
  siem("av", "sizes that no file has", [[{"fileName":"x","Size":"99999999999999999999"}]], {
    ["email.attachments[1].file.name"] = "x", ["email.attachments[1].file.size"] = ABSENT,
    ["mimecast.Size"] = "99999999999999999999" }),
  siem("av", "nor one below zero", [[{"fileName":"x","Size":-1}]], {
    ["email.attachments[1].file.size"] = ABSENT, ["mimecast.Size"] = -1 }),
  siem("av", "a hash in the field of another", [[{"fileName":"x","sha256":"d41d8cd98f00b204e9800998ecf8427e"}]], {
    ["email.attachments[1].file.hash"] = ABSENT, ["related.hash[1]"] = MD5 }),
  siem("receipt", "no domain, no extension", [[{"SenderDomain":"Ann Lee <ann@example.com>","fileName":"x","fileExt":"2 final"}]], {
    ["source"] = ABSENT, ["related.hosts"] = ABSENT, ["mimecast.SenderDomain"] = "Ann Lee <ann@example.com>",
    ["email.attachments[1].file.extension"] = ABSENT, ["mimecast.fileExt"] = "2 final" }),
  siem("receipt", "several versions of which the same is made", [[{"TlsVer":["TLSv1.2","TLSv1.3"]}]], {
    ["tls.version"] = "1.2", ["tls.version_protocol"] = "tls", ["mimecast.TlsVer[2]"] = "TLSv1.3" }),
  siem("receipt", "names in front of addresses, behind them, in parentheses", [[{"headerFrom":"<Ann Lee> ann@x.example",
    "Rcpt":"bob@x.example (Doe, Bob), lou@x.example <Lou>","Sender":"ceo@corp.example <eve@>"}]], {
    ["email.from.address[1]"] = "ann@x.example", ["email.from.address[2]"] = ABSENT, ["email.to.address[1]"] = "bob@x.example",
    ["email.to.address[2]"] = "lou@x.example", ["mimecast.headerFrom"] = "<Ann Lee> ann@x.example",
    ["mimecast.Rcpt"] = "bob@x.example (Doe, Bob), lou@x.example <Lou>", ["mimecast.Sender"] = "ceo@corp.example <eve@>" }),
  siem("receipt", "an object where names should be", [[{"AttNames":{"a":1},"AttCnt":1,"AttSize":4}]], {
    ["email.attachments"] = ABSENT, ["mimecast.AttNames"] = '{"a":1}', ["mimecast.AttSize"] = 4 }),
  siem("receipt", "an object with a name", [[{"AttNames":{"name":"a.pdf","size":4},"AttCnt":1}]], {
    ["email.attachments[1].file.name"] = "a.pdf", ["email.attachments[1].file.size"] = 4 }),
  siem("receipt", "a name that begins like an object", [[{"AttNames":"{B1-C2}.pdf","AttCnt":1}]], {
    ["email.attachments[1].file.name"] = "{B1-C2}.pdf" }),
  siem("receipt", "no names, as people write it", [[{"AttNames":"N/A","AttCnt":0}]], {
    ["email.attachments"] = ABSENT, ["mimecast.AttNames"] = "N/A" }),
  siem("receipt", "None", [[{"AttNames":"None"}]], { ["email.attachments"] = ABSENT, ["mimecast.AttNames"] = "None" }),
  siem("process", "a size that no store takes", [[{"MsgSize":"99999999999999999999"}]], {
    ["mimecast.MsgSize"] = ABSENT, ["mimecast.MsgSize_text"] = "99999999999999999999" }),
}
