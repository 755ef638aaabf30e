-- The packaged default pipeline: everything that Mimecast offers, mapped to the Elastic Common Schema, in files.
-- `postern check -c FILE` says what is wrong with it, `postern check --live -c FILE` also asks Mimecast.

state = "/var/lib/postern"

account "acme" {
  api = 1, base_url = "https://eu-api.mimecast.com",
  app_id = env "ACME_APP_ID", app_key = env "ACME_APP_KEY",
  access_key = env "ACME_ACCESS_KEY", secret_key = env "ACME_SECRET_KEY",
}

sink "files" {
  type = "file", path = "/var/log/postern/%{account}/%{source}.ndjson",
  rotate_size = "256MiB", compress = true, keep = 20,
}

pipeline "default" { from = { "*" }, accounts = { "*" }, transform = { "ecs" }, to = { "files" } }
