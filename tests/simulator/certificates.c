#include "certificates.h"
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool describe(X509 *certificate, EVP_PKEY *key, const char *name)
{
    unsigned char serial[16];
    BIGNUM *number = RAND_bytes(serial, sizeof serial) == 1 ? BN_bin2bn(serial, sizeof serial, NULL) : NULL;
    X509_NAME *subject = X509_get_subject_name(certificate);
    /* A year back: tests set the clock. */
    bool made =
        number && BN_clear_bit(number, 127) == 1 &&
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) &&
        X509_set_version(certificate, X509_VERSION_3) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -365L * 24 * 3600) &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), 365L * 24 * 3600) &&
        X509_set_pubkey(certificate, key) == 1 &&
        X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)"Postern tests", -1, -1,
                                   0) == 1 &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1;
    BN_free(number);
    return made;
}

static bool sign(X509 *certificate, X509 *issuer, EVP_PKEY *issuer_key)
{
    return X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
           X509_sign(certificate, issuer_key, EVP_sha256()) > 0;
}

static bool write_file(const char *directory, const char *name, mode_t mode, X509 *certificate, EVP_PKEY *key)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) return false;
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        perror(path);
        return false;
    }
    bool written = certificate ? PEM_write_X509(file, certificate) == 1
                               : PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
    return fclose(file) == 0 && written;
}

bool certificates_make(const char *directory)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = X509_new(), *leaf = X509_new();
    bool made = ca_key && key && ca && leaf && describe(ca, ca_key, "Throw-away CA") &&
                extend(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                extend(ca, ca, NID_key_usage, "critical,keyCertSign") &&
                extend(ca, ca, NID_subject_key_identifier, "hash") && sign(ca, ca, ca_key) &&
                describe(leaf, key, "localhost") &&
                extend(leaf, ca, NID_basic_constraints, "critical,CA:FALSE") &&
                extend(leaf, ca, NID_key_usage, "critical,digitalSignature") &&
                extend(leaf, ca, NID_ext_key_usage, "serverAuth") &&
                extend(leaf, ca, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
                extend(leaf, ca, NID_authority_key_identifier, "keyid") && sign(leaf, ca, ca_key);
    if (!made) ERR_print_errors_fp(stderr);
    (void)mkdir(directory, 0700); /* is there already, or write_file says why it cannot be */
    made = made && write_file(directory, "ca.pem", 0644, ca, NULL) &&
           write_file(directory, "server.pem", 0644, leaf, NULL) &&
           write_file(directory, "server.key", 0600, NULL, key);
    X509_free(leaf);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return made;
}
