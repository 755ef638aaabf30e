/* What a vendor's support asks for to look up one of the calls that were made to it, beside the time. Plain
 * data; what of it comes from outside was checked before it gets here (collect/stream/request_call.h). */
#ifndef POSTERN_JOURNAL_VENDOR_CALL_H
#define POSTERN_JOURNAL_VENDOR_CALL_H

#include <stdint.h>

#define REQUEST_ID_SIZE 129 /* with the NUL */
#define ENDPOINT_SIZE   257 /* likewise; what is longer is cut */

struct vendor_call {
    char request_id[REQUEST_ID_SIZE]; /* the answer's, else what we sent; "" = neither */
    char endpoint[ENDPOINT_SIZE];     /* the path that was asked, without its query; "" = not known */
    int32_t status;                   /* HTTP; 0 = not known */
};

#endif
