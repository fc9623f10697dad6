// A disk that fails when it is told to, loaded into a server before its own libraries.
//
// PIXII_FAULT_FOLDER names a folder: only its files are concerned. PIXII_FAULT names a file whose content
// says what happens to them from now on; without the file, nothing does:
//
//   hang   a sync does not return until this changes; a file beside it, named as it with `.hangs` behind,
//          says that one waits
//   fail   a sync is refused with EIO
//   full   a write is refused with ENOSPC, but for the first half of the first one
//   write  a write is refused with EIO, but for the first half of the first one
//   read   a read is refused with EIO

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static bool has_written_half;

// Whether `fault` is what the file says. Only system calls: what is replaced here must not be called.
static bool is(const char *fault) {
  const char *path = getenv("PIXII_FAULT");
  if (path == NULL) return false;
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char content[16] = {0};
  long length = syscall(SYS_read, file, content, sizeof content - 1);
  syscall(SYS_close, file);
  return length > 0 && strcmp(content, fault) == 0;
}

static bool is_concerned(int file) {
  const char *folder = getenv("PIXII_FAULT_FOLDER");
  if (folder == NULL) return false;
  char link[64];
  char path[4096] = {0};
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  return readlink(link, path, sizeof path - 1) > 0 && strncmp(path, folder, strlen(folder)) == 0;
}

static void say_that_one_waits(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s.hangs", getenv("PIXII_FAULT"));
  syscall(SYS_close, (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

// Whether a sync of the file is refused. Returns late if it hangs.
static bool sync_fails(int file) {
  if (!is_concerned(file)) return false;
  if (is("hang")) {
    say_that_one_waits();
    while (is("hang")) usleep(1000);
  }
  if (!is("fail")) return false;
  errno = EIO;
  return true;
}

// How much of `length` bytes may be written; -1 if nothing.
static ssize_t room(int file, size_t length) {
  if (!is_concerned(file)) return (ssize_t)length;
  bool is_full = is("full");
  if (!is_full && !is("write")) return (ssize_t)length;
  if (!has_written_half && length > 1) {
    has_written_half = true;
    return (ssize_t)(length / 2);
  }
  errno = is_full ? ENOSPC : EIO;
  return -1;
}

// Whether a read of the file is refused.
static bool read_fails(int file) {
  if (!is_concerned(file) || !is("read")) return false;
  errno = EIO;
  return true;
}

int fsync(int file) {
  return sync_fails(file) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
  return sync_fails(file) ? -1 : (int)syscall(SYS_fdatasync, file);
}

int sync_file_range(int file, off_t offset, off_t length, unsigned flags) {
  return sync_fails(file) ? -1 : (int)syscall(SYS_sync_file_range, file, offset, length, flags);
}

ssize_t write(int file, const void *bytes, size_t length) {
  ssize_t left = room(file, length);
  return left < 0 ? -1 : (ssize_t)syscall(SYS_write, file, bytes, left);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
  ssize_t left = room(file, length);
  return left < 0 ? -1 : (ssize_t)syscall(SYS_pwrite64, file, bytes, left, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
  return pwrite(file, bytes, length, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  return room(file, 1) < 0 ? -1 : (ssize_t)syscall(SYS_writev, file, parts, count);
}

ssize_t read(int file, void *bytes, size_t length) {
  return read_fails(file) ? -1 : (ssize_t)syscall(SYS_read, file, bytes, length);
}

ssize_t pread(int file, void *bytes, size_t length, off_t offset) {
  return read_fails(file) ? -1 : (ssize_t)syscall(SYS_pread64, file, bytes, length, offset);
}

ssize_t pread64(int file, void *bytes, size_t length, off_t offset) {
  return pread(file, bytes, length, offset);
}
