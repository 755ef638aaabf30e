#include "shared/cloud/digest.h"
#include "shared/cloud/secret.h"
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

bool cloud_sha256(postern_text text, unsigned char digest[CLOUD_DIGEST_SIZE])
{
    return EVP_Digest(text.data, text.size, digest, NULL, EVP_sha256(), NULL) == 1;
}

void cloud_hex(const unsigned char *bytes, size_t size, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * size] = '\0';
}

bool cloud_sha256_hex(postern_text text, char hex[CLOUD_HEX_SIZE])
{
    unsigned char digest[CLOUD_DIGEST_SIZE];
    if (!cloud_sha256(text, digest)) return false;
    cloud_hex(digest, sizeof digest, hex);
    return true;
}

bool cloud_hmac_sha256(postern_text key, postern_text text, unsigned char digest[CLOUD_DIGEST_SIZE])
{
    static const char none[1];
    unsigned char made[EVP_MAX_MD_SIZE];
    if (key.size > INT_MAX || !HMAC(EVP_sha256(), key.size ? key.data : none, (int)key.size,
                                    (const unsigned char *)text.data, text.size, made, NULL))
        return false;
    memcpy(digest, made, CLOUD_DIGEST_SIZE);
    cloud_wipe(made, sizeof made);
    return true;
}

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_urls[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void write_base64(struct kit_writer *writer, postern_text bytes, const char *alphabet, bool padded)
{
    for (size_t at = 0; at < bytes.size; at += 3) {
        size_t count = bytes.size - at < 3 ? bytes.size - at : 3;
        uint32_t group = 0;
        for (size_t i = 0; i < 3; i++)
            group = group << 8 | (i < count ? (unsigned char)bytes.data[at + i] : 0);
        char letters[4];
        for (size_t i = 0; i < 4; i++)
            letters[i] = i <= count ? alphabet[group >> (18 - 6 * i) & 63] : '=';
        kit_write(writer, kit_span(letters, padded ? 4 : count + 1));
    }
}

void cloud_write_base64(struct kit_writer *writer, postern_text bytes)
{
    write_base64(writer, bytes, standard, true);
}

void cloud_write_base64url(struct kit_writer *writer, postern_text bytes)
{
    write_base64(writer, bytes, for_urls, false);
}

/* The letters of one group, the padding taken as zero; how many bytes they are, 0 if they are none. */
static size_t read_group(const char *letters, bool last, uint32_t *group)
{
    size_t padding = last && letters[3] == '=' ? (letters[2] == '=' ? 2 : 1) : 0;
    *group = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *found = i < 4 - padding && letters[i] ? strchr(standard, letters[i]) : standard;
        if (!found || (i < 4 - padding && !letters[i])) return 0;
        *group = *group << 6 | (uint32_t)(found - standard);
    }
    return 3 - padding;
}

bool cloud_read_base64(postern_text text, unsigned char *bytes, size_t capacity, size_t *size)
{
    size_t made = 0;
    if (text.size % 4) return false;
    for (size_t at = 0; at < text.size; at += 4) {
        uint32_t group;
        size_t count = read_group(text.data + at, at + 4 == text.size, &group);
        if (count == 0 || made + count > capacity) return false;
        for (size_t i = 0; i < count; i++)
            bytes[made++] = (unsigned char)(group >> (16 - 8 * i));
    }
    *size = made;
    return true;
}
