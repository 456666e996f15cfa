// Preloaded into the daemon: once the file FAIL_WHEN exists, every write and sync below the folder FAIL_BELOW fails with EIO.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int file) {
    const char *when = getenv("FAIL_WHEN"), *below = getenv("FAIL_BELOW");
    if (!when || !below || access(when, F_OK) != 0) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return strncmp(path, below, strlen(below)) == 0;
}

#define FAILING(result, name, parameters, arguments)                            \
    result name parameters {                                                    \
        static result(*real) parameters;                                        \
        if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name);        \
        int before = errno;                                                     \
        if (fails(file)) {                                                      \
            errno = EIO;                                                        \
            return -1;                                                          \
        }                                                                       \
        errno = before;                                                         \
        return real arguments;                                                  \
    }

FAILING(ssize_t, write, (int file, const void *from, size_t count), (file, from, count))
FAILING(ssize_t, writev, (int file, const struct iovec *from, int count), (file, from, count))
FAILING(ssize_t, pwrite, (int file, const void *from, size_t count, off_t at), (file, from, count, at))
FAILING(ssize_t, pwrite64, (int file, const void *from, size_t count, off64_t at), (file, from, count, at))
FAILING(int, fsync, (int file), (file))
FAILING(int, fdatasync, (int file), (file))
