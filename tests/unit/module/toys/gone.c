/* The library that missing_library.c needs; it is not where the loader looks. */
__attribute__((visibility("default"))) int function_that_is_gone(void);
int function_that_is_gone(void)
{
    return 42;
}
