import { expect, test } from 'vitest'
import { byName } from './people'

const people = ['Ben Roth', 'Ana Gil', 'María Álvarez', 'Ben Ames'].map((name) => ({ name }))
const names = (query: string) => byName(people, query).map((one) => one.name)

test.each([
	['', ['Ana Gil', 'Ben Ames', 'Ben Roth', 'María Álvarez']],
	['ben', ['Ben Ames', 'Ben Roth']],
	['Ben R', ['Ben Roth']],
	['alv', ['María Álvarez']],
	['a', ['Ana Gil', 'Ben Ames', 'María Álvarez']],
	['ria', []],
	['ben ', ['Ben Ames', 'Ben Roth']],
])('%j', (query, found) => expect(names(query)).toEqual(found))
