// console_page.js - stop-watches inside the console's page, for tests/bench/console. Every time is taken after the frame that shows it.

(() => {
	/* Runs once the frame that is being made has been painted. */
	const painted = (then) => {
		const { port1, port2 } = new MessageChannel()
		requestAnimationFrame(() => {
			port1.onmessage = () => then(performance.now())
			port2.postMessage(null)
		})
	}
	/* Resolves with the time at which something could be seen for the first time. */
	const seen = (test, limit = 20000) => new Promise((resolve, reject) => {
		const until = performance.now() + limit
		const look = () => {
			if (test()) return painted(resolve)
			if (performance.now() > until) return reject(new Error(`not seen within ${limit} ms: ${test}`))
			requestAnimationFrame(look)
		}
		look()
	})
	const feed = () => document.querySelector('[role=feed]')
	const isOpen = (old) => feed() !== old && feed()?.querySelector('article')
	const scroller = () => document.querySelector('[role=grid]')
	const loaded = () => Number(scroller().getAttribute('aria-rowcount'))

	const bench = {
		/* From the navigation's start: something to click, and with a conversation in the address something to write in. */
		list: () => seen(() => document.querySelector('[role=grid] [role=row]')),
		page: () => seen(() => document.querySelector('[role=grid] [role=row]') && feed()?.querySelector('article') && document.querySelector('.composer [role=textbox]')),

		/* From the next key or click to the other conversation. */
		arm(type) {
			const old = feed()
			bench.armed = new Promise((resolve) => {
				addEventListener(type, (event) => resolve(event.timeStamp), { capture: true, once: true })
			}).then((from) => seen(() => isOpen(old)).then((at) => at - from))
		},
		/* A row that was neither near nor under the pointer: it is brought into sight and clicked at once. */
		async clickFar(index) {
			const list = scroller()
			list.scrollTop = index * list.querySelector('[role=row]').offsetHeight
			await seen(() => list.querySelector(`[aria-rowindex="${index + 1}"]`))
			const old = feed()
			const from = performance.now()
			list.querySelector(`[aria-rowindex="${index + 1}"]`).click()
			return (await seen(() => isOpen(old))) - from
		},

		/* Scrolls on until so many rows are there; then down and up through them, a given way each frame, but for the last: they would
		   bring more. */
		async load(rows) {
			await bench.list()
			const list = scroller()
			for (let before = 0; loaded() < rows && loaded() > before;) {
				before = loaded()
				list.scrollTop = list.scrollHeight
				await seen(() => loaded() > before, 5000).catch(() => undefined)
			}
			return loaded()
		},
		async scroll(step) {
			const list = scroller()
			const times = []
			list.scrollTop = 0
			await new Promise((resolve) => painted(resolve))
			const end = list.scrollHeight - list.clientHeight - 40 * list.querySelector('[role=row]').offsetHeight
			let way = step
			for (let last = performance.now(); way !== 0;) {
				const now = await new Promise((resolve) => requestAnimationFrame(resolve))
				times.push(now - last)
				last = now
				list.scrollTop += way
				if (way > 0 && list.scrollTop >= end) way = -step
				else if (list.scrollTop === 0) way = 0
			}
			return { intervals: times.slice(2), rows: loaded(), blank: list.querySelectorAll('[role=row]').length === 0 }
		},

		/* From the last key of a question to what was found for it. */
		watchSearch(question) {
			let from = 0
			const key = (event) => (from = event.timeStamp)
			addEventListener('keydown', key, true)
			const asked = (url) => new URL(url, location.href).searchParams.get('q') === question
			bench.armed = seen(() => from && asked(location.href) && performance.getEntriesByType('resource').some((one) => one.name.includes('/search?') && asked(one.name) && one.responseEnd)
				&& (document.querySelector('.hits:not(.stale) li') || document.querySelector('.search .empty'))).then((at) => {
				removeEventListener('keydown', key, true)
				return at - from
			})
		},
	}
	window.bench = bench
})()
