// The practical limit: libdeflate and memmem, no check of anything. Prints how often the role's name occurs.
#define _GNU_SOURCE
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **args) {
  struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
  unsigned char *packed = malloc(64 << 20), *text = malloc(256 << 20);
  long found = 0;
  for (int i = 2; i < count; i++) {
    FILE *file = fopen(args[i], "rb");
    size_t length = fread(packed, 1, 64 << 20, file), size;
    fclose(file);
    if (libdeflate_gzip_decompress(inflater, packed, length, text, 256 << 20, &size) != 0) return 1;
    for (unsigned char *at = text; (at = memmem(at, text + size - at, args[1], strlen(args[1]))); at++) found++;
  }
  printf("%ld\n", found);
  return 0;
}
