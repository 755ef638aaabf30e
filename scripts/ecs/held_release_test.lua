-- Tests of held-release.

local tests = postern.script "ecs/test_case"
local case, whole, ABSENT = tests.case, tests.whole, tests.ABSENT

return {
  whole(case("held-release", "held-release", "a released mail", [[{"id":"eNoV1","released":"2026-01-01T01:02:03+0000","status":"released",
    "route":"inbound","size":5043,"subject":"offer","spamScore":12,"detectionLevel":"moderate","attachments":true,
    "policy":"Spam | hold","heldReason":"Impersonation","heldGroup":"IT","messageInfo":"Spam Signature policy",
    "operator":{"emailAddress":"soc@corp.example"},"fromEnv":{"emailAddress":"bounce@news.example"},
    "fromHdr":{"emailAddress":"ann@news.example","displayableName":"Ann Lee"},
    "to":[{"emailAddress":"bob@corp.example","displayableName":"Bob Doe"},{"emailAddress":"al@corp.example","displayableName":""}],
    "spamProcessingDetail":{"spf":{"info":"SPF_PASS","allow":true}}}]]),
    [[{"@timestamp":"2026-01-01T01:02:03.000Z","ecs":{"version":"8.17.0"},"organization":{"name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.message_release_logs","kind":"event","category":["email"],"type":["info"],
      "id":"eNoV1","created":"2026-01-01T00:05:00.000Z","action":"released","risk_score":12},
    "rule":{"name":"Spam | hold"},
    "email":{"local_id":"eNoV1","subject":"offer","direction":"inbound",
      "from":{"address":["ann@news.example","bounce@news.example"]},"to":{"address":["bob@corp.example","al@corp.example"]}},
    "user":{"email":"bob@corp.example","full_name":"Bob Doe"},
    "related":{"user":["ann@news.example","bounce@news.example","bob@corp.example","al@corp.example","soc@corp.example","ann",
      "bounce","bob","al","soc","Ann Lee","Bob Doe"],"hosts":["news.example","corp.example"]},
    "mimecast":{"id":"eNoV1","size":5043,"spamScore":12,"detectionLevel":"moderate","attachments":true,"policy":"Spam | hold",
      "heldReason":"Impersonation","heldGroup":"IT","messageInfo":"Spam Signature policy",
      "operator":{"emailAddress":"soc@corp.example"},"fromEnv":{"emailAddress":"bounce@news.example"},
      "fromHdr":{"emailAddress":"ann@news.example","displayableName":"Ann Lee"},
      "to":[{"emailAddress":"bob@corp.example","displayableName":"Bob Doe"},{"emailAddress":"al@corp.example","displayableName":""}],
      "spamProcessingDetail":{"spf":{"info":"SPF_PASS","allow":true}}}}]]),
  case("held-release", "held-release", "a rejected mail of an own user; a text for an operator", [[{"status":"rejected","route":"outbound",
    "rejectReason":"against policy","operator":"soc@corp.example","fromEnv":{"emailAddress":"<>"},
    "fromHdr":{"emailAddress":"ann@corp.example","displayableName":"Ann Lee"},"to":[{"emailAddress":"bob@other.example"}]}]], {
    ["event.action"] = "rejected", ["event.reason"] = "against policy", ["event.kind"] = "event", ["user.email"] = "ann@corp.example",
    ["user.full_name"] = "Ann Lee", ["email.from.address[2]"] = ABSENT, ["related.user[3]"] = "soc@corp.example",
    ["mimecast.operator"] = ABSENT, ["event.id"] = "00112233445566778899aabbccddeeff" }),
  case("held-release", "held-release", "within the house neither is the one", [[{"route":"internal","to":[{"emailAddress":"b@x.example"}]}]], {
    ["user"] = ABSENT, ["email.direction"] = "internal" }),
  case("held-release", "held-release", "other shapes", [[{"id":{"a":1},"spamScore":"high","to":"b@x.example","fromEnv":"x","operator":"nobody"}]], {
    ["event.risk_score"] = ABSENT, ["mimecast.spamScore_text"] = "high", ["email.to.address[1]"] = "b@x.example",
    ["mimecast.fromEnv_text"] = "x", ["mimecast.operator_text"] = "nobody", ["mimecast.id"] = '{"a":1}' }),
}
