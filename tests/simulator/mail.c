#include "mail.h"
#include "times.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const first_names[] = {"Dana",  "Priya",  "Marcus", "Ingrid", "Wei",   "Fatima",  "Hugo",
                                          "Nadia", "Samuel", "Olivia", "Amara",  "Kenji", "Beatriz", "Noah"};
static const char *const last_names[] = {"Meyer",   "Okafor", "Lindqvist", "Haddad", "Nguyen", "Castillo",
                                         "O'Brien", "Petrov", "Sato",      "Khan",   "Rossi",  "Jansen"};
static const char *const foreign_names[] = {"Tomás", "Zoë", "Łukasz", "Siobhán", "佐藤", "Müller"};
static const char *const mailboxes[] = {"dana.meyer", "priya.nair", "m.okafor", "ingrid",
                                        "t.castillo", "zoe",        "accounts", "hr",
                                        "helpdesk",   "ceo",        "f.haddad", "sales"};
static const char *const their_domains[] = {
    "news.example.net", "northwind.example",    "contoso.example",   "parcel-info.example",
    "bank.example.org", "supplier.example.com", "mailer.example.io", "login-portal.example"};
static const char *const our_domains[] = {"acme.example",     "globex.example", "initech.example",
                                          "umbrella.example", "hooli.example",  "stark.example",
                                          "wayne.example",    "tyrell.example"};
static const char *const directions[] = {"Inbound", "Inbound", "Inbound", "Outbound", "Internal"};
static const char *const matters[] = {
    "Invoice",          "Your order",       "Meeting notes", "Quarterly report", "Password reset",
    "Delivery problem", "Contract renewal", "Team lunch",    "Payment advice",   "Security review"};
/* Subjects that split, quote, escape or confuse. */
static const char *const awkward[] = {"RE: \"final\" offer \\\\fileserver\\share",
                                      "a|b=c|Subject=fake|Act=Acc",
                                      "line one\nline two\ttabbed",
                                      "C:\\temp\\report.pdf attached",
                                      "100% = done | \"quoted\" {json:[1,2]}",
                                      "</script> \x01\x1f controls",
                                      "ends with a backslash \\"};
static const char *const foreign[] = {"Überweisung für José — Café №5", "請求書のご確認 📄", "Счёт на оплату",
                                      "🎉🎉 Félicitations 👩‍💻", "‏חשבונית"};

struct random event_random(const struct event_style *style, const struct event *event)
{
    return (struct random){mix2(mix2(style->seed, (uint64_t)style->account << 8 | event->source),
                                (uint64_t)event->sequence << 8 | 1)};
}

void random_hex(struct random *random, char *out, size_t digits)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < digits; i++) {
        if (i % 16 == 0) bits = random_next(random);
        out[i] = "0123456789abcdef"[bits & 15];
        bits >>= 4;
    }
    out[digits] = '\0';
}

static void write_subject(struct mail *mail, struct random *random)
{
    const char *prefix = random_chance(random, 300) ? "RE: " : "";
    if (random_chance(random, 50))
        snprintf(mail->subject, sizeof mail->subject, "%s%s", prefix, PICK(random, awkward));
    else if (random_chance(random, 14))
        snprintf(mail->subject, sizeof mail->subject, "%s%s", prefix, PICK(random, foreign));
    else
        snprintf(mail->subject, sizeof mail->subject, "%s%s %u for your review", prefix,
                 PICK(random, matters), (unsigned)random_below(random, 100000));
}

struct mail mail_of(const struct event_style *style, const struct event *event)
{
    struct random random = {mix2(mix2(style->seed, (uint64_t)style->account << 8 | event->source),
                                 (uint64_t)event->message << 8 | 2)};
    struct mail mail = {.first_name = PICK(&random, first_names),
                        .last_name = PICK(&random, last_names),
                        .sender_domain = PICK(&random, their_domains),
                        .domain = our_domains[style->account % (sizeof our_domains / sizeof *our_domains)],
                        .direction = PICK(&random, directions)};
    if (random_chance(&random, 8)) mail.last_name = PICK(&random, foreign_names);
    uint64_t bits = random_next(&random);
    for (size_t i = 0; i < 22; i++, bits = i % 10 ? bits >> 6 : random_next(&random))
        mail.code[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[bits & 63];
    snprintf(mail.recipient, sizeof mail.recipient, "%s@%s", PICK(&random, mailboxes), mail.domain);
    snprintf(mail.address, sizeof mail.address, "%s.%u",
             random_chance(&random, 500) ? "192.0.2" : "198.51.100",
             (unsigned)random_below(&random, 254) + 1);
    if (random_chance(&random, 30))
        snprintf(mail.address, sizeof mail.address, "2001:db8::%x", (unsigned)(bits & 0xffff));
    char digits[9];
    random_hex(&random, digits, 8);
    snprintf(mail.message_id, sizeof mail.message_id, "<%s.%u@%s>", digits, event->message,
             mail.sender_domain);
    mail.blank_id = style->nasty && random_chance(&random, 20);
    write_subject(&mail, &random);
    return mail;
}

void object_begin(struct object *object, struct text *out, bool ascii)
{
    *object = (struct object){out, false, ascii};
    text_put(out, '{');
}

static void object_key(struct object *object, const char *key)
{
    if (object->started) text_put(object->out, ',');
    object->started = true;
    text_put(object->out, '"');
    text_puts(object->out, key);
    text_append(object->out, "\":", 2);
}

/* One UTF-8 character as \u escapes; returns its size. */
static size_t escape_character(struct text *out, const unsigned char *in)
{
    size_t size = in[0] >= 0xf0 ? 4 : in[0] >= 0xe0 ? 3 : 2;
    uint32_t code = in[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++)
        code = code << 6 | (in[i] & 0x3fu);
    if (code < 0x10000)
        text_printf(out, "\\u%04x", code);
    else
        text_printf(out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
                    0xdc00 + ((code - 0x10000) & 0x3ff));
    return size;
}

void object_text(struct object *object, const char *key, const char *value)
{
    object_key(object, key);
    if (!object->ascii) {
        text_json_puts(object->out, value);
        return;
    }
    struct text escaped = {0};
    text_json_puts(&escaped, value);
    for (size_t i = 0; i < escaped.size;) {
        unsigned char byte = (unsigned char)escaped.data[i];
        if (byte >= 0x80) {
            i += escape_character(object->out, (const unsigned char *)escaped.data + i);
            continue;
        }
        if (byte == '/') text_put(object->out, '\\');
        text_put(object->out, (char)byte);
        i++;
    }
    text_free(&escaped);
}

void object_format(struct object *object, const char *key, const char *format, ...)
{
    char value[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    object_text(object, key, value);
}

void object_raw(struct object *object, const char *key, const char *json)
{
    object_key(object, key);
    text_puts(object->out, json);
}

void object_integer(struct object *object, const char *key, int64_t value)
{
    object_key(object, key);
    text_integer(object->out, value);
}

void object_date(struct object *object, const char *key, int64_t ms, struct random *random, bool nasty)
{
    static const struct {
        int offset_minutes;
        const char *zone; /* NULL: as the offset is written */
    } spellings[] = {{0, "+00:00"}, {0, "Z"}, {0, ""}, {-240, NULL}, {330, NULL}};
    size_t spelling = random_below(random, sizeof spellings / sizeof *spellings);
    bool odd = random_chance(random, 60) && nasty;
    struct text time = {0};
    time_iso(&time, ms, odd ? spellings[spelling].offset_minutes : 0, false);
    if (odd && spellings[spelling].zone) {
        time.size -= strlen("+0000");
        text_puts(&time, spellings[spelling].zone);
        text_append(&time, "", 0);
    }
    object_text(object, key, time.data);
    text_free(&time);
}

void object_end(struct object *object)
{
    text_put(object->out, '}');
}
