/* postern.hash.*, postern.hex.*, postern.base64.*. */
#include "base/digest.h"
#include "base/hex.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>
#include <openssl/evp.h>

static int hash(lua_State *L, const EVP_MD *algorithm)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size * 8);
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned size;
    if (!EVP_Digest(text.data, text.size, digest, &size, algorithm, NULL))
        return luaL_error(L, "this hash is switched off on this machine");
    digest_hex(digest, size, hex);
    lua_pushstring(L, hex);
    return 1;
}

static int sha256(lua_State *L)
{
    return hash(L, EVP_sha256());
}

static int sha1(lua_State *L)
{
    return hash(L, EVP_sha1());
}

static int md5(lua_State *L)
{
    return hash(L, EVP_md5());
}

/* postern.hash.hmac(key, text): HMAC-SHA256, for pseudonyms. */
static int hmac(lua_State *L)
{
    postern_text key = argument_required_text(L, 1), text;
    if (!argument_text_or_nothing(L, 2, &text)) return script_return_nil(L);
    library_charge(L, (key.size + text.size) * 8);
    unsigned char digest[32];
    char hex[sizeof digest * 2 + 1];
    if (!digest_hmac_sha256(key, text, digest)) return luaL_error(L, "the key is too long");
    digest_hex(digest, sizeof digest, hex);
    lua_pushstring(L, hex);
    return 1;
}

static int hex_encode(lua_State *L)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size * 2);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, text.size * 2 + 1);
    digest_hex((const unsigned char *)text.data, text.size, out);
    luaL_pushresultsize(&buffer, text.size * 2);
    return 1;
}

static int hex_decode(lua_State *L)
{
    postern_text text;
    if (!argument_text(L, 1, &text) || text.size % 2 != 0) return script_return_nil(L);
    library_charge(L, text.size);
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, text.size / 2);
    for (size_t i = 0; i < text.size / 2; i++) {
        int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0) return script_return_nil(L);
        out[i] = (char)(high << 4 | low);
    }
    luaL_pushresultsize(&buffer, text.size / 2);
    return 1;
}

static int base64_encode_text(lua_State *L)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    luaL_argcheck(L, text.size < INT32_MAX / 2, 1, "the text is too long");
    library_charge(L, text.size);
    size_t size = (text.size + 2) / 3 * 4;
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, size + 1);
    base64_encode((const unsigned char *)text.data, text.size, out);
    luaL_pushresultsize(&buffer, size);
    return 1;
}

static int base64_decode_text(lua_State *L)
{
    postern_text text;
    if (!argument_text(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size);
    luaL_Buffer buffer;
    unsigned char *out = (unsigned char *)luaL_buffinitsize(L, &buffer, text.size / 4 * 3 + 1);
    ptrdiff_t size = base64_decode(text, out);
    if (size < 0) return script_return_nil(L);
    luaL_pushresultsize(&buffer, (size_t)size);
    return 1;
}

void library_open_hash(lua_State *L)
{
    static const luaL_Reg hashes[] = {
        {"sha256", sha256}, {"sha1", sha1}, {"md5", md5}, {"hmac", hmac}, {NULL, NULL}};
    static const luaL_Reg hex[] = {{"encode", hex_encode}, {"decode", hex_decode}, {NULL, NULL}};
    static const luaL_Reg base64[] = {
        {"encode", base64_encode_text}, {"decode", base64_decode_text}, {NULL, NULL}};
    luaL_newlib(L, hashes);
    lua_setfield(L, -2, "hash");
    luaL_newlib(L, hex);
    lua_setfield(L, -2, "hex");
    luaL_newlib(L, base64);
    lua_setfield(L, -2, "base64");
}
