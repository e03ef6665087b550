/* replay_main.c - runs a fuzz target over the files of its corpus, once each: payloads are tested in every build. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	HILO_AUTO(buf) struct buf content = {0};
	FILE *file = fopen(path, "rb");
	size_t got;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while ((got = fread(buf_reserve(&content, 65536), 1, 65536, file)) > 0)
		content.len += got;
	fclose(file);
	/* a copy of exactly that size, so that a sanitizer sees a read beyond its end */
	HILO_AUTO_FREE uint8_t *data = hilo_alloc(content.len);
	if (content.len)
		memcpy(data, content.data, content.len);
	LLVMFuzzerTestOneInput(data, content.len);
	return 1;
}

/* Returns: the files replayed below path, or -1. */
static int replay(const char *path)
{
	struct stat status;
	struct dirent *entry;
	int total = 0;
	DIR *folder;

	if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
		return replay_file(path);
	folder = opendir(path);
	if (!folder) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (total >= 0 && (entry = readdir(folder))) {
		HILO_AUTO(buf) struct buf name = {0};
		if (entry->d_name[0] == '.')
			continue;
		buf_printf(&name, "%s/%s", path, entry->d_name);
		int count = replay(name.data);
		total = count < 0 ? -1 : total + count;
	}
	closedir(folder);
	return total;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc && total >= 0; i++) {
		int count = replay(argv[i]);
		total = count < 0 ? -1 : total + count;
	}
	if (total <= 0) {
		fprintf(stderr, "no input was replayed\n");
		return 1;
	}
	printf("%d inputs replayed\n", total);
	return 0;
}
