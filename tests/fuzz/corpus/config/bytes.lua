state = "/s"
pipeline "p" {
 from = { "siem" },
 to = { "f" } }
Lua