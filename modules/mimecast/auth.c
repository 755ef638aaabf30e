/* How Mimecast lets its customers' programs in: both of its APIs, as data. */
#include "sources.h"

#define KNOWN(name, known_host, known_region)                                                                \
    static const postern_known_host name = {                                                                 \
        .size = sizeof(postern_known_host), .host = (known_host), .region = (known_region)}

#define CONSOLE "in the administration console, Services | API and Platform Integrations"
#define HUB     "in the administration console, Integrations | Integrations Hub"

/* ---- API 1.0 ---- */

KNOWN(host_eu, "eu-api.mimecast.com", "Europe (excluding Germany)");
KNOWN(host_de, "de-api.mimecast.com", "Germany");
KNOWN(host_us, "us-api.mimecast.com", "United States");
KNOWN(host_usb, "usb-api.mimecast.com", "United States, second grid");
KNOWN(host_uspcom, "uspcom-api.mimecast-pscom-us.com", "United States, public sector");
KNOWN(host_ca, "ca-api.mimecast.com", "Canada");
KNOWN(host_za, "za-api.mimecast.com", "South Africa");
KNOWN(host_au, "au-api.mimecast.com", "Australia");
KNOWN(host_je, "je-api.mimecast.com", "Offshore (Jersey)");
KNOWN(host_sandbox, "sandbox-api.mimecast.com", "Sandbox");

static const postern_known_host *const hosts_1_0[] = {
    &host_eu, &host_de, &host_us, &host_usb,     &host_uspcom, &host_ca,
    &host_za, &host_au, &host_je, &host_sandbox, NULL,
};

static const postern_credential app_id = {
    .size = sizeof app_id,
    .syntax = POSTERN_SYNTAX_GUID,
    .name = "app_id",
    .title = "Application ID",
    .help = CONSOLE " | Your Application Integrations, the application",
};
static const postern_credential app_key = {
    .size = sizeof app_key,
    .name = "app_key",
    .title = "Application Key",
    .help = CONSOLE " | Your Application Integrations, the application",
};
static const postern_credential access_key = {
    .size = sizeof access_key,
    .name = "access_key",
    .title = "Access Key",
    .help = CONSOLE " | Your Application Integrations | Create Keys",
};
static const postern_credential secret_key = {
    .size = sizeof secret_key,
    .syntax = POSTERN_SYNTAX_BASE64,
    .name = "secret_key",
    .title = "Secret Key",
    .help = CONSOLE " | Your Application Integrations | Create Keys",
};
static const postern_credential *const credentials_1_0[] = {&app_id, &app_key, &access_key, &secret_key,
                                                            NULL};

const postern_auth mimecast_1_0 = {
    .size = sizeof mimecast_1_0,
    .api = 1,
    .name = "mimecast/1.0",
    .title = "Mimecast API 1.0",
    .scheme = "mimecast-v1",
    .credentials = credentials_1_0,
    .hosts = hosts_1_0,
    .setup_help =
        CONSOLE " | Your Application Integrations, open the application and choose Create Keys for a user "
                "whose authentication profile sets Authentication Cache TTL to Never Expires",
    .refused_help =
        "check that Application ID, Application Key, Access Key and Secret Key belong together and are "
        "complete; otherwise make new ones " CONSOLE " | Your Application Integrations",
};

/* ---- API 2.0 ---- */

KNOWN(host_global, "api.services.mimecast.com", "everywhere");
KNOWN(host_us_only, "us-api.services.mimecast.com", "United States only");
KNOWN(host_uk_only, "uk-api.services.mimecast.com", "United Kingdom only");

static const postern_known_host *const hosts_2_0[] = {&host_global, &host_us_only, &host_uk_only, NULL};

static const postern_credential client_id = {
    .size = sizeof client_id,
    .name = "client_id",
    .title = "Client ID",
    .help = HUB " | Mimecast API 2.0, the application",
};
static const postern_credential client_secret = {
    .size = sizeof client_secret,
    .name = "client_secret",
    .title = "Client Secret",
    .help = HUB " | Mimecast API 2.0; shown once, when the application is made",
};
static const postern_credential *const credentials_2_0[] = {&client_id, &client_secret, NULL};

const postern_auth mimecast_2_0 = {
    .size = sizeof mimecast_2_0,
    .api = 2,
    .name = "mimecast/2.0",
    .title = "Mimecast API 2.0",
    .scheme = "oauth2-client-credentials",
    .token_path = "/oauth/token",
    .credentials = credentials_2_0,
    .hosts = hosts_2_0,
    .base_url = "https://api.services.mimecast.com", /* answers for every region */
    .setup_help =
        HUB " | Mimecast API 2.0 | Configure New: choose all products whose logs are read, for none can be "
            "added later, and a role with their permissions",
    .refused_help =
        "check that Client ID and Client Secret belong together and are complete (keys of API 1.0 do not "
        "work here), and wait 30 minutes if they are new; otherwise make a new application " HUB
        " | Mimecast API 2.0 | Configure New",
};
