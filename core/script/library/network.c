/* postern.email, postern.url, postern.ip.*, postern.cidr. */
#include "base/text.h"
#include "parse/email.h"
#include "parse/network_set.h"
#include "parse/public_suffix.h"
#include "parse/url.h"
#include "sandbox/sandbox.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>

#define CIDR_METATABLE "postern.cidr"
#define NETWORK_LIMIT  1000000

static int email(lua_State *L)
{
    postern_text text;
    struct email_parts parts;
    if (!argument_text(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size);
    if (!email_parse(text, &parts)) return script_return_nil(L);
    lua_createtable(L, 0, 4);
    library_set(L, "address", parts.address);
    library_set(L, "local", parts.local);
    library_set(L, "domain", parts.domain);
    library_set(L, "name", parts.name);
    return 1;
}

static void set_names(lua_State *L, postern_text domain)
{
    char buffer[PUBLIC_SUFFIX_BUFFER];
    struct public_suffix_parts names;
    library_charge(L, sizeof buffer);
    if (!public_suffix_split(domain, buffer, NULL, &names)) return;
    library_set(L, "registered_domain", names.registered);
    library_set(L, "top_level_domain", names.top_level);
    library_set(L, "subdomain", names.subdomain);
}

static int url(lua_State *L)
{
    postern_text text;
    struct url_parts parts;
    if (!argument_text(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size);
    if (!url_parse(text, &parts)) return script_return_nil(L);
    lua_createtable(L, 0, 14);
    library_set(L, "full", parts.full);
    library_set(L, "scheme", parts.scheme);
    library_set(L, "username", parts.username);
    library_set(L, "password", parts.password);
    library_set(L, "domain", parts.domain);
    library_set(L, "ip", url_host_address(&parts));
    set_names(L, parts.domain);
    library_set(L, "path", parts.path);
    library_set(L, "extension", parts.extension);
    library_set(L, "query", parts.query);
    library_set(L, "fragment", parts.fragment);
    if (parts.port > 0) {
        lua_pushinteger(L, parts.port);
        lua_setfield(L, -2, "port");
    }
    return 1;
}

static bool argument_address(lua_State *L, int index, struct ip_address *address)
{
    postern_text text;
    return argument_text(L, index, &text) && ip_parse(text, address);
}

static int ip_valid(lua_State *L)
{
    struct ip_address address;
    lua_pushboolean(L, argument_address(L, 1, &address));
    return 1;
}

static int ip_version(lua_State *L)
{
    struct ip_address address;
    if (!argument_address(L, 1, &address)) return script_return_nil(L);
    lua_pushinteger(L, address.version);
    return 1;
}

static int ip_private(lua_State *L)
{
    struct ip_address address;
    if (!argument_address(L, 1, &address)) return script_return_nil(L);
    lua_pushboolean(L, ip_is_private(&address));
    return 1;
}

/* ---- postern.cidr: a userdata that holds the built set ---- */

struct cidr {
    size_t count;
    struct ip_network networks[];
};

/* postern.cidr{"10.0.0.0/8", ...}. A __len is refused and not passed over: for whoever wrote it, the list has
 * other elements than we would see. */
static int cidr(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL)
        return luaL_argerror(L, 1, "a plain list expected, this one has a __len");
    size_t count = lua_rawlen(L, 1);
    luaL_argcheck(L, count <= NETWORK_LIMIT, 1, "too many networks");
    struct cidr *cidr = lua_newuserdatauv(L, sizeof *cidr + count * sizeof *cidr->networks, 0);
    for (size_t i = 0; i < count; i++) {
        postern_text text;
        sandbox_charge(L, 1);
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        if (!argument_text(L, -1, &text) || !ip_network_parse(text, &cidr->networks[i])) {
            const char *found = sandbox_tolstring(L, -1, NULL);
            return luaL_error(L, "postern.cidr: item %d is no network like 10.0.0.0/8 or 2001:db8::/32: %s",
                              (int)i + 1, found);
        }
        lua_pop(L, 1);
    }
    sandbox_charge(L, (int64_t)count * 8); /* the sorting */
    cidr->count = network_set_build(cidr->networks, count);
    luaL_setmetatable(L, CIDR_METATABLE);
    return 1;
}

/* networks:contains(address) */
static int cidr_contains(lua_State *L)
{
    const struct cidr *cidr = luaL_checkudata(L, 1, CIDR_METATABLE);
    struct ip_address address;
    bool valid = argument_address(L, 2, &address);
    lua_pushboolean(L, valid && network_set_contains(cidr->networks, cidr->count, &address));
    return 1;
}

static void make_cidr_metatable(lua_State *L)
{
    if (luaL_newmetatable(L, CIDR_METATABLE)) {
        lua_createtable(L, 0, 1);
        lua_pushcfunction(L, cidr_contains);
        lua_setfield(L, -2, "contains");
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, false); /* getmetatable(networks) gives false, and setmetatable is refused */
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

void library_open_network(lua_State *L)
{
    static const luaL_Reg functions[] = {{"email", email}, {"url", url}, {"cidr", cidr}, {NULL, NULL}};
    static const luaL_Reg addresses[] = {
        {"valid", ip_valid}, {"version", ip_version}, {"is_private", ip_private}, {NULL, NULL}};
    make_cidr_metatable(L);
    luaL_setfuncs(L, functions, 0);
    luaL_newlib(L, addresses);
    lua_setfield(L, -2, "ip");
}
