// The practical limit: libdeflate (which checks the CRC) and memmem, no look at the JSON. Prints how often the role's name occurs
// and the cpu seconds of the process.
#define _GNU_SOURCE
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  printf("%ld %f\n", found, cpu);
  return 0;
}
