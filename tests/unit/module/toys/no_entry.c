/* A shared object that is no module. */
__attribute__((visibility("default"))) int answer(void);
int answer(void)
{
    return 42;
}
