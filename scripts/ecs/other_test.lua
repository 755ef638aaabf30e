-- Tests of events from elsewhere, and events that do not say where from.

local tests = postern.script "ecs/test_case"
local case = tests.case

return {
  case("brand-new", "x", "a source that nobody knows yet is kept whole", [[{"date":"2026-01-01T01:02:03Z","a":{"b":[1]}}]], {
    ["@timestamp"] = "2026-01-01T01:02:03.000Z", ["event.dataset"] = "mimecast.other", ["mimecast.a.b[1]"] = 1,
    ["event.kind"] = "event" }),
  case("", "", "without a source the fields tell: siem", [[{"aCode":"a","Delivered":true}]], {
    ["event.dataset"] = "mimecast.siem_logs" }),
  case("", "", "without a source the fields tell: audit", [[{"auditType":"User Logged On"}]], {
    ["event.dataset"] = "mimecast.audit_events" }),
  case("", "", "without a source the fields tell: clicks", [[{"ttpDefinition":"x","url":"https://x.example"}]], {
    ["event.dataset"] = "mimecast.ttp_url_logs" }),
  case("", "", "without a source the fields tell: attachments", [[{"fileHash":"x"}]], {
    ["event.dataset"] = "mimecast.ttp_ap_logs" }),
  case("", "", "without a source the fields tell: impersonations", [[{"identifiers":[]}]], {
    ["event.dataset"] = "mimecast.ttp_ip_logs" }),
  case("", "", "without a source the fields tell: leaks", [[{"policy":"x","senderAddress":"a@b.example"}]], {
    ["event.dataset"] = "mimecast.dlp_logs" }),
  case("", "", "an event of nobody", [[{"x":1}]], { ["event.dataset"] = "mimecast.other", ["mimecast.x"] = 1 }),
}
