// SPDX-License-Identifier: GPL-2.0
/*
 * bulk.c - the walk that gives a peer everything
 *
 * Marks every connection dirty that was not sent in this generation, beside the
 * live changes, and pauses while much is outstanding. When all it marked is
 * acknowledged, BULK_END tells the peer that what it holds of older generations
 * is gone.
 */
#include "http.h"
#include "nfha.h"
#include "record.h"
#include "repl_inst.h"

#define NFHA_BULK_SLICE	64	/* buckets between two looks at the queue */
#define NFHA_BULK_HIGH	4096	/* objects outstanding: pause */
#define NFHA_BULK_LOW	1024	/* go on */
#define NFHA_BULK_RETRY		(HZ / 20)	/* after a slice that lacked memory */
#define NFHA_BULK_ASK_NS	(100 * NSEC_PER_MSEC)	/* until the peer begins */

static void nfha_bulk_one(struct nf_conn *ct, void *arg)
{
	struct nfha_repl *repl = arg;
	struct nfha_key key;

	rcu_read_lock();
	nfha_key_of(ct, &key);
	if (nfha_http_is_left_out(repl->nn, &key))
		nfha_count(repl->nn, TX_HTTP);
	else if (nfha_capture_wants(repl->nn, &key))
		nfha_mark(repl, &key, NFHA_MARK_BULK, NFHA_HASTE_SLOW,
			  READ_ONCE(repl->bulk.epoch));
	rcu_read_unlock();
}

/*
 * What the walk does not name the peer takes for gone: a slice without memory for one of
 * its connections is walked again, a moment later.
 */
static bool nfha_bulk_slice(struct nfha_repl *repl)
{
	struct nfha_bulk_walk *bulk = &repl->bulk;
	struct nfha_walk begin = bulk->walk;
	bool more;

	bulk->missed = false;
	more = nfha_walk_slice(&bulk->walk, repl->net, NFHA_BULK_SLICE, nfha_bulk_one, repl);
	if (!bulk->missed)
		return more;
	bulk->walk = begin;
	queue_delayed_work(nfha_wq, &bulk->work, NFHA_BULK_RETRY);
	return true;
}

static void nfha_bulk_work(struct work_struct *work)
{
	struct nfha_repl *repl = container_of(to_delayed_work(work), struct nfha_repl, bulk.work);
	struct nfha_bulk_walk *bulk = &repl->bulk;
	u32 epoch = READ_ONCE(bulk->epoch);
	bool more;

	if (!epoch || READ_ONCE(bulk->walked_epoch) == epoch)
		return;
	while (nfha_repl_outstanding(repl) < NFHA_BULK_HIGH) {
		if (READ_ONCE(repl->stopping) || !READ_ONCE(repl->capture))
			return;
		more = nfha_bulk_slice(repl);
		nfha_queue_hurry(&repl->queue);
		if (!more) {
			/* All marks before this: the link worker reads it first. */
			smp_store_release(&bulk->walked_epoch, epoch);
			break;
		}
		if (bulk->missed)
			break;
		cond_resched();
	}
	nfha_repl_kick(repl);
}

/**
 * nfha_bulk_init - prepare
 * @repl: instance
 *
 * Context: may sleep.
 */
void nfha_bulk_init(struct nfha_repl *repl)
{
	INIT_DELAYED_WORK(&repl->bulk.work, nfha_bulk_work);
}

/**
 * nfha_bulk_start - begin to walk for a new generation
 * @repl: instance
 * @epoch: of the generation
 *
 * Context: link worker; may sleep.
 */
void nfha_bulk_start(struct nfha_repl *repl, u32 epoch)
{
	struct nfha_bulk_walk *bulk = &repl->bulk;

	nfha_bulk_stop(repl);
	memset(&bulk->walk, 0, sizeof(bulk->walk));
	atomic_set(&bulk->queued, 0);
	WRITE_ONCE(bulk->rewalk, false);
	WRITE_ONCE(bulk->epoch, epoch);
	queue_delayed_work(nfha_wq, &bulk->work, 0);
}

/**
 * nfha_bulk_stop - no generation is walked any more
 * @repl: instance
 *
 * Context: link worker; may sleep for the length of a slice.
 */
void nfha_bulk_stop(struct nfha_repl *repl)
{
	struct nfha_bulk_walk *bulk = &repl->bulk;

	WRITE_ONCE(bulk->epoch, 0);
	cancel_delayed_work_sync(&bulk->work);
	bulk->end_sent = false;
	bulk->done = false;
}

/**
 * nfha_bulk_is_walked - the walk of the running generation came to its end
 * @repl: instance
 *
 * Context: any.
 */
bool nfha_bulk_is_walked(const struct nfha_repl *repl)
{
	u32 epoch = READ_ONCE(repl->bulk.epoch);

	/* Pairs with the release in nfha_bulk_work(): its marks are seen, too. */
	return epoch && smp_load_acquire(&repl->bulk.walked_epoch) == epoch;
}

/**
 * nfha_bulk_go_on - after acknowledgements: walk on, or see whether it is over
 * @repl: instance
 *
 * Context: link worker. Return: true when BULK_END has to be queued now.
 */
bool nfha_bulk_go_on(struct nfha_repl *repl)
{
	struct nfha_bulk_walk *bulk = &repl->bulk;

	if (!bulk->epoch || bulk->end_sent)
		return false;
	if (!nfha_bulk_is_walked(repl)) {
		if (nfha_repl_outstanding(repl) < NFHA_BULK_LOW)
			queue_delayed_work(nfha_wq, &bulk->work, 0);
		return false;
	}
	if (atomic_read(&bulk->left))
		return false;
	bulk->end_sent = true;
	return true;
}

/**
 * nfha_bulk_percent - how far the walk came
 * @repl: instance
 *
 * Context: any. Return: 0 to 100, of the buckets of conntrack.
 */
unsigned int nfha_bulk_percent(const struct nfha_repl *repl)
{
	const struct nfha_walk *walk = &repl->bulk.walk;
	unsigned int size = READ_ONCE(walk->size);

	if (!READ_ONCE(repl->bulk.epoch) || !size)
		return 0;
	if (nfha_bulk_is_walked(repl))
		return 100;
	return min_t(u64, (u64)READ_ONCE(walk->pos) * 100 / size, 100);
}

/**
 * nfha_bulk_deadline - when nfha_bulk_ask() is due
 * @repl: instance
 *
 * Context: link worker. Return: ns, or U64_MAX.
 */
u64 nfha_bulk_deadline(const struct nfha_repl *repl)
{
	return READ_ONCE(repl->bulk.ask) ? repl->bulk.asked_at + NFHA_BULK_ASK_NS : U64_MAX;
}

/**
 * nfha_bulk_ask - a standby asks for everything, until it begins to come
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_bulk_ask(struct nfha_repl *repl, u64 now)
{
	struct nfha_bulk_walk *bulk = &repl->bulk;
	struct nfha_rec_bulk *rec;
	u8 *p, *end;

	if (!READ_ONCE(bulk->ask) || now < bulk->asked_at + NFHA_BULK_ASK_NS)
		return;
	if (repl->rx.bulk != NFHA_BULK_DONE || !repl->rx.peer || repl->tx.epoch) {
		WRITE_ONCE(bulk->ask, false);
		return;
	}
	bulk->asked_at = now;
	p = nfha_xmit_open(repl, &end);
	rec = (struct nfha_rec_bulk *)p;
	rec->h = (struct nfha_rec_hdr){
		.type = NFHA_REC_RESYNC, .len = cpu_to_be16(sizeof(*rec)),
	};
	rec->generation = cpu_to_be32(repl->rx.generation);
	nfha_xmit_close(repl, p + sizeof(*rec));
}

/**
 * nfha_bulk_asked - NFHA_REC_RESYNC arrived
 * @repl: instance
 * @h: its header
 * @body: what follows the header
 *
 * A request that is older than the running generation is fulfilled by it.
 *
 * Context: link worker. Return: 0, or -EINVAL: malformed.
 */
int nfha_bulk_asked(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		    struct nfha_cursor *body)
{
	const struct nfha_rec_bulk *rec = (const struct nfha_rec_bulk *)h;

	if (!nfha_take(body, sizeof(*rec) - sizeof(*h)))
		return -EINVAL;
	if (repl->tx.epoch && be32_to_cpu(rec->generation) == repl->tx.generation)
		WRITE_ONCE(repl->bulk.rewalk, true);
	return 0;
}
