-- siem: the log types as modules/mimecast names them (siem_type.c), and what `mimecast.log_type` calls each.
return {
  receipt = "receipt",
  process = "process",
  delivery = "delivery",
  jrnl = "jrnl",
  av = "avlog",
  spam = "spam",
  ["ttp-url"] = "url-protect",
  ["ttp-attachment"] = "attachment-protect",
  impersonation = "impersonation-protect",
  iep = "internal-email-protect",
}
