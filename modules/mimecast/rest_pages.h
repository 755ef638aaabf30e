/* The ways in which the newer endpoints of API 2.0 name the next page. */
#ifndef MIMECAST_REST_PAGES_H
#define MIMECAST_REST_PAGES_H

#include "page.h"

enum { REST_ROWS = 100 }; /* asked for at once */

/* By offset: the position is the number of the page. What names the next page is a link, of which nothing but
 * that number is taken. A full page without a link may have one behind it. */
page_turn rest_turn_by_offset;

/* By cursor: the position is how many records the pass has brought, a blank, and the token. */
page_turn rest_turn_by_cursor;
/* The token of such a position. */
postern_text rest_cursor(postern_text position);

/* A pass by cursor brings no more records than this, whatever there is. */
enum { REST_MOST = 1000 };

#endif
