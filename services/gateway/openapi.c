/* openapi.c - the description of the API, carried in the binary. */
#include "handlers.h"

__asm__(".section .rodata\n"
        ".global openapi_begin\n"
        ".global openapi_end\n"
        "openapi_begin: .incbin \"" OPENAPI_FILE "\"\n"
        "openapi_end:\n"
        ".previous\n");
extern const char openapi_begin[], openapi_end[];

void handle_openapi(struct http_request *request, void *arg)
{
	(void)arg;
	http_reply_header(request, "Cache-Control", "max-age=300");
	http_reply_json(request, 200, openapi_begin, (size_t)(openapi_end - openapi_begin));
}
