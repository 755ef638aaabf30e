-- Tests of siem-ci.

local tests = postern.script "ecs/test_case"
local of_stream, whole, ABSENT = tests.of_stream, tests.whole, tests.ABSENT

return {
  whole(of_stream("siem-ci", "siem-ci-entities", "ci-entities", "a mail and its findings", [[{"timestamp":1767229323456,"accountId":"C0A0",
    "aggregateId":"4Xz4_1767229323","processingId":"p_1767229323","type":"entities","subtype":"MALWARE","source":"OFFICE_365_MAIL",
    "direction":"INBOUND","messageId":"<m>","subject":"look","senderIp":"192.0.2.4","senderEnvelope":"bounce@s.example",
    "senderHeader":"Ann Lee <ann@s.example>","recipients":["bob@corp.example"],"attachments":["a.xls","b, c.doc"],"historicalMail":false,
    "policiesApplied":[{"action":"BLOCK","mode":"ACTIVE","name":"Default"}],"tags":["MALWARE"],"threatState":"BLOCKED",
    "threatType":"MALWARE","_offset":1,"_partition":2}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.456Z","ecs":{"version":"8.17.0"},"organization":{"id":"C0A0","name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.cloud_integrated_logs","kind":"alert","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z"},
    "email":{"local_id":"4Xz4","message_id":"<m>","subject":"look","direction":"inbound",
      "from":{"address":["ann@s.example","bounce@s.example"]},"to":{"address":["bob@corp.example"]},
      "attachments":[{"file":{"name":"a.xls"}},{"file":{"name":"b, c.doc"}}]},
    "source":{"ip":"192.0.2.4"},
    "related":{"user":["ann@s.example","bounce@s.example","bob@corp.example"],"ip":["192.0.2.4"]},
    "mimecast":{"accountId":"C0A0","aggregateId":"4Xz4_1767229323","processingId":"p_1767229323","type":"entities","subtype":"MALWARE",
      "source":"OFFICE_365_MAIL","senderHeader":"Ann Lee <ann@s.example>","historicalMail":false,
      "policiesApplied":[{"action":"BLOCK","mode":"ACTIVE","name":"Default"}],"tags":["MALWARE"],"threatState":"BLOCKED",
      "threatType":"MALWARE"}}]]),
  of_stream("siem-ci", "siem-ci-entities", "ci-entities", "no tags are no alert; a file as an object", [[{"tags":[],
    "attachments":[{"fileName":"a.pdf","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}]], {
    ["event.kind"] = "event", ["email.attachments[1].file.name"] = "a.pdf", ["mimecast.attachments[1].fileName"] = "a.pdf",
    ["email.attachments[1].file.hash.sha256"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ["related.hash[1]"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }),
  of_stream("siem-ci", "siem-ci-mailflow", "ci-mailflow", "how a mail came", [[{"messageId":"<m>","subtype":null,"tags":null,"type":"mailflow",
    "authResults":[{"type":"SPF","result":"pass","aligned":null}]}]], {
    ["event.kind"] = "event", ["email.message_id"] = "<m>", ["mimecast.authResults[1].type"] = "SPF", ["email.attachments"] = ABSENT }),
  of_stream("siem-ci", "siem-ci-urlclick", "ci-urlclick", "a click that was blocked", [[{"url":"https://s.example/login?u=1","action":"BLOCK"}]], {
    ["event.kind"] = "alert", ["event.action"] = "BLOCK", ["url.domain"] = "s.example", ["related.hosts[1]"] = "s.example" }),
}
