-- Tests of ttp-attachment.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("ttp-attachment", "ttp-attachment", "a malicious attachment", [[{"senderAddress":"billing@s.example",
    "recipientAddress":"bob@corp.example","fileName":"\"Invoice 1.docm\"","fileType":"application/x-doc","result":"malicious",
    "actionTriggered":"user release, hold","date":"2026-01-01T01:02:03+0000","details":"Time taken: 0 hrs, 0 min, 7 sec",
    "route":"inbound","messageId":"<m>","subject":"pay","fileHash":"aabb","definition":"Default"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.ttp_ap_logs","kind":"alert","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"user_release_hold"},
    "rule":{"name":"Default"},
    "email":{"from":{"address":["billing@s.example"]},"to":{"address":["bob@corp.example"]},"subject":"pay",
      "message_id":"<m>","direction":"inbound","attachments":[{"file":{"name":"Invoice 1.docm","extension":"docm",
        "mime_type":"application/x-doc","hash":{"sha256":"aabb"}}}]},
    "related":{"user":["billing@s.example","bob@corp.example"],"hash":["aabb"]},
    "mimecast":{"result":"malicious","details":"Time taken: 0 hrs, 0 min, 7 sec"}}]]),
  case("ttp-attachment", "ttp-attachment", "safe, a name without an extension", [[{"result":"safe","fileName":"README",
    "actionTriggered":"none"}]], {
    ["event.kind"] = "event", ["event.action"] = "none", ["email.attachments[1].file.name"] = "README",
    ["email.attachments[1].file.extension"] = ABSENT, ["related"] = ABSENT }),
  case("ttp-attachment", "ttp-attachment", "unsafe is an alert", [[{"result":"Unsafe"}]], {
    ["event.kind"] = "alert", ["email.attachments"] = ABSENT }),
}
