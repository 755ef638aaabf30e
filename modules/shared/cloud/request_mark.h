/* The receiver's own name for a call, by which its support finds it. */
#ifndef SHARED_CLOUD_REQUEST_MARK_H
#define SHARED_CLOUD_REQUEST_MARK_H

#include <postern/kit.h>

#define CLOUD_REQUEST_MARK_SIZE 200
#define CLOUD_REQUEST_ID_MOST   97
#define CLOUD_SECOND_ID_MOST    80 /* S3's has 76 */

/* " (request id ID)", to stand behind what a failing answer says, or " (request id ID, id-2 ID)" where the
 * vendor's support wants both; "" if it names none. The core knows these forms (base/request_mark.h): reasons
 * that differ in it alone are one. Of a longer id the beginning is shown, and bytes that are not of ids as
 * "_". */
void cloud_request_mark(const postern_http_response *response, char mark[CLOUD_REQUEST_MARK_SIZE]);

#endif
