/* Where the program finds its packaged modules, scripts and templates: beside itself, installed or in the
 * build folder.
 */
#ifndef POSTERN_ENGINE_PLACES_H
#define POSTERN_ENGINE_PLACES_H

/* Constant strings; "" if the folder is not there. */
const char *places_modules(void);
const char *places_scripts(void);
const char *places_templates(void); /* of `postern new` */
/* The configuration file if none is named: $POSTERN_CONFIG, else /etc/postern/postern.lua. */
const char *places_config(void);

#endif
