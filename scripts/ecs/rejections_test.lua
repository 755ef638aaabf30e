-- Tests of rejections.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("rejections", "rejections", "a mail for nobody", [[{"rejected":"2026-01-01T01:02:03+0000","type":"Recipient Verification",
    "info":"550 Invalid Recipient","remoteIp":"192.0.2.4","route":"inbound","subject":"hi","from":{"emailAddress":"<>"},
    "fromHeader":{"emailAddress":"ann@news.example","displayableName":"Ann Lee"},"to":[{"emailAddress":"bob@corp.example"}],
    "messageId":"<m>"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.rejection_logs","kind":"alert","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","outcome":"failure","reason":"550 Invalid Recipient"},
    "error":{"type":"Recipient Verification"},"source":{"ip":"192.0.2.4"},
    "email":{"subject":"hi","message_id":"<m>","direction":"inbound","from":{"address":["ann@news.example"]},
      "to":{"address":["bob@corp.example"]}},
    "related":{"user":["ann@news.example","bob@corp.example"],"ip":["192.0.2.4"]},
    "mimecast":{"from":{"emailAddress":"<>"},"fromHeader":{"emailAddress":"ann@news.example","displayableName":"Ann Lee"},
      "to":[{"emailAddress":"bob@corp.example"}]}}]]),
  case("rejections", "rejections", "under other names", [[{"eventTime":"2026-01-01T01:02:03Z","senderAddress":"Ann <ann@news.example>",
    "recipients":["bob@corp.example"],"senderIp":"2001:db8::1","rejectionType":"x","rejectionInfo":"y","rejectionCode":550}]], {
    ["@timestamp"] = "2026-01-01T01:02:03.000Z", ["email.from.address[1]"] = "ann@news.example", ["source.ip"] = "2001:db8::1",
    ["email.to.address[1]"] = "bob@corp.example", ["error.type"] = "x", ["event.reason"] = "y", ["error.code"] = "550",
    ["mimecast.senderAddress"] = "Ann <ann@news.example>" }),
  case("rejections", "rejections", "nothing that anyone knows", [[{"what":{"is":[1]}}]], {
    ["event.kind"] = "event", ["mimecast.what"] = '{"is":[1]}', ["tags[1]"] = "no_event_time" }),
}
