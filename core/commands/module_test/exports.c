#include "commands/module_test/exports.h"
#include "base/error.h"
#include "base/text.h"
#include <elf.h>
#include <link.h>

#define SHOWN 8

/* Of the compiler, the linker and the sanitizers. */
static const char *const of_tools[] = {
    "postern_module_entry", "_init", "_fini", "__bss_start", "_edata", "_end", NULL};
static const char *const begins_of_tools[] = {
    "__asan_", "__odr_asan", "__ubsan_", "__tsan_", "__sanitizer_",
    /* Templates and inline functions of namespace std: its headers make them visible whatever the flags. */
    "_ZSt", "_ZNSt", "_ZNKSt", "_ZZNSt", "_ZZNKSt", "_ZGVZNSt", "_ZTISt", "_ZTSSt", "_ZTVSt", "_ZN9__gnu_cxx",
    "_ZNK9__gnu_cxx", NULL};

static bool is_of_tools(postern_text name)
{
    for (const char *const *at = of_tools; *at; at++)
        if (text_is(name, *at)) return true;
    for (const char *const *at = begins_of_tools; *at; at++)
        if (text_starts_with(name, *at)) return true;
    return false;
}

/* A part of the file that lies in it, of items of that size; NULL if it does not. */
static const char *part(postern_text file, uint64_t offset, uint64_t size)
{
    bool lies_within = offset <= file.size && size <= file.size - offset;
    return lies_within ? file.data + offset : NULL;
}

static bool is_exported(const ElfW(Sym) * symbol)
{
    unsigned binding = ELF64_ST_BIND(symbol->st_info), visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    return symbol->st_shndx != SHN_UNDEF && binding != STB_LOCAL &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

static void list_symbols(postern_text symbols, postern_text strings, struct buffer *names, size_t *count)
{
    for (size_t at = 0; at + sizeof(ElfW(Sym)) <= symbols.size; at += sizeof(ElfW(Sym))) {
        ElfW(Sym) symbol;
        memcpy(&symbol, symbols.data + at, sizeof symbol);
        if (!is_exported(&symbol) || symbol.st_name >= strings.size) continue;
        const char *name = strings.data + symbol.st_name;
        postern_text text = {name, strnlen(name, strings.size - symbol.st_name)};
        if (!text.size || is_of_tools(text)) continue;
        if (++*count > SHOWN) continue;
        if (names->size) buffer_append_string(names, ", ");
        buffer_append_text(names, text);
    }
}

static postern_status no_object(postern_error *error)
{
    return error_set(error, POSTERN_E_PROTOCOL, "its tables of symbols cannot be read");
}

postern_status exports_read(postern_text file, struct buffer *names, size_t *count, postern_error *error)
{
    ElfW(Ehdr) head;
    const char *at = part(file, 0, sizeof head);
    if (!at) return no_object(error);
    memcpy(&head, at, sizeof head);
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_shentsize != sizeof(ElfW(Shdr)))
        return no_object(error);
    const char *sections = part(file, head.e_shoff, (uint64_t)head.e_shnum * sizeof(ElfW(Shdr)));
    bool any = false;
    for (size_t i = 0; sections && i < head.e_shnum; i++) {
        ElfW(Shdr) section, text;
        memcpy(&section, sections + i * sizeof section, sizeof section);
        if (section.sh_type != SHT_DYNSYM || section.sh_link >= head.e_shnum) continue;
        memcpy(&text, sections + section.sh_link * sizeof text, sizeof text);
        const char *symbols = part(file, section.sh_offset, section.sh_size);
        const char *strings = part(file, text.sh_offset, text.sh_size);
        if (!symbols || !strings) return no_object(error);
        list_symbols((postern_text){symbols, section.sh_size}, (postern_text){strings, text.sh_size}, names,
                     count);
        any = true;
    }
    return any ? POSTERN_OK : no_object(error);
}
