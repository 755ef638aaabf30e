-- The packaged default pipeline: everything that Mimecast offers, mapped to the Elastic Common Schema, in files.
-- `postern check -c FILE` says what is wrong with it, `postern check --live -c FILE` also asks Mimecast.

state = "/var/lib/postern"

account "acme" {
  api = 2, base_url = "https://api.services.mimecast.com",
  client_id = env "ACME_CLIENT_ID", client_secret = env "ACME_CLIENT_SECRET",
}
-- With the keys of API 1.0:
-- account "globex" {
--   api = 1, base_url = "https://eu-api.mimecast.com",
--   app_id = env "GLOBEX_APP_ID", app_key = env "GLOBEX_APP_KEY",
--   access_key = env "GLOBEX_ACCESS_KEY", secret_key = env "GLOBEX_SECRET_KEY",
-- }

sink "files" {
  type = "file", path = "/var/log/postern/%{account}/%{source}.ndjson",
  rotate_size = "256MiB", compress = true, keep = 20,
}

-- What changes (an account fails, a sink stands still, the journal is full) as events: to a file here, or to whoever is to be woken.
sink "notices" { type = "file", path = "/var/log/postern/notices.ndjson", rotate_size = "16MiB", keep = 5 }
-- sink "pager" { type = "webhook", url = "https://events.example.com/in" }

pipeline "watch" { from = { "notices" }, to = { "notices" } }
pipeline "default" { from = { "*" }, accounts = { "*" }, transform = { "ecs" }, to = { "files" } }
