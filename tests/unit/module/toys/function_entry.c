/* The right symbol, but a function. */
__attribute__((visibility("default"))) int postern_module_entry(void);
int postern_module_entry(void)
{
    return 42;
}
