/*
 * Preloaded into a server: delays what it writes and syncs below SLOW_DISK_FOLDER, by the milliseconds in the file SLOW_DISK_DELAY.
 * A shorter delay shortens waits that have begun. Standard streams and reads are not delayed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 20

static int isBelowFolder(int fd) {
  const char *folder = getenv("SLOW_DISK_FOLDER");
  char link[64], path[4096];
  if (fd <= 2 || !folder) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

static long delayMs(void) {
  const char *file = getenv("SLOW_DISK_DELAY");
  char text[32] = "";
  int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  return length > 0 ? strtol(text, NULL, 10) : 0;
}

static void waitForDisk(int fd) {
  const struct timespec pause = {0, LOOK_MS * 1000000L};
  if (!isBelowFolder(fd)) return;
  for (long waited = 0; waited < delayMs(); waited += LOOK_MS) nanosleep(&pause, NULL);
}

#define DELAYED(result, name, parameters, arguments)          \
  result name parameters {                                    \
    static result(*original) parameters;                      \
    if (!original) original = dlsym(RTLD_NEXT, #name);        \
    waitForDisk(fd);                                          \
    return original arguments;                                \
  }

DELAYED(int, fsync, (int fd), (fd))
DELAYED(int, fdatasync, (int fd), (fd))
DELAYED(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
DELAYED(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
DELAYED(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at))
DELAYED(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
DELAYED(ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
DELAYED(ssize_t, pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))
