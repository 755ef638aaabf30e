/* A JSON number as a column holds it, and whether it holds all of it. */
#ifndef STORE_PARQUET_NUMBER_H
#define STORE_PARQUET_NUMBER_H

#include <postern/kit.h>

enum parquet_fit {
    PARQUET_MISFIT,  /* it is no value of that type */
    PARQUET_ROUNDED, /* it is none, but for the nearest one, which differs in a digit that is written */
    PARQUET_FITS,
};

/* True if it is written without fraction and exponent. */
bool number_is_whole(postern_text json);
/* PARQUET_MISFIT or PARQUET_FITS. */
enum parquet_fit number_read_int64(postern_text json, int64_t *number);
enum parquet_fit number_read_double(postern_text json, double *number);

#endif
