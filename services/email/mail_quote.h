/* mail_quote.h - where a reply begins to quote what it answers, so that a reader can fold it away. Pure, one pass.
 * Nothing is lost by a wrong guess: the whole stays what it is. Source: what Gmail, Outlook, Apple Mail, Thunderbird
 * and Yahoo write. */
#pragma once

#include "base/base.h"

/* mail_quote_text - Returns: how many characters (not bytes) of the UTF-8 text stand before the quote at its end; 0 when
 * there is none, or nothing before it, or answers between the quoted lines. */
size_t mail_quote_text(const char *text);
/* mail_quote_html - the same of HTML; the quote begins with a tag. */
size_t mail_quote_html(const char *html);
