// SPDX-License-Identifier: GPL-2.0
/* main.c - load, unload, and one instance for each network namespace */
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "nfha.h"
#include "conf.h"
#include "iface.h"
#include "neigh.h"
#include "netlink.h"
#include "repl.h"
#include "role.h"
#include "watch.h"

unsigned int nfha_net_id __read_mostly;
struct workqueue_struct *nfha_ctl_wq __read_mostly;

static int __net_init nfha_net_init(struct net *net)
{
	struct nfha_net *nn = nfha_pernet(net);

	nn->stats = alloc_percpu_gfp(struct nfha_stats, GFP_KERNEL_ACCOUNT);
	if (!nn->stats)
		return -ENOMEM;
	nn->net = net;
	mutex_init(&nn->lock);
	nfha_role_init(nn);
	nfha_ifaces_init(nn);
	return 0;
}

/* The namespace goes; its devices are still there. */
static void __net_exit nfha_net_pre_exit(struct net *net)
{
	struct nfha_net *nn = nfha_pernet(net);

	mutex_lock(&nn->lock);
	if (nn->configured)
		nfha_conf_abandon(nn);
	mutex_unlock(&nn->lock);
}

static void __net_exit nfha_net_exit(struct net *net)
{
	struct nfha_net *nn = nfha_pernet(net);

	mutex_lock(&nn->lock);
	nfha_conf_clear(nn);
	mutex_unlock(&nn->lock);
	cancel_delayed_work_sync(&nn->ifaces.work);
	mutex_destroy(&nn->lock);
	free_percpu(nn->stats);
}

static struct pernet_operations nfha_net_ops = {
	.init		= nfha_net_init,
	.pre_exit	= nfha_net_pre_exit,
	.exit		= nfha_net_exit,
	.id		= &nfha_net_id,
	.size		= sizeof(struct nfha_net),
};

static int __init nfha_init(void)
{
	int err;

	nfha_ctl_wq = alloc_workqueue("nfha", WQ_HIGHPRI | WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!nfha_ctl_wq)
		return -ENOMEM;
	err = nfha_repl_init();
	if (err)
		goto destroy_wq;
	err = register_pernet_subsys(&nfha_net_ops);
	if (err)
		goto exit_repl;
	err = nfha_watch_init();
	if (err)
		goto unregister_pernet;
	err = nfha_neigh_init();
	if (err)
		goto exit_watch;
	err = nfha_netlink_init();
	if (err)
		goto exit_neigh;
	return 0;

exit_neigh:
	nfha_neigh_exit();
exit_watch:
	nfha_watch_exit();
unregister_pernet:
	unregister_pernet_subsys(&nfha_net_ops);
exit_repl:
	nfha_repl_exit();
destroy_wq:
	destroy_workqueue(nfha_ctl_wq);
	return err;
}

/* Leave every namespace as it was found; the helpers can still be told. */
static void nfha_clear_all(void)
{
	struct nfha_net *nn;
	struct net *net;

	nfha_conf_refuse();
	down_write(&pernet_ops_rwsem);	/* namespaces neither come nor go */
	for_each_net(net) {
		nn = nfha_pernet(net);
		mutex_lock(&nn->lock);
		nfha_conf_clear(nn);
		mutex_unlock(&nn->lock);
	}
	up_write(&pernet_ops_rwsem);
}

static void __exit nfha_exit(void)
{
	nfha_clear_all();
	nfha_netlink_exit();
	nfha_neigh_exit();
	nfha_watch_exit();
	unregister_pernet_subsys(&nfha_net_ops);
	nfha_repl_exit();
	destroy_workqueue(nfha_ctl_wq);
}

module_init(nfha_init);
module_exit(nfha_exit);

MODULE_DESCRIPTION("Stateful failover of two firewalls");
MODULE_LICENSE("GPL");
MODULE_VERSION(NFHA_VERSION);
MODULE_ALIAS_GENL_FAMILY(NFHA_GENL_NAME);
MODULE_SOFTDEP("pre: nf_conntrack nf_nat nf_conntrack_netlink");
