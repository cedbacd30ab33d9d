// SPDX-License-Identifier: GPL-2.0-or-later
/* clients.c - the commands that nfha asks the helper for */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"
#include "running.h"

static void drop_client(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

void clients_answer(struct client *client, int status, const char *text)
{
	ctl_reply(client->fd, status, text);
	drop_client(client);
}

void clients_accept(struct daemon *d)
{
	int fd = accept4(d->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (uint32_t i = 0; i < CTL_CLIENTS_MAX; i++) {
		if (d->client[i].fd >= 0)
			continue;
		d->client[i] = (struct client){ .fd = fd };
		daemon_watch(d, fd, TAG_CLIENT + i);
		return;
	}
	ctl_reply(fd, EXIT_FAILURE, "nfhad: too many clients\n");
	close(fd);
}

static char *show_history(struct daemon *d, bool json)
{
	return json ? history_json(&d->history) : history_text(&d->history);
}

/* The shows of the running state; false: it is not one. */
static bool show(struct daemon *d, struct client *client)
{
	static const struct {
		const char *line;
		char *(*make)(const struct show *s);
	} shows[] = {
		{ CTL_SHOW, show_text }, { CTL_SHOW_JSON, show_json },
		{ CTL_STATE, show_state_text }, { CTL_STATE_JSON, show_state_json },
		{ CTL_MONITOR, show_monitor_text }, { CTL_MONITOR_JSON, show_monitor_json },
		{ CTL_HISTORY, NULL }, { CTL_HISTORY_JSON, NULL },
	};
	unsigned int i = 0;
	char *text;

	while (i < ARRAY_SIZE(shows) && strcmp(client->line, shows[i].line))
		i++;
	if (i == ARRAY_SIZE(shows))
		return false;
	if (d->engine) {
		view_refresh(d);
		engine_status(d->engine, &d->show.engine);
	}
	if (d->control)
		control_status(d->control, &d->show.control);
	d->show.now_ns = boottime_ns();
	d->show.now = time(NULL);
	text = shows[i].make ? shows[i].make(&d->show) :
	       show_history(d, !strcmp(client->line, CTL_HISTORY_JSON));
	clients_answer(client, EXIT_SUCCESS, text);
	free(text);
	return true;
}

static bool show_running(struct daemon *d, struct client *client)
{
	char *text = running_answer(&d->c, client->line);

	if (!text)
		return false;
	clients_answer(client, EXIT_SUCCESS, text);
	free(text);
	return true;
}

static void command(struct daemon *d, struct client *client, enum fsm_command what)
{
	struct engine_order o = { .type = FSM_EV_COMMAND, .command = what };

	if (!d->engine) {
		clients_answer(client, EXIT_FAILURE, "nfha: refused: failover is off\n");
		return;
	}
	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++) {
		if (d->client[i].fd >= 0 && d->client[i].waits) {
			clients_answer(client, EXIT_FAILURE,
			       "nfha: refused: another switchover is in progress\n");
			return;
		}
	}
	client->waits = true;
	engine_order(d->engine, &o);
}

/* Output has a price (13-46): it is off until somebody asks for it. */
static void debug(struct client *client, const char *name, bool on)
{
	if (log_debug_set(name, on))
		clients_answer(client, EXIT_SUCCESS, "");
	else
		clients_answer(client, EXIT_FAILURE, "nfhad: unknown class\n");
}

static void resync(struct daemon *d, struct client *client)
{
	char text[GENL_WHY_MAX + 64];
	int err;

	if (!d->engine || !conf_state_dev(&d->c)) {
		clients_answer(client, EXIT_FAILURE, d->engine ?
		       "nfha: refused: there is no state link (failover link)\n" :
		       "nfha: refused: failover is off\n");
		return;
	}
	err = genl_resync(d->module);
	if (!err)
		snprintf(text, sizeof(text), "nfha: synchronisation begins\n");
	else
		snprintf(text, sizeof(text), "nfha: %s: %s\n",
			 err == -EALREADY ? "nothing to do" : "refused", genl_why(d->module));
	clients_answer(client, err && err != -EALREADY ? EXIT_FAILURE : EXIT_SUCCESS, text);
}

void clients_read(struct daemon *d, struct client *client)
{
	int got;

	if (client->fd < 0)
		return;
	got = ctl_request(client->fd, client->line, &client->len);
	if (!got)
		return;
	/* One that waits for its command and hangs up is not waited for. */
	if (got < 0 || client->waits) {
		drop_client(client);
		return;
	}
	log_debug(DEBUG_COMMAND, "%s", client->line);
	if (!strncmp(client->line, CTL_DEBUG, strlen(CTL_DEBUG)))
		debug(client, client->line + strlen(CTL_DEBUG), true);
	else if (!strncmp(client->line, CTL_NO_DEBUG, strlen(CTL_NO_DEBUG)))
		debug(client, client->line + strlen(CTL_NO_DEBUG), false);
	else if (!strcmp(client->line, CTL_ACTIVE))
		command(d, client, FSM_CMD_ACTIVE);
	else if (!strcmp(client->line, CTL_NO_ACTIVE))
		command(d, client, FSM_CMD_NO_ACTIVE);
	else if (!strcmp(client->line, CTL_RESET))
		command(d, client, FSM_CMD_RESET);
	else if (!strcmp(client->line, CTL_RESYNC))
		resync(d, client);
	else if (!show(d, client) && !show_running(d, client))
		clients_answer(client, EXIT_FAILURE, "nfhad: unknown request\n");
}
