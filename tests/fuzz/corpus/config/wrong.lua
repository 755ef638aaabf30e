stat = "/x"
modules = { "/tmp", 7 }
acount "x" { api = 1 }
account "a" { api = 3, base_url = "http://us.mimecast.com/x", app_id = env "HOME", secret_key = "c2VjcmV0", app_key = vault "a" }
account "b" { client_id = file "/etc/hostname", client_secret = env "PATH", base_url = "https://api.services.mimecast.com" }
source "siem" { interval = 15, lookback = "all", settle = "1m", colour = { 1, { 2, { 3, { 4, { 5 } } } } } }
sink "f" { type = "file", path = "/x/%{account}-%{date}", keep = "x", hosts = { "a", "a" }, token = env "HOME" }
sink "g" { type = "file", path = "/x/%{type}", [1] = 2 }
pipeline "p" { from = { "*", "ttp-ulr" }, to = { "f", "g", "h" }, transform = { "ecs", "./x.lua" }, start = "now" }
http { ca_file = "/etc/hostname", proxy = "x", timeout = "1s", connect_timeout = "2s" }
