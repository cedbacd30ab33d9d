// SPDX-License-Identifier: GPL-2.0-or-later
/* ctl.c - the unix socket between nfha and nfhad */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"

#define TEXT_MAX	(4U << 20)

static int set_path(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(a->sun_path))
		return -ENAMETOOLONG;
	snprintf(a->sun_path, sizeof(a->sun_path), "%s", path);
	return 0;
}

/* Makes the socket's directory, when there is none; an existing one is left alone. */
static void make_directory(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return;
	*slash = '\0';
	mkdir(dir, 0750);
}

int ctl_listen(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a;
	mode_t mask;
	int err;

	if (fd < 0)
		return -errno;
	err = set_path(&a, path);
	if (err)
		goto fail;
	make_directory(path);
	if (!connect(fd, (void *)&a, sizeof(a))) {
		err = -EADDRINUSE;
		goto fail;
	}
	if (errno == ECONNREFUSED)
		unlink(path);
	/* rw-rw----: whoever may steer the pair is in the socket's group. */
	mask = umask(0117);
	err = bind(fd, (void *)&a, sizeof(a)) ? -errno : 0;
	umask(mask);
	if (!err && listen(fd, CTL_CLIENTS_MAX))
		err = -errno;
	if (!err)
		return fd;
fail:
	close(fd);
	return err;
}

int ctl_request(int fd, char line[CTL_LINE_MAX], size_t *len)
{
	ssize_t n = recv(fd, line + *len, CTL_LINE_MAX - *len, MSG_DONTWAIT);
	char *newline;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	*len += (size_t)n;
	newline = memchr(line, '\n', *len);
	if (newline) {
		*newline = '\0';
		return 1;
	}
	return *len == CTL_LINE_MAX ? -1 : 0;
}

void ctl_reply(int fd, int status, const char *text)
{
	int size = (int)strlen(text) + 64;
	char head[16];
	struct iovec iov[2] = {
		{ head, (size_t)snprintf(head, sizeof(head), "%d\n", status) },
		{ (void *)(uintptr_t)text, strlen(text) },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	/* In one go or not at all: a client that does not read must not hold us up. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)!sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* One that is stopped still accepts connections: the kernel does it. */
static int set_patience(int fd)
{
	struct timeval patience = { .tv_sec = CTL_PATIENCE_S };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static int read_all(int fd, char **text)
{
	size_t len = 0, size = 4096;
	char *buf = malloc(size);
	ssize_t n = -1;

	while (buf && len < TEXT_MAX) {
		n = recv(fd, buf + len, size - len - 1, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		if (len + 1 == size) {
			char *more = realloc(buf, size *= 2);

			if (!more)
				break;
			buf = more;
		}
	}
	if (!buf || n < 0) {
		free(buf);
		return n < 0 && errno == EAGAIN ? -ETIMEDOUT : -EIO;
	}
	buf[len] = '\0';
	*text = buf;
	return 0;
}

int ctl_ask(const char *path, const char *line, char **text)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	char *newline, *answer = NULL;
	int status;

	if (fd < 0)
		return -errno;
	if (set_path(&a, path) || set_patience(fd) || connect(fd, (void *)&a, sizeof(a))) {
		status = errno == EAGAIN ? -ETIMEDOUT : -errno;
	} else if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0 ||
		   send(fd, "\n", 1, MSG_NOSIGNAL) < 0) {
		status = -EIO;
	} else {
		status = read_all(fd, &answer);
	}
	if (!status) {
		status = -EPROTO;
		newline = strchr(answer, '\n');
		if (newline && strspn(answer, "0123456789") == (size_t)(newline - answer)) {
			status = atoi(answer);
			memmove(answer, newline + 1, strlen(newline + 1) + 1);
			*text = answer;
			answer = NULL;
		}
	}
	free(answer);
	close(fd);
	return status;
}
