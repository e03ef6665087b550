// people.ts - colleagues by what is typed of their name. Pure.

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/* Those with a word that begins so – or several in a row –, the best first. */
export function byName<T extends { name: string }>(people: readonly T[], query: string, most = 8): T[] {
	const wanted = plain(query.trim())
	const rank = ({ name }: T) => {
		const own = plain(name)
		return own.startsWith(wanted) ? 0 : own.includes(` ${wanted}`) ? 1 : 2
	}
	return people
		.map((person) => ({ person, rank: rank(person) }))
		.filter(({ rank: at }) => at < 2)
		.sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
		.slice(0, most)
		.map(({ person }) => person)
}
