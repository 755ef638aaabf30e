-- Tests of ttp-attachment.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("ttp-attachment", "ttp-attachment", "a malicious attachment", [[{"senderAddress":"billing@s.example",
    "recipientAddress":"bob@corp.example","fileName":"\"Invoice 1.docm\"","fileType":"application/x-doc","result":"malicious",
    "actionTriggered":"user release, hold","date":"2026-01-01T01:02:03+0000","details":"Time taken: 0 hrs, 0 min, 7 sec",
    "route":"inbound","messageId":"<m>","subject":"pay",
    "fileHash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","definition":"Default"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.ttp_ap_logs","kind":"alert","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"user_release_hold"},
    "rule":{"name":"Default"},
    "email":{"from":{"address":["billing@s.example"]},"to":{"address":["bob@corp.example"]},"subject":"pay",
      "message_id":"<m>","direction":"inbound","attachments":[{"file":{"name":"Invoice 1.docm","extension":"docm",
        "mime_type":"application/x-doc",
        "hash":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}}]},
    "related":{"user":["billing@s.example","bob@corp.example"],
      "hash":["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
    "mimecast":{"result":"malicious","details":"Time taken: 0 hrs, 0 min, 7 sec"}}]]),
  case("ttp-attachment", "ttp-attachment", "safe, a name without an extension", [[{"result":"safe","fileName":"README",
    "actionTriggered":"none"}]], {
    ["event.kind"] = "event", ["event.action"] = "none", ["email.attachments[1].file.name"] = "README",
    ["email.attachments[1].file.extension"] = ABSENT, ["related"] = ABSENT }),
  case("ttp-attachment", "ttp-attachment", "unsafe is an alert", [[{"result":"Unsafe"}]], {
    ["event.kind"] = "alert", ["email.attachments"] = ABSENT }),
  case("ttp-attachment", "ttp-attachment", "words behind a dot, and another hash", [[{"fileName":"Report v1.2 final",
    "fileHash":"d41d8cd98f00b204e9800998ecf8427e"}]], {
    ["email.attachments[1].file.name"] = "Report v1.2 final", ["email.attachments[1].file.extension"] = ABSENT,
    ["email.attachments[1].file.hash.sha256"] = ABSENT, ["email.attachments[1].file.hash.md5"] = "d41d8cd98f00b204e9800998ecf8427e",
    ["related.hash[1]"] = "d41d8cd98f00b204e9800998ecf8427e", ["mimecast"] = ABSENT }),
  case("ttp-attachment", "ttp-attachment", "several names with the same extension", [[{"fileName":["a.pdf","b.pdf"]}]], {
    ["email.attachments[1].file.name"] = "a.pdf", ["email.attachments[1].file.extension"] = "pdf",
    ["mimecast.fileName[2]"] = "b.pdf" }),
  case("ttp-attachment", "ttp-attachment", "several names, of which the first has no extension", [[{"fileName":["a","b.pdf"]}]], {
    ["email.attachments[1].file.name"] = "a", ["email.attachments[1].file.extension"] = ABSENT,
    ["mimecast.fileName[2]"] = "b.pdf" }),
  case("ttp-attachment", "ttp-attachment", "no hash", [[{"fileName":"a.pdf","fileHash":"aabb"}]], {
    ["email.attachments[1].file.extension"] = "pdf", ["email.attachments[1].file.hash"] = ABSENT, ["related"] = ABSENT,
    ["mimecast.fileHash"] = "aabb" }),
  case("ttp-attachment", "ttp-attachment", "names beside addresses", [[{"senderAddress":"Ann Lee <ann@example.com>",
    "recipientAddress":"bob@example.net"}]], {
    ["email.from.address[1]"] = "ann@example.com", ["mimecast.senderAddress"] = "Ann Lee <ann@example.com>",
    ["mimecast.recipientAddress"] = ABSENT }),
}
