/* How the modules with a flaw are let in; each test's recorded answers need no more. */
#ifndef TESTS_E2E_BROKEN_AUTH_H
#define TESTS_E2E_BROKEN_AUTH_H

#include <postern/kit.h>

static const postern_credential broken_token = {
    .size = sizeof broken_token, .name = "token", .title = "access token", .help = "there is none"};
static const postern_auth broken_auth = {.size = sizeof broken_auth,
                                         .name = "broken",
                                         .title = "a service",
                                         .scheme = "bearer",
                                         .credentials = KIT_LIST(postern_credential, &broken_token)};

#endif
