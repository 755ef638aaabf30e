#include "application.h"
#include "token.h"
#include <inttypes.h>
#include <stdio.h>

void bearer_seal(struct text *out, uint64_t seed, uint64_t nonce, const struct bearer *bearer)
{
    char content[96];
    snprintf(content, sizeof content, "bearer %u %u %" PRId64 " %" PRId64, bearer->account,
             bearer->generation, bearer->issued_ms, bearer->dies_ms);
    token_seal(out, seed, nonce, content);
}

bool bearer_open(uint64_t seed, const char *token, struct bearer *bearer)
{
    struct text content = {0};
    bool good = token_open(seed, token, &content) &&
                sscanf(content.data, "bearer %u %u %" SCNd64 " %" SCNd64, &bearer->account,
                       &bearer->generation, &bearer->issued_ms, &bearer->dies_ms) == 4;
    text_free(&content);
    return good;
}
