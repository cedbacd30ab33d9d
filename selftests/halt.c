// SPDX-License-Identifier: GPL-2.0-or-later
/* halt: what PID 1 of a test guest runs last. */
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	sync();
	return reboot(RB_POWER_OFF);
}
