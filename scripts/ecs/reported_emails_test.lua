-- Tests of reported-emails.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("reported-emails", "reported-emails", "a mail that three reported", [[{"message":{"messageId":"<m>","messageAggregateId":"k3vX",
    "subject":"look","sentDate":"2026-01-01T00:00:00+0000","lastReportedDate":"2026-01-01T01:02:03+0000",
    "senderHeaders":"Ann Lee <ann@s.example>","recipientsCount":5,"reportersCount":3,"recipients":["bob@corp.example"]},
    "threatAnalysis":{"threatAnalysisId":"ta-1","resolvedDate":null,"classification":"Malicious","details":"a trap","type":"MSOC"},
    "threatReports":"/threat-reports?id=k3vX"}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.reported_emails","kind":"alert","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"reported","reason":"a trap"},
    "email":{"local_id":"k3vX","message_id":"<m>","subject":"look","origination_timestamp":"2026-01-01T00:00:00.000Z",
      "from":{"address":["ann@s.example"]},"to":{"address":["bob@corp.example"]}},
    "related":{"user":["ann@s.example","bob@corp.example"]},
    "mimecast":{"message":{"messageId":"<m>","messageAggregateId":"k3vX","subject":"look","sentDate":"2026-01-01T00:00:00+0000",
      "lastReportedDate":"2026-01-01T01:02:03+0000","senderHeaders":"Ann Lee <ann@s.example>","recipientsCount":5,"reportersCount":3,
      "recipients":["bob@corp.example"]},"threatAnalysis":{"threatAnalysisId":"ta-1","resolvedDate":null,"classification":"Malicious",
      "details":"a trap","type":"MSOC"},"threatReports":"/threat-reports?id=k3vX"}}]]),
  case("reported-emails", "reported-emails", "a harmless one, addresses as objects", [[{"message":{"senderHeaders":[{"emailAddress":"a@s.example"}]},
    "threatAnalysis":{"classification":"Safe"}}]], {
    ["event.kind"] = "event", ["email.from.address[1]"] = "a@s.example", ["tags[1]"] = "no_event_time" }),
  case("reported-emails", "reported-emails", "no objects", [[{"message":"x","threatAnalysis":5}]], {
    ["mimecast.message_text"] = "x", ["mimecast.threatAnalysis_text"] = "5", ["event.kind"] = "event", ["email"] = ABSENT }),
}
